import type {Task} from '../task.js'
import type {Meter} from './exec/meter.js'
import {type Column, pick, Relation} from './exec/relation.js'
import {TupleIndex} from './exec/tuples.js'

/** The rows of a relation, each once, in the order in which they come first. */
export function* distinct(relation: Relation, meter: Meter): Task<Relation> {
  if (relation.size <= 1 || (yield* hasKey(relation, meter))) return relation
  const index = new TupleIndex(relation.columns.length)
  const rows: number[] = []
  for (let row = 0; row < relation.size; row++) {
    if (index.add(relation.columns, row) === rows.length) rows.push(row)
    if (meter.due()) yield
  }

  return rows.length === relation.size ? relation : yield* pick(relation, rows, meter)
}

/** Is there a column in which each number is greater than the one before? Entities often come like that. */
function* hasKey(relation: Relation, meter: Meter): Task<boolean> {
  for (const column of relation.columns) if (yield* isAscending(column, meter, 1)) return true
  return false
}

/** @param step by how much numbers differ at least: 1 when none may come twice, 0 else */
export function* isAscending(column: Column, meter: Meter, step: 0 | 1): Task<boolean> {
  let last = Number.NEGATIVE_INFINITY
  for (const value of column) {
    if (typeof value !== 'number' || !(value >= last + step)) return false
    last = value
    if (meter.due()) yield
  }

  return true
}
