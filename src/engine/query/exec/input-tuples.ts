import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import {isAscending} from './distinct.js'
import {joinAll} from './join.js'
import type {Scope} from './query-context.js'
import {type Column, INPUT_ID, mergeOrigins, Relation, selectRows, takeRows} from './relation.js'
import {TupleInterner} from './tuple-interner.js'

/**
 * Input of the branches of an `or`, a `not` or a rule: the distinct values of a relation in the shared variables, numbered.
 * The results are joined with the rows by that number.
 */
export interface InputTuples {
  /** The number of each row's input; undefined when each row is its own. */
  of: readonly number[] | undefined
  /** The shared variables, and INPUT_ID. */
  relation: Relation
}

/** Reduces a relation to its distinct values in some variables, and numbers them. */
export function* inputTuplesOf(
  relation: Relation,
  vars: readonly string[],
  memory: MemoryAccountant,
): CooperativeTask<InputTuples> {
  const shared = relation.keep(new Set(vars))
  if (yield* areDistinct(shared, memory)) return {of: undefined, relation: shared.with(INPUT_ID, upTo(shared.size))}
  const index = new TupleInterner(shared.columns.length)
  const of: number[] = []
  const rows: number[] = []
  for (let row = 0; row < shared.size; row++) {
    const input = index.add(shared.columns, row)
    if (input === rows.length) rows.push(row)
    of.push(input)
    if (memory.shouldYield()) yield
  }

  return {of, relation: (yield* selectRows(shared, rows, memory)).with(INPUT_ID, upTo(rows.length))}
}

function* areDistinct({columns, size}: Relation, memory: MemoryAccountant): CooperativeTask<boolean> {
  if (size === 1) return true
  for (const column of columns) if (yield* isAscending(column, memory, 1)) return true
  return false
}

function upTo(size: number): number[] {
  const numbers: number[] = []
  for (let i = 0; i < size; i++) numbers.push(i)
  return numbers
}

/** A relation to take inputs from. */
export interface DriverChoice {
  driver: Relation
  /** Relations that share variables with what is found, and are joined with it afterwards. */
  rest: readonly Relation[]
}

/** Products of two relations up to this many rows are always built. */
const SMALL = 4096

/** @param pure true if some of the variables may be left open, because the clauses mean the same with and without them */
export function* chooseDriver(
  touched: readonly Relation[],
  pure: boolean,
  memory: MemoryAccountant,
): CooperativeTask<DriverChoice> {
  const [first, ...rest] = touched.toSorted((a, b) => a.size - b.size)
  if (!first) return {driver: new Relation([], [], 1), rest}
  let pairs = 1
  for (const {size} of touched) pairs *= size
  if (pure && rest.length > 0 && pairs > SMALL) return {driver: first, rest}
  return {driver: yield* joinAll(touched, memory), rest: []}
}

/** Rows, each with what was found for its input. */
export function* joinBack(
  relation: Relation,
  of: InputTuples['of'],
  found: Relation,
  {live, memory}: Pick<Scope, 'live'> & {memory: MemoryAccountant},
): CooperativeTask<Relation> {
  const {heads, next} = yield* byInput(found, memory)
  const left: number[] = []
  const right: number[] = []
  for (let row = 0; row < relation.size; row++) {
    for (let at = heads.get(of ? of[row]! : row) ?? -1; at >= 0; at = next[at]!) {
      left.push(row)
      right.push(at)
      memory.countRow()
      if (memory.shouldYield()) yield
    }

    if (memory.shouldYield()) yield
  }

  const kept = yield* selectRows(relation.keep(live), left, memory)
  const vars = found.vars.filter((name) => name !== INPUT_ID && live.has(name) && !kept.has(name))
  const columns: Column[] = [...kept.columns]
  for (const name of vars) columns.push(yield* takeRows(found.column(name), right, memory))
  return new Relation([...kept.vars, ...vars], columns, left.length, mergeOrigins(kept.origins, found.origins))
}

function* byInput(
  found: Relation,
  memory: MemoryAccountant,
): CooperativeTask<{heads: ReadonlyMap<number, number>; next: Int32Array}> {
  const heads = new Map<number, number>()
  const next = new Int32Array(found.size).fill(-1)
  const inputs = found.column(INPUT_ID) as readonly number[]
  for (let row = found.size - 1; row >= 0; row--) {
    const input = inputs[row]!
    next[row] = heads.get(input) ?? -1
    heads.set(input, row)
    if (memory.shouldYield()) yield
  }

  return {heads, next}
}
