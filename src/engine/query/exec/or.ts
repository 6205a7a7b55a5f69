import type {Task} from '../../task.js'
import {type Env, type Scope, split} from '../env.js'
import type {OrClause} from '../plan.js'
import {solveBranches} from './branches.js'
import {join} from './join.js'
import {chooseBase, expand, seedsOf} from './recursion/seeds.js'
import type {Relation} from './relation.js'

/** The rows for which at least one branch of an `or` finds something, with what it finds. */
export function* solveOr(env: Env, relations: readonly Relation[], clause: OrClause, scope: Scope): Task<Relation[]> {
  const {meter} = env
  const {others, touched} = split(relations, clause.vars)
  const {base, rest} = yield* chooseBase(touched, env.rules.isPure(clause), meter)
  const free = clause.vars.filter((name) => !base.has(name))
  const seeds = yield* seedsOf(base, clause.vars, meter)
  const branches = clause.branches.map((clauses) => ({clauses, form: clause.form, outs: free, seeds: seeds.relation}))
  const found = yield* solveBranches(env, branches, free, scope)
  const live = {has: (name: string) => scope.live.has(name) || rest.some((relation) => relation.has(name))}
  let all = yield* expand(base, seeds.of, found, {live, meter})
  for (const relation of rest) all = yield* join(all, relation, meter)
  return [...others, all]
}
