import {refusal} from '../../engine/transact/refusal.js'
import type {Rules} from '../../engine/transact/transaction.js'
import {isGraph, readOnlyReason} from './read-only.js'
import {requireFreshSchema} from './schema-changes.js'
import {stamp} from './stamps.js'
import {requireFit, requireOrder} from './values.js'

/**
 * What a client may write into a graph.
 * @param now the time, in ms since 1970
 */
export function graphRules(now: () => number): Rules {
  return {
    admit: ({db}, e, a, v) => requireFit(db, e, a, v),
    missing: ({db}, a) => requireOrder(db, a),
    *complete(transaction, pace) {
      yield* requireFreshSchema(transaction, pace)
      const {db} = transaction
      const reason = isGraph(db) ? readOnlyReason(db) : 'it would not be called one'
      if (reason !== undefined) throw refusal('protected', `The graph could not be written any more: ${reason}`)
      if (transaction.datoms.length > 0) yield* stamp(transaction, now(), pace)
    },
  }
}
