import type {Task} from '../../task.js'
import {type Env, type Scope, split} from '../env.js'
import type {NotClause} from '../plan.js'
import {joinAll} from './join.js'
import {seedsOf} from './recursion/seeds.js'
import {pick, Relation, SEED, UNIT} from './relation.js'

/** The rows for which the clauses of a `not` find nothing. */
export function* solveNot(env: Env, relations: readonly Relation[], clause: NotClause, scope: Scope): Task<Relation[]> {
  const {meter} = env
  const {others, touched} = split(relations, clause.vars)
  const base = touched.length === 0 ? UNIT : yield* joinAll(touched, meter)
  const seeds = yield* seedsOf(base, clause.vars, meter)
  const found = yield* env.solve(env, [seeds.relation], clause.clauses, {...scope, live: new Set([SEED])})
  if (!found) return [...others, base.keep(scope.live)]
  const excluded = new Uint8Array(seeds.relation.size)
  for (const relation of found) for (const seed of relation.column(SEED)) excluded[seed as number] = 1
  const rows: number[] = []
  for (let row = 0; row < base.size; row++) {
    if (!excluded[seeds.of ? seeds.of[row]! : row]) rows.push(row)
    if (meter.due()) yield
  }

  return [...others, yield* pick(base.keep(scope.live), rows, meter)]
}
