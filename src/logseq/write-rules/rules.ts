import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {refusal} from '../../engine/transact/refusal.js'
import type {Transaction, WriteRules} from '../../engine/transact/transaction.js'
import type {Value} from '../../values/types.js'
import {settle} from '../pipeline/pipeline.js'
import {requireFit, requireOrder} from '../storable/values.js'
import {isGraph, readOnlyReason} from './read-only.js'
import {validateSchemaChange} from './schema-changes.js'
import {recordTxIds} from './tx-ids.js'
import {requireValid, scopeOf} from './validity.js'

/** Rules for graphs that Logseq and this engine can read. */
export const GRAPH_RULES: WriteRules = {
  admit: ({db}, e, a, v) => requireFit(db, e, a, v),
  beforeCommit: complete,
  missing: ({db}, a) => requireOrder(db, a),
}

/**
 * Returns the rules for a client's writes: the graph stays a graph, and each touched entity is as Logseq would have it.
 * @param txMeta what the client says about the write
 * @param now in ms since 1970
 */
export function writeRules(txMeta: Value, now = Date.now()): WriteRules {
  return {
    ...GRAPH_RULES,
    *beforeCommit(transaction, execution) {
      const scope = scopeOf(txMeta)
      if (scope !== undefined) yield* settle(transaction, txMeta, now, execution)
      yield* complete(transaction, execution)
      if (scope !== undefined) yield* requireValid(transaction, scope, execution)
    },
  }
}

function* complete(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void> {
  yield* validateSchemaChange(transaction, execution)
  const {db} = transaction
  const reason = isGraph(db) ? readOnlyReason(db) : 'its kind would no longer be that of a DB graph'
  if (reason !== undefined) throw refusal('protected', `The graph could no longer be written: ${reason}`)
  if (transaction.datoms.length > 0) yield* recordTxIds(transaction, execution)
}
