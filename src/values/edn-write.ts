import {EdnError} from './edn-read.js'
import {MAX_DEPTH} from './limits.js'
import {Keyword, Pattern, Sym, Uuid} from './scalars.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from './types.js'

/**
 * Writes EDN that `readEdn` reads as the same value.
 * @throws EdnError for what nests too deep
 */
export function writeEdn(value: Value): string {
  return write(value, 0)
}

function write(value: Value, depth: number): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : special(value)
  if (typeof value !== 'object' || value instanceof Keyword || value instanceof Sym) return String(value)
  if (value instanceof Pattern) return String(value)
  if (value instanceof Uuid) return `#uuid "${value.text}"`
  if (value instanceof Date) return `#inst "${value.toISOString()}"`
  if (depth > MAX_DEPTH) throw new EdnError(`nested more than ${MAX_DEPTH} deep`, '', 0)
  if (value instanceof Tagged) return tagged(value, depth + 1)
  if (value instanceof ValueMap) {
    const pairs = Array.from(value, ([key, item]) => `${write(key, depth + 1)} ${write(item, depth + 1)}`)
    return `{${pairs.join(', ')}}`
  }

  const items = Array.from(value as Iterable<Value>, (item) => write(item, depth + 1)).join(' ')
  if (value instanceof ValueSet) return `#{${items}}`
  return value instanceof List ? `(${items})` : `[${items}]`
}

/** The tags `i` and `n` are how integers are kept that JavaScript cannot hold. */
function tagged({tag, value}: Tagged, depth: number): string {
  if (typeof value === 'string' && tag === 'i') return value
  if (typeof value === 'string' && tag === 'n') return `${value}N`
  return `#${tag} ${write(value, depth)}`
}

function special(value: number): string {
  if (Number.isNaN(value)) return '##NaN'
  return value > 0 ? '##Inf' : '##-Inf'
}
