import {ServerError} from '../../lib/errors.js'
import {showEdn} from '../../values/edn-write.js'
import type {Value} from '../../values/types.js'

/** Reason why data is not written, for programs: `reason` of the error. */
export type Reason =
  | 'cas-failed'
  | 'conflicting-upsert'
  | 'invalid-entity'
  | 'mixed-types'
  | 'no-such-entity'
  | 'not-allowed'
  | 'not-supported'
  | 'protected'
  | 'schema-in-use'
  | 'syntax'
  | 'tempid-unused'
  | 'unique'
  | 'unknown-attribute'
  | 'wrong-type'

/** A transaction that is refused as a whole. */
export function refusal(reason: Reason, message: string, details: Record<string, unknown> = {}): ServerError {
  return new ServerError('invalid-transaction', message, {details: {reason, ...details}})
}

/** Returns true for an error about the data of the transaction, not about the graph or its time. */
export function isRefusal(error: unknown): error is ServerError {
  return error instanceof ServerError && (error.code === 'invalid-transaction' || error.code === 'invalid-entity-id')
}

/** The same refusal, with the item of the transaction that it is about. */
export function withForm(error: ServerError, item: Value): ServerError {
  const form = showEdn(item)
  const message = error.message.includes(form) ? error.message : `${error.message}, in ${form}`
  return new ServerError(error.code, message, {cause: error, details: {...error.details, form}, hint: error.hint})
}
