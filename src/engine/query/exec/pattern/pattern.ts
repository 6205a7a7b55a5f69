import {invalidQuery} from '../../../invalid-query.js'
import type {CooperativeTask} from '../../../task.js'
import {variablesIn} from '../../parse/vars.js'
import type {PatternClause} from '../../syntax.js'
import {join, joinAll} from '../join.js'
import {isDatabase, type QueryContext, type Scope, split} from '../query-context.js'
import {type Relation, UNIT_RELATION} from '../relation.js'
import {matchFacts} from './facts.js'
import {matchRows} from './rows.js'

/** Relations with the facts, or the rows of a collection, that match a pattern. */
export function* solvePattern(
  context: QueryContext,
  relations: readonly Relation[],
  clause: PatternClause,
  {live, source}: Scope,
): CooperativeTask<Relation[]> {
  const {memory} = context
  const name = clause.source ?? source
  const data = context.sources.get(name)
  if (data === undefined) throw invalidQuery(`unknown source ${name}`, clause.form)
  const vars = variablesIn(clause.terms)
  const {others, touched} = split(relations, vars)
  if (!isDatabase(data))
    return [...others, yield* joinAll([yield* matchRows(clause, data, memory), ...touched], memory)]
  const {driver, rest} = yield* chooseDriver(touched, clause, context)
  const needed = {has: (one: string) => live.has(one) || rest.some((relation) => relation.has(one))}
  let found = yield* matchFacts(clause, {db: data, driver, live: needed, memory})
  for (const relation of rest) found = yield* join(found, relation, memory)
  return [...others, found]
}

interface Choice {
  driver: Relation
  rest: readonly Relation[]
}

/** Facts are looked up for the rows of one relation, and joined with the others. */
function* chooseDriver(
  touched: readonly Relation[],
  clause: PatternClause,
  {memory}: QueryContext,
): CooperativeTask<Choice> {
  const vars = variablesIn(clause.terms)
  // What stands for an entity without being its number can only be looked up, not compared.
  const given = touched.filter((relation) => vars.some((name) => relation.origins.has(name)))
  if (given.length > 0) {
    const rest = touched.filter((relation) => !given.includes(relation))
    return {driver: yield* joinAll(given, memory), rest}
  }

  const [driver = UNIT_RELATION, ...rest] = touched.toSorted((a, b) => costOf(a, clause) - costOf(b, clause))
  return {driver, rest}
}

/** Entities have few facts; values may have many entities. */
const FANOUT_ESTIMATES = [1, 1000, 50, 1000, 1000]

function costOf(relation: Relation, {terms}: PatternClause): number {
  const place = terms.findIndex((term) => term.kind === 'variable' && relation.has(term.name))
  return relation.size * (FANOUT_ESTIMATES[place] ?? 1)
}
