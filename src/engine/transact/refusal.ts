import {ServerError} from '../../lib/errors.js'

/** Why data is not written, for programs: `reason` of the error. */
export type Reason =
  | 'cas-failed'
  | 'conflicting-upsert'
  | 'mixed-types'
  | 'no-such-entity'
  | 'not-supported'
  | 'protected'
  | 'schema-in-use'
  | 'syntax'
  | 'tempid-unused'
  | 'unique'
  | 'unknown-attribute'
  | 'wrong-type'

/** A transaction that is refused as a whole. */
export function refusal(reason: Reason, message: string): ServerError {
  return new ServerError('invalid-transaction', message, {details: {reason}})
}
