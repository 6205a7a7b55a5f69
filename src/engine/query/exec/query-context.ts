import type {Value} from '../../../values/types.js'
import type {Database} from '../../database.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import type {Clause} from '../plan.js'
import type {Relation} from './relation.js'
import type {RuleSet} from './rule-set.js'

/** What a pattern can be about. */
export type Source = Database | Value

/** What all clauses of one run of a query share. */
export interface QueryContext {
  readonly memory: MemoryAccountant
  readonly rules: RuleSet
  /** Takes clauses that hold clauses back to where all kinds of clauses are known. */
  readonly solve: Solve
  readonly sources: ReadonlyMap<string, Source>
}

/** Where clauses stand. */
export interface Scope {
  /** How many rules have been entered. */
  depth: number
  /** The variables that are needed afterwards. */
  live: Pick<ReadonlySet<string>, 'has'>
  /** What patterns are about that name no source. */
  source: string
}

/**
 * Finds the rows that meet all clauses. Relations share no variables: together they mean each row of one with each of
 * the others.
 * @returns undefined when there is no row
 */
export type Solve = (
  context: QueryContext,
  relations: readonly Relation[],
  clauses: readonly Clause[],
  scope: Scope,
) => CooperativeTask<Relation[] | undefined>

/** Returns true if a source is a database, false if it is a collection. */
export function isDatabase(source: Source | undefined): source is Database {
  return typeof source === 'object' && source !== null && 'scan' in source
}

/** Those relations that have one of the variables, and the others. */
export function split(
  relations: readonly Relation[],
  vars: readonly string[],
): {others: Relation[]; touched: Relation[]} {
  const touched: Relation[] = []
  const others: Relation[] = []
  for (const relation of relations) (vars.some((name) => relation.has(name)) ? touched : others).push(relation)
  return {others, touched}
}
