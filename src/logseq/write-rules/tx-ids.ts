import {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import type {Keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'

/**
 * Notes on each entity with a uuid which transaction changed it, and on each that refers to one that was changed, as Logseq
 * does after each write: its clients read such entities again. When it was touched is for the writer to say.
 */
export function* recordTxIds(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void> {
  if (!transaction.db.attributes.knows(A.txId)) return
  const changed = new Set<number>()
  for (const {a, e} of transaction.datoms) if (a !== A.txId && a !== A.updatedAt) changed.add(e)
  const stamped = new Set(changed)
  const attributes = shownRefs(transaction.db)
  for (const e of changed) {
    if (execution.shouldYield()) yield
    if (!transaction.before.first(e) || !transaction.db.first(e)) continue
    for (const a of attributes) {
      for (const {e: owner} of transaction.db.list(undefined, a, e)) stamped.add(owner)
      if (execution.shouldYield()) yield
    }
  }

  for (const e of stamped) {
    if (execution.shouldYield()) yield
    if (transaction.db.first(e, A.uuid)) transaction.state(new Datom(e, A.txId, transaction.tx, transaction.tx))
  }
}

/** The attributes by which an entity shows another: references, and properties that are not hidden. */
function shownRefs(db: StoredDatabase): Keyword[] {
  return [...db.attributes.refs].filter((a) => {
    if (a === A.refs) return true
    const property = db.first(undefined, DB.ident, a)?.e
    return property !== undefined && db.first(property, A.public)?.v !== false
  })
}
