import {Keyword, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import type {Era} from '../era.js'

/** A kind of argument of an operation. */
export type Kind =
  'any' | 'boolean' | 'ident' | 'ident?' | 'map' | 'map?' | 'maps' | 'text' | 'tx' | 'uuid' | 'uuid?' | 'uuids'

/** Returns the items of a vector or list; undefined for anything else. */
export function sequenceOf(value: Value | undefined): readonly Value[] | undefined {
  if (value instanceof List) return value.items
  return Array.isArray(value) ? (value as readonly Value[]) : undefined
}

const isIdent = (value: Value) => value instanceof Keyword && value.namespace !== null
const isListOf = (test: (value: Value) => boolean) => (value: Value) =>
  sequenceOf(value)?.every((item) => test(item)) ?? false
const isMap = (value: Value) => value instanceof ValueMap
const isUuid = (value: Value) => value instanceof Uuid

/** The test of each kind of argument. */
const TESTS: Readonly<Record<Kind, (value: Value) => boolean>> = {
  any: () => true,
  boolean: (value) => typeof value === 'boolean',
  ident: isIdent,
  'ident?': (value) => value === null || isIdent(value),
  map: isMap,
  'map?': (value) => value === null || isMap(value),
  maps: isListOf(isMap),
  text: (value) => typeof value === 'string',
  tx: (value) => sequenceOf(value) !== undefined,
  uuid: isUuid,
  'uuid?': (value) => value === null || isUuid(value),
  uuids: isListOf(isUuid),
}

/** Older clients name blocks by their numbers. */
const isId = (value: Value) => isUuid(value) || Number.isSafeInteger(value)
const OF_BASE: Partial<typeof TESTS> = {
  uuid: isId,
  'uuid?': (value) => value === null || isId(value),
  uuids: isListOf(isId),
}

/** Returns true if an argument is of a kind, as clients of an era send it. */
export function fits(kind: Kind, value: Value, era: Era): boolean {
  return ((era === 'base' ? OF_BASE[kind] : undefined) ?? TESTS[kind])(value)
}

/** Names of the kinds of arguments in errors. */
export const CALLED: Readonly<Record<Kind, string>> = {
  any: 'any value',
  boolean: 'true or false',
  ident: 'a keyword with a namespace',
  'ident?': 'a keyword with a namespace, or nil',
  map: 'a map',
  'map?': 'a map, or nil',
  maps: 'a vector of maps',
  text: 'a string',
  tx: 'a vector',
  uuid: 'a UUID',
  'uuid?': 'a UUID, or nil',
  uuids: 'a vector of UUIDs',
}
