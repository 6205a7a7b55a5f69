import {writeEdn} from '../values/edn-write.js'
import {keyword, symbol} from '../values/scalars.js'
import {List, type Value, ValueMap} from '../values/types.js'

const FIND = keyword('find')
const MORE = new Set<Value>([symbol('...'), symbol('.')])

/** What a query finds, one text for each column: `?title`, `(count ?b)`. One column when that cannot be told. */
export function findColumns(query: Value): string[] {
  const found = findClause(query)
  const [only] = found
  const items = found.length === 1 && Array.isArray(only) ? (only as readonly Value[]) : found
  const columns = items.filter((item) => !MORE.has(item)).map((item) => writeEdn(item))
  return columns.length > 0 ? columns : ['result']
}

function findClause(query: Value): readonly Value[] {
  if (query instanceof ValueMap) {
    const found = query.get(FIND)
    return found instanceof List ? found.items : Array.isArray(found) ? (found as readonly Value[]) : []
  }

  if (!Array.isArray(query) || query[0] !== FIND) return []
  const rest = (query as readonly Value[]).slice(1)
  const end = rest.findIndex((item) => item !== null && typeof item === 'object' && KEYWORDS.has(item))
  return end === -1 ? rest : rest.slice(0, end)
}

const KEYWORDS = new Set<Value>(['in', 'keys', 'strs', 'syms', 'where', 'with'].map((name) => keyword(name)))
