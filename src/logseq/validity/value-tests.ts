import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {isOrderKey} from '../order-keys.js'

/** A test of single values, and what it says of one that fails. */
export interface ValueTest {
  message: string
  passes(value: Value): boolean
}

/** Whether a text is a whole URL, of any scheme. */
export function isUrl(text: string): boolean {
  return URL.canParse(text)
}

/** Whether a text is a macro of Logseq, from its beginning to its end. */
export function isMacro(text: string): boolean {
  return text.startsWith('{{') && text.endsWith('}}')
}

function test(message: string, passes: (value: Value) => boolean): ValueTest {
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
  return test(message, (value) => choices.has(value))
}

/** A keyword for which a predicate holds. */
export function ident(message: string, holds: (ident: Keyword) => boolean): ValueTest {
  return test(message, (value) => value instanceof Keyword && holds(value))
}

export const ANY = test('should be some value', (value) => value !== null)
export const BOOLEAN = test('should be a boolean', (value) => typeof value === 'boolean')
export const COLLECTION = test('should be a collection', (value) =>
  Array.isArray(value) || value instanceof List || value instanceof ValueMap || value instanceof ValueSet)
export const INSTANT = test('should be an inst', (value) => value instanceof Date)
export const INTEGER = test('should be an integer', (value) =>
  typeof value === 'number' ? Number.isInteger(value) : value instanceof Tagged && ['i', 'n'].includes(value.tag))
export const KEYWORD = test('should be a keyword', (value) => value instanceof Keyword)
export const MAP = test('should be a Clojure map', (value) => value instanceof ValueMap)
export const NUMBER = test('should be a number', (value) => typeof value === 'number' || INTEGER.passes(value))
export const ORDER = test('should be a valid fractional index', (value) =>
  typeof value === 'string' && isOrderKey(value))
export const STRING = test('should be a string', (value) => typeof value === 'string')
export const TRUE = test('should be true', (value) => value === true)
export const UUID = test('should be a uuid', (value) => value instanceof Uuid)
export const STRING_OR_NUMBER = test('should be a string or a number', (value) =>
  STRING.passes(value) || NUMBER.passes(value))
export const SCALAR = test('should be a string, a number or a boolean', (value) =>
  STRING_OR_NUMBER.passes(value) || BOOLEAN.passes(value))
