import {queryPart} from '../lib/client/query-part.js'
import {writeEdn} from '../values/edn-write.js'
import {symbol} from '../values/scalars.js'
import type {Value} from '../values/types.js'

const MORE = new Set<Value>([symbol('...'), symbol('.')])

/** What a query finds, one text for each column: `?title`, `(count ?b)`. One column when that cannot be told. */
export function findColumns(query: Value): string[] {
  const found = queryPart(query, 'find')
  const [only] = found
  const items = found.length === 1 && Array.isArray(only) ? (only as readonly Value[]) : found
  const columns = items.filter((item) => !MORE.has(item)).map((item) => writeEdn(item))
  return columns.length > 0 ? columns : ['result']
}
