import {present} from '../../../values/present.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import {type Column, mergeOrigins, Relation, takeRows} from './relation.js'
import {TupleInterner} from './tuple-interner.js'

/** The rows of two relations that agree in all variables that both have: each with each when they share none. */
export function* join(a: Relation, b: Relation, memory: MemoryAccountant): CooperativeTask<Relation> {
  if (a.size < b.size) return yield* join(b, a, memory)
  const shared = b.vars.filter((name) => a.has(name))
  const left: number[] = []
  const right: number[] = []
  const groups = yield* group(b, shared, memory)
  const keys = shared.map((name) => a.column(name))
  for (let row = 0; row < a.size; row++) {
    for (let other = groups.first(keys, row); other >= 0; other = groups.next(other)) {
      left.push(row)
      right.push(other)
      memory.countRow()
      if (memory.shouldYield()) yield
    }

    if (memory.shouldYield()) yield
  }

  return yield* combine([a, left], [b, right], memory)
}

/** All relations in one. */
export function* joinAll(relations: readonly Relation[], memory: MemoryAccountant): CooperativeTask<Relation> {
  const [first, ...rest] = relations.toSorted((a, b) => a.size - b.size)
  let joined = present(first)
  for (const relation of rest) joined = yield* join(joined, relation, memory)
  return joined
}

type Picked = readonly [relation: Relation, rows: readonly number[]]

/** Rows of one relation beside rows of another. What both have is taken from the one that came from outside, else the first. */
function* combine([a, left]: Picked, [b, right]: Picked, memory: MemoryAccountant): CooperativeTask<Relation> {
  const columns: Column[] = []
  for (const [i, name] of a.vars.entries()) {
    const fromB = b.origins.has(name)
    columns.push(yield* takeRows(fromB ? b.column(name) : a.columns[i]!, fromB ? right : left, memory))
  }

  const added = b.vars.filter((name) => !a.has(name))
  for (const name of added) columns.push(yield* takeRows(b.column(name), right, memory))
  return new Relation([...a.vars, ...added], columns, left.length, mergeOrigins(a.origins, b.origins))
}

/** The rows of a relation by their values in some columns. */
export class Groups {
  readonly #heads: number[] = []
  readonly #index: TupleInterner
  readonly #next: Int32Array

  constructor(width: number, size: number) {
    this.#index = new TupleInterner(width)
    this.#next = new Int32Array(size).fill(-1)
  }

  /** Rows must come from the last to the first, so that they are found in their order. */
  add(keys: readonly Column[], row: number): void {
    const id = this.#index.add(keys, row)
    this.#next[row] = this.#heads[id] ?? -1
    this.#heads[id] = row
  }

  /** @returns the first row with the values that stand in a row of other columns; -1 if missing */
  first(keys: readonly Column[], row: number): number {
    const id = this.#index.get(keys, row)
    return id < 0 ? -1 : this.#heads[id]!
  }

  /** @returns the next row with the same values; -1 after the last */
  next(row: number): number {
    return this.#next[row]!
  }
}

/** Groups the rows of a relation by some of its variables. */
function* group(relation: Relation, vars: readonly string[], memory: MemoryAccountant): CooperativeTask<Groups> {
  const keys = vars.map((name) => relation.column(name))
  const groups = new Groups(keys.length, relation.size)
  for (let row = relation.size - 1; row >= 0; row--) {
    groups.add(keys, row)
    if (memory.shouldYield()) yield
  }

  return groups
}
