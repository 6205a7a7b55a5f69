import {Keyword, keyword} from '../../values/scalars.js'
import {isTruthy} from '../../values/truthy.js'
import {type Value, ValueMap} from '../../values/types.js'

/** Returns true if an option counts as set. */
export function isSet(options: ValueMap, name: string): boolean {
  return isTruthy(options.get(keyword(name)))
}

/** Returns true if an option counts as set, or is left out; an explicit nil counts as unset. */
export function isSetOrAbsent(options: ValueMap, name: string): boolean {
  return !options.has(keyword(name)) || isSet(options, name)
}

/** A moment in ms, from a number or a text that JavaScript reads as a date; undefined for anything else. */
export function momentOf(value: undefined | Value): number | undefined {
  if (typeof value === 'number') return value
  const moment = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(moment) ? undefined : moment
}

/** An ident, alone or as `{:db/ident IDENT}`; undefined for anything else. */
export function identIn(value: undefined | Value): Keyword | undefined {
  if (value instanceof Keyword) return value
  const ident = value instanceof ValueMap ? value.get(keyword('db/ident')) : undefined
  return ident instanceof Keyword ? ident : undefined
}

/** The items of a vector, list or set that are not nil; none for anything else. */
export function itemsIn(value: undefined | Value): Value[] {
  if (value === null || typeof value !== 'object' || !(Symbol.iterator in value)) return []
  return [...(value as Iterable<Value>)].filter((item) => item !== null)
}
