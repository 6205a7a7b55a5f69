import type {Value} from '../../../values/types.js'
import {invalidQuery} from '../../invalid-query.js'
import type {CooperativeTask} from '../../task.js'
import type {Clause} from '../syntax.js'
import {joinAll} from './join.js'
import type {QueryContext, Scope} from './query-context.js'
import {INPUT_ID, type Origin, Relation} from './relation.js'
import {TupleInterner} from './tuple-interner.js'

/** One way to find what an `or` or a rule finds. */
export interface Branch {
  clauses: readonly Clause[]
  form: Value
  /** The variables whose values are wanted, in the order in which they are found. */
  outs: readonly string[]
  inputs: Relation
}

/** A branch's rows: the input, and the values that are wanted, in their order. Undefined if it has no rows. */
function* solveBranch(
  context: QueryContext,
  branch: Branch,
  scope: Omit<Scope, 'live'>,
): CooperativeTask<Relation | undefined> {
  const {clauses, form, outs, inputs} = branch
  const wanted = [INPUT_ID, ...outs]
  const relations = yield* context.solve(context, [inputs], clauses, {...scope, live: new Set(wanted)})
  if (!relations) return undefined
  const found = yield* joinAll(relations, context.memory)
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
 * Finds the rows of all branches together, each once.
 * @param names what the values are called in the end; `outs` of each branch stand for them
 */
export function* solveBranches(
  context: QueryContext,
  branches: readonly Branch[],
  names: readonly string[],
  scope: Omit<Scope, 'live'>,
): CooperativeTask<Relation> {
  const {memory} = context
  const columns: Value[][] = [INPUT_ID, ...names].map(() => [])
  const index = new TupleInterner(columns.length)
  const origins = new Map<string, Origin>()
  let size = 0
  for (const branch of branches) {
    const before = memory.held
    const found = yield* solveBranch(context, branch, scope)
    const first = size
    if (memory.shouldYield()) yield // there may be many that find nothing
    if (!found) continue
    for (let row = 0; row < found.size; row++) {
      if (index.add(found.columns, row) === size) {
        for (const [i, column] of columns.entries()) column.push(found.columns[i]![row]!)
        size++
      }

      if (memory.shouldYield()) yield
    }

    for (const [i, name] of names.entries()) {
      const origin = found.origins.get(branch.outs[i]!)
      if (origin) origins.set(name, origin)
    }

    memory.releaseTo(before + size - first)
  }

  return new Relation([INPUT_ID, ...names], columns, size, origins)
}
