import {Datom} from '../../engine/datom.js'
import type {Facts} from '../../engine/facts.js'
import type {Pace, Task} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {keyword} from '../../values/scalars.js'

const TX_ID = keyword('block/tx-id')
const UPDATED_AT = keyword('block/updated-at')
const UUID = keyword('block/uuid')

/** What a page or a block has, and a file or a setting has not. */
const OF_OUTLINE = [UPDATED_AT, keyword('block/title'), keyword('block/page'), keyword('block/parent')]

/**
 * Notes on each entity with a uuid which transaction touched it, and on pages and blocks when, unless the transaction
 * itself says when. Logseq does so after each write.
 * @param now in ms since 1970
 */
export function* stamp(transaction: Transaction, now: number, pace: Pace): Task<void> {
  const timed = new Set(transaction.datoms.filter(({a, added}) => added && a === UPDATED_AT).map(({e}) => e))
  const touched = new Set(transaction.datoms.map(({e}) => e))
  for (const e of touched) {
    if (pace.due()) yield
    if (!transaction.db.first(e, UUID)) continue
    if (transaction.db.attributes.knows(TX_ID)) state(transaction, e, TX_ID, transaction.tx)
    if (!timed.has(e) && isOutline(transaction.db, e)) state(transaction, e, UPDATED_AT, now)
  }
}

function state(transaction: Transaction, e: number, a: typeof TX_ID, v: number): void {
  transaction.state(new Datom(e, a, v, transaction.tx))
}

function isOutline(db: Facts, e: number): boolean {
  return OF_OUTLINE.some((a) => db.first(e, a) !== undefined)
}
