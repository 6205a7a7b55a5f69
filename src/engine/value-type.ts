import {Keyword, Sym, Uuid} from '../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../values/types.js'

/**
 * Type of a value. All builds of Logseq agree on the order of values of one type. `other` is for values that Logseq does not
 * store in a graph.
 */
export type ValueType =
  | 'boolean'
  | 'instant'
  | 'keyword'
  | 'large map'
  | 'map'
  | 'number'
  | 'other'
  | 'set'
  | 'string'
  | 'symbol'
  | 'uuid'
  | 'vector'

const CLASSES = [
  [Keyword, 'keyword'],
  [Uuid, 'uuid'],
  [Date, 'instant'],
  [ValueSet, 'set'],
  [List, 'vector'],
  [Array, 'vector'],
  [Sym, 'symbol'],
] as const

/** Up to so many entries a map is of another class of ClojureScript, and has another place in the order. */
const SMALL_MAP = 8

/** Returns the type of a value, by which index order and type checks are decided. */
export function valueTypeOf(value: Value): ValueType {
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'boolean' | 'string'
  if (typeof value === 'number') return Number.isNaN(value) ? 'other' : 'number'
  if (value instanceof ValueMap) return value.size > SMALL_MAP ? 'large map' : 'map'
  for (const [kind, name] of CLASSES) if (value instanceof kind) return name
  return 'other'
}

/** Returns true if a value contains, at any depth, one that no graph of Logseq holds. NaN differs from itself and cannot be found. */
export function holdsOther(value: Value): boolean {
  if (value === null) return false // within a collection; by itself it is not a value at all
  if (value instanceof ValueMap) return [...value].some(([key, item]) => holdsOther(key) || holdsOther(item))
  if (value instanceof ValueSet) return [...value].some((item) => holdsOther(item))
  const items = value instanceof List ? value.items : value
  if (Array.isArray(items)) return items.some((item: Value) => holdsOther(item))
  return value instanceof Keyword ? isCutOtherwise(value) : valueTypeOf(value) === 'other'
}

/**
 * Returns true for a keyword that ClojureScript splits otherwise. It ignores the part behind a second slash: there, `:a/b/c`
 * has no namespace and the name `a`, and another place in the order. Only `:/` is a name by itself.
 */
function isCutOtherwise({fqn}: Keyword): boolean {
  const slash = fqn.indexOf('/')
  if (slash === -1 || fqn === '/') return false
  return slash === 0 || slash === fqn.length - 1 || fqn.includes('/', slash + 1)
}
