import {ServerError} from '../lib/errors.js'
import {showEdn} from '../values/edn-write.js'
import type {Value} from '../values/types.js'

/**
 * Error for an invalid query or selector.
 * @param form the part that is meant; its text ends the message
 */
export function invalidQuery(message: string, form?: Value): ServerError {
  return new ServerError('invalid-query', form === undefined ? message : `${message}: ${formatForm(form)}`)
}

/**
 * Error for a part of a query or selector that is not of the expected form.
 * @param expected a noun, such as `a vector of rules`
 */
export function unexpectedForm(expected: string, form: Value): ServerError {
  return invalidQuery(`expected ${expected}, got ${formatForm(form)}`)
}

/** The text of a form, cut where it gets long. */
export function formatForm(form: Value): string {
  return showEdn(form)
}
