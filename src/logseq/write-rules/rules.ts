import type {Pace, Task} from '../../engine/task.js'
import {refusal} from '../../engine/transact/refusal.js'
import type {Rules, Transaction} from '../../engine/transact/transaction.js'
import type {Value} from '../../values/types.js'
import {settle} from '../pipeline/pipeline.js'
import {isGraph, readOnlyReason} from './read-only.js'
import {requireFreshSchema} from './schema-changes.js'
import {stamp} from './stamps.js'
import {requireValid, scopeOf} from './validity.js'
import {requireFit, requireOrder} from './values.js'

/** What keeps a graph one that Logseq, and this engine, can go on with. */
export const GRAPH_RULES: Rules = {
  admit: ({db}, e, a, v) => requireFit(db, e, a, v),
  complete,
  missing: ({db}, a) => requireOrder(db, a),
}

/**
 * What a client may write into a graph: it stays a graph, and each entity that is touched is as Logseq would have it.
 * @param txMeta what the client says about the write
 */
export function writeRules(txMeta: Value): Rules {
  return {
    ...GRAPH_RULES,
    *complete(transaction, pace) {
      const scope = scopeOf(txMeta)
      if (scope !== undefined) yield* settle(transaction, txMeta, pace)
      yield* complete(transaction, pace)
      if (scope !== undefined) yield* requireValid(transaction, scope, pace)
    },
  }
}

function* complete(transaction: Transaction, pace: Pace): Task<void> {
  yield* requireFreshSchema(transaction, pace)
  const {db} = transaction
  const reason = isGraph(db) ? readOnlyReason(db) : 'it would not be called one'
  if (reason !== undefined) throw refusal('protected', `The graph could not be written any more: ${reason}`)
  if (transaction.datoms.length > 0) yield* stamp(transaction, pace)
}
