import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import {type Column, Relation, selectRows} from './relation.js'
import {TupleInterner} from './tuple-interner.js'

/** The rows of a relation, each once, in the order in which they come first. */
export function* distinct(relation: Relation, memory: MemoryAccountant): CooperativeTask<Relation> {
  if (relation.size <= 1 || (yield* hasKey(relation, memory))) return relation
  const index = new TupleInterner(relation.columns.length)
  const rows: number[] = []
  for (let row = 0; row < relation.size; row++) {
    if (index.add(relation.columns, row) === rows.length) rows.push(row)
    if (memory.shouldYield()) yield
  }

  return rows.length === relation.size ? relation : yield* selectRows(relation, rows, memory)
}

/** Returns true if a column has ascending numbers without duplicates, as entities often do. */
function* hasKey(relation: Relation, memory: MemoryAccountant): CooperativeTask<boolean> {
  for (const column of relation.columns) if (yield* isAscending(column, memory, 1)) return true
  return false
}

/** @param step minimum difference of two numbers: 1 if none may occur twice, else 0 */
export function* isAscending(column: Column, memory: MemoryAccountant, step: 0 | 1): CooperativeTask<boolean> {
  let last = Number.NEGATIVE_INFINITY
  for (const value of column) {
    if (typeof value !== 'number' || !(value >= last + step)) return false
    last = value
    if (memory.shouldYield()) yield
  }

  return true
}
