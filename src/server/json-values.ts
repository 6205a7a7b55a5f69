import {ServerError} from '../lib/errors.js'
import type {TooManyValuesError} from '../values/json-text.js'

/** How many values a JSON text may hold: it bounds what a short text can become in memory. */
export const MAX_JSON_VALUES = 1_000_000

/** The error of a text that holds more. */
export function tooManyValues(what: string, {message}: TooManyValuesError): ServerError {
  return new ServerError('body-too-large', `${what} may have ${message}`)
}
