import {queryPart} from '../lib/client/query-part.js'
import {writeEdn} from '../values/edn-write.js'
import {symbol} from '../values/scalars.js'
import type {Value} from '../values/types.js'

/** Columns of a query result. */
export interface FindColumns {
  /** One text per column: `?title`, `(count ?b)`. A single column if they are unknown. */
  columns: string[]
  /** Many rows, many values, one row, or one value. */
  shape: 'collection' | 'relation' | 'scalar' | 'tuple'
}

const DOT = symbol('.')
const DOTS = symbol('...')

/** Parses `:find`. */
export function findColumns(query: Value): FindColumns {
  const found = queryPart(query, 'find')
  const [only] = found
  const inner = found.length === 1 && Array.isArray(only) ? (only as readonly Value[]) : undefined
  const items = inner ?? found
  const columns = items.filter((item) => item !== DOT && item !== DOTS).map((item) => writeEdn(item))
  const shape = inner ? (inner.includes(DOTS) ? 'collection' : 'tuple') : found.includes(DOT) ? 'scalar' : 'relation'
  return columns.length > 0 ? {columns, shape} : {columns: ['result'], shape: 'relation'}
}
