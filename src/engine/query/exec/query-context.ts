import type {Value} from '../../../values/types.js'
import type {Database} from '../../database.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import type {Clause} from '../syntax.js'
import type {Relation} from './relation.js'
import type {RuleSet} from './rule-set.js'

/** A source of patterns: a database, or a collection. */
export type Source = Database | Value

/** State that all clauses of one run of a query share. */
export interface QueryContext {
  readonly memory: MemoryAccountant
  readonly rules: RuleSet
  /** Solves nested clauses, of all kinds. */
  readonly solve: Solve
  readonly sources: ReadonlyMap<string, Source>
}

/** Position of clauses in a query. */
export interface Scope {
  /** Number of nested rule calls. */
  depth: number
  /** The variables that are needed afterwards. */
  live: Pick<ReadonlySet<string>, 'has'>
  /** Source of patterns that do not name one. */
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
