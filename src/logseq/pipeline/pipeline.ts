import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {followGone} from './gone.js'
import {keepHistory} from './history.js'
import {rebuildRefs, rebuildsRefs} from './refs.js'
import {repeatTasks} from './repeats.js'
import {Settling} from './settling.js'
import {insertTemplates} from './templates.js'

const UUID = keyword('block/uuid')
const INSERT_BLOCKS = keyword('insert-blocks')
/** Option of writes by operations on an outline: they give an order to each block that needs one. */
const OF_OUTLINER = keyword('local-tx?')
const OUTLINER_OP = keyword('outliner-op')

/**
 * Completes a write as Logseq does before validation: restores built-in entities, adds or removes the attributes that an
 * entity needs for its new kind, and writes what follows from the write: history, repeated tasks, template blocks, refs.
 * @param now in ms since 1970
 */
export function* settle(
  transaction: Transaction,
  txMeta: Value,
  now: number,
  execution: ExecutionContext,
): CooperativeTask<void> {
  yield* followGone(transaction, execution)
  const stated = [...transaction.datoms]
  const touched = new Set(stated.map(({e}) => e))
  const step = new Settling(transaction, now)
  const isInsert = txMeta instanceof ValueMap && txMeta.get(OUTLINER_OP) === INSERT_BLOCKS && !txMeta.has(OF_OUTLINER)
  for (const e of touched) {
    if (execution.shouldYield()) yield
    if (!transaction.db.first(e, UUID)) continue
    if (isInsert) step.placeLast(e)
    step.settle(e)
  }

  if (!isImport(txMeta)) {
    yield* keepHistory(transaction, stated, now, execution)
    yield* repeatTasks(transaction, stated, now, execution)
    yield* insertTemplates(transaction, stated, now, execution)
  }

  if (rebuildsRefs(txMeta)) yield* rebuildRefs(transaction, execution)
}

/** Key that marks the write of an import: the values of properties are not new, and their history comes with them. */
export const IMPORTED = keyword('logseq.db.sqlite.export/imported-data?')

function isImport(txMeta: Value): boolean {
  return txMeta instanceof ValueMap && txMeta.get(IMPORTED) === true
}
