import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {isOrderKey} from '../order-keys.js'

/** A test of single values, and what it says of one that fails. */
export interface ValueTest {
  message: string
  passes(value: Value): boolean
}

/** Returns true for a whole URL, of any scheme. */
export function isUrl(text: string): boolean {
  return URL.canParse(text)
}

/** Returns true for a text that is a macro of Logseq as a whole. */
export function isMacro(text: string): boolean {
  return text.startsWith('{{') && text.endsWith('}}')
}

function valueTest(message: string, passes: (value: Value) => boolean): ValueTest {
  return {message, passes}
}

/** One of some keywords, given by their names. */
export function oneOf(...names: string[]): ValueTest {
  const choices = new Set<Value>(names.map((name) => keyword(name)))
  const listed = names.map((name) => `:${name}`)
  const message =
    listed.length === 1
      ? `should be ${listed[0]}`
      : `should be either ${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`
  return valueTest(message, (value) => choices.has(value))
}

/** A keyword for which a predicate holds. */
export function ident(message: string, holds: (ident: Keyword) => boolean): ValueTest {
  return valueTest(message, (value) => value instanceof Keyword && holds(value))
}

export const ANY = valueTest('should be some value', (value) => value !== null)
export const BOOLEAN = valueTest('should be a boolean', (value) => typeof value === 'boolean')
export const COLLECTION = valueTest(
  'should be a collection',
  (value) => Array.isArray(value) || value instanceof List || value instanceof ValueMap || value instanceof ValueSet,
)
export const INSTANT = valueTest('should be an inst', (value) => value instanceof Date)
export const INTEGER = valueTest('should be an integer', (value) =>
  typeof value === 'number' ? Number.isInteger(value) : value instanceof Tagged && ['i', 'n'].includes(value.tag),
)
export const KEYWORD = valueTest('should be a keyword', (value) => value instanceof Keyword)
export const MAP = valueTest('should be a Clojure map', (value) => value instanceof ValueMap)
export const NUMBER = valueTest('should be a number', (value) => typeof value === 'number' || INTEGER.passes(value))
export const ORDER = valueTest(
  'should be a valid fractional index',
  (value) => typeof value === 'string' && isOrderKey(value),
)
export const STRING = valueTest('should be a string', (value) => typeof value === 'string')
export const TRUE = valueTest('should be true', (value) => value === true)
export const UUID = valueTest('should be a uuid', (value) => value instanceof Uuid)
export const STRING_OR_NUMBER = valueTest(
  'should be a string or a number',
  (value) => STRING.passes(value) || NUMBER.passes(value),
)
export const SCALAR = valueTest(
  'should be a string, a number or a boolean',
  (value) => STRING_OR_NUMBER.passes(value) || BOOLEAN.passes(value),
)
