import {ServerError} from '../lib/errors.js'
import {showEdn} from '../values/edn-write.js'
import type {TooManyValuesError} from '../values/json-text.js'

/** Maximum number of values in a JSON text: it bounds the memory that a short text can take. */
export const MAX_JSON_VALUES = 1_000_000

/** The error of a text that holds more. */
export function tooManyValues(what: string, {message}: TooManyValuesError): ServerError {
  return new ServerError('body-too-large', `${what} may have ${message}`)
}

/** Describes a part of a JSON body for an error: scalars as they are, cut where they are long; else the type. */
export function showJson(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return showEdn(value)
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : 'an object'
}
