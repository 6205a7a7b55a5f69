import type {Value} from '../../../values/types.js'
import type {Task} from '../../task.js'
import type {Env, Scope} from '../env.js'
import {invalidQuery} from '../invalid.js'
import type {Clause} from '../plan.js'
import {joinAll} from './join.js'
import {type Origin, Relation, SEED} from './relation.js'
import {TupleIndex} from './tuples.js'

/** One way to find what an `or` or a rule finds. */
export interface Branch {
  clauses: readonly Clause[]
  form: Value
  /** The variables whose values are wanted, in the order in which they are found. */
  outs: readonly string[]
  seeds: Relation
}

/** A branch's rows: the seed, and the values that are wanted, in their order. Undefined when there are none. */
function* solveBranch(env: Env, branch: Branch, scope: Omit<Scope, 'live'>): Task<Relation | undefined> {
  const {clauses, form, outs, seeds} = branch
  const wanted = [SEED, ...outs]
  const relations = yield* env.solve(env, [seeds], clauses, {...scope, live: new Set(wanted)})
  if (!relations) return undefined
  const found = yield* joinAll(relations, env.meter)
  const missing = outs.find((name) => !found.has(name))
  if (missing !== undefined) throw invalidQuery(`${missing} gets no value in`, form)
  return new Relation(
    wanted,
    wanted.map((name) => found.column(name)),
    found.size,
    found.origins,
  )
}

/**
 * What all branches find together, each row once.
 * @param names what the values are called in the end; `outs` of each branch stand for them
 */
export function* solveBranches(
  env: Env,
  branches: readonly Branch[],
  names: readonly string[],
  scope: Omit<Scope, 'live'>,
): Task<Relation> {
  const {meter} = env
  const columns: Value[][] = [SEED, ...names].map(() => [])
  const index = new TupleIndex(columns.length)
  const origins = new Map<string, Origin>()
  let size = 0
  for (const branch of branches) {
    const before = meter.held
    const found = yield* solveBranch(env, branch, scope)
    const first = size
    if (!found) continue
    for (let row = 0; row < found.size; row++) {
      if (index.add(found.columns, row) === size) {
        for (const [i, column] of columns.entries()) column.push(found.columns[i]![row]!)
        size++
      }

      if (meter.due()) yield
    }

    for (const [i, name] of names.entries()) {
      const origin = found.origins.get(branch.outs[i]!)
      if (origin) origins.set(name, origin)
    }

    meter.settle(before + size - first)
  }

  return new Relation([SEED, ...names], columns, size, origins)
}
