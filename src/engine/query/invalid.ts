import {ServerError} from '../../lib/errors.js'
import {writeEdn} from '../../values/edn-write.js'
import type {Value} from '../../values/types.js'

/** So much of a clause is shown in an error. */
const SHOWN = 200

/**
 * What is wrong with a query or a selector, and where.
 * @param form the part that is meant; its text ends the message
 */
export function invalidQuery(message: string, form?: Value): ServerError {
  return new ServerError('invalid-query', form === undefined ? message : `${message}: ${show(form)}`)
}

/** The text of a form, cut where it gets long. */
export function show(form: Value): string {
  const text = writeEdn(form)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
