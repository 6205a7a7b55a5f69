import {Keyword, Sym} from '../../values/scalars.js'
import {List, type Value, ValueSet} from '../../values/types.js'
import type {Form} from './syntax.js'

/** Forms nest no deeper. */
const MAX_DEPTH = 100

/** Reads a query of the short notation that came as data: `(and [[Alpha]] (task todo))`. */
export function formOf(value: Value, depth = 0): Form | undefined {
  if (depth > MAX_DEPTH) return undefined
  if (typeof value === 'string') return {kind: 'text', text: value}
  if (value instanceof Sym || value instanceof Keyword) return {kind: 'word', word: String(value)}
  if (typeof value === 'number' || typeof value === 'boolean') return {kind: 'word', word: String(value)}
  const page = pageName(value)
  if (page !== undefined) return {kind: 'page', name: page}
  if (!(value instanceof List || value instanceof ValueSet || Array.isArray(value))) return undefined
  const items = [...(value as Iterable<Value>)].map((item) => formOf(item, depth + 1))
  return {items: items.filter((item) => item !== undefined), kind: 'list'}
}

/** `[[Some page]]` is a vector in a vector when it is read as EDN. */
function pageName(value: Value): string | undefined {
  const [inner, ...others] = Array.isArray(value) ? (value as Value[]) : []
  if (others.length > 0 || !Array.isArray(inner)) return undefined
  return (inner as Value[]).map(String).join(' ')
}
