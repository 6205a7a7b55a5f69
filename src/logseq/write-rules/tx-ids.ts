import {Datom} from '../../engine/datom.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {keyword} from '../../values/scalars.js'

const TX_ID = keyword('block/tx-id')
const UUID = keyword('block/uuid')

/**
 * Notes on each entity with a uuid which transaction touched it, as Logseq does after each write. When it was touched is
 * for the writer to say.
 */
export function* recordTxIds(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void> {
  if (!transaction.db.attributes.knows(TX_ID)) return
  const touched = new Set(transaction.datoms.map(({e}) => e))
  for (const e of touched) {
    if (execution.shouldYield()) yield
    if (transaction.db.first(e, UUID)) transaction.state(new Datom(e, TX_ID, transaction.tx, transaction.tx))
  }
}
