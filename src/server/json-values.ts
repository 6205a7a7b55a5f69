import {ServerError} from '../lib/errors.js'

/** How many values a JSON text may hold: it bounds what a short text can become in memory. */
export const MAX_JSON_VALUES = 1_000_000

/** The error of a text that holds more. */
export function tooManyValues(what: string): ServerError {
  return new ServerError('body-too-large', `${what} may have at most ${MAX_JSON_VALUES} values`)
}
