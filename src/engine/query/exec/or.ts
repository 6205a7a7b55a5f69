import type {CooperativeTask} from '../../task.js'
import type {OrClause} from '../syntax.js'
import {solveBranches} from './branches.js'
import {chooseDriver, inputTuplesOf, joinBack} from './input-tuples.js'
import {join} from './join.js'
import {type QueryContext, type Scope, split} from './query-context.js'
import type {Relation} from './relation.js'

/** The rows for which at least one branch of an `or` finds something, with what it finds. */
export function* solveOr(
  context: QueryContext,
  relations: readonly Relation[],
  clause: OrClause,
  scope: Scope,
): CooperativeTask<Relation[]> {
  const {memory} = context
  const {others, touched} = split(relations, clause.vars)
  const {driver: base, rest} = yield* chooseDriver(touched, context.rules.isPure(clause), memory)
  const free = clause.vars.filter((name) => !base.has(name))
  const inputs = yield* inputTuplesOf(base, clause.vars, memory)
  const branches = clause.branches.map((clauses) => ({clauses, form: clause.form, outs: free, inputs: inputs.relation}))
  const found = yield* solveBranches(context, branches, free, scope)
  const live = {has: (name: string) => scope.live.has(name) || rest.some((relation) => relation.has(name))}
  let all = yield* joinBack(base, inputs.of, found, {live, memory})
  for (const relation of rest) all = yield* join(all, relation, memory)
  return [...others, all]
}
