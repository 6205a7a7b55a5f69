import {Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'

const PARTS = new Set<Value>(['find', 'in', 'keys', 'strs', 'syms', 'where', 'with'].map((name) => keyword(name)))

/** The items of one part of a query, `:find` or `:in`; none when the query, a vector or a map, does not have it. */
export function queryPart(query: Value, name: 'find' | 'in'): readonly Value[] {
  const part = keyword(name)
  if (query instanceof ValueMap) return itemsOf(query.get(part) ?? null)
  const items = itemsOf(query)
  const start = items.indexOf(part)
  if (start === -1) return []
  const rest = items.slice(start + 1)
  const end = rest.findIndex((item) => item instanceof Keyword && PARTS.has(item))
  return end === -1 ? rest : rest.slice(0, end)
}

function itemsOf(value: Value): readonly Value[] {
  if (value instanceof List) return value.items
  return Array.isArray(value) ? (value as readonly Value[]) : []
}
