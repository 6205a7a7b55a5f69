import {Datom} from '../../engine/datom.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {retractEntity} from '../../engine/transact/operations.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {Uuid} from '../../values/scalars.js'
import {A} from '../attributes.js'

/** Attributes of entities that belong to another one, and are deleted with it. */
const FOLLOWING = [A.historyBlock, A.reactionTarget, A.viewFor]

/**
 * Deletes entities that belong to a deleted one: its history, reactions to it and views of it. A mention of it in a title is
 * replaced by its own title.
 */
export function* followGone(transaction: Transaction, execution: ExecutionContext): CooperativeTask<void> {
  const {before} = transaction
  const retracted = new Set(transaction.datoms.filter(({a, added}) => !added && a === A.uuid).map(({e}) => e))
  for (const e of retracted) {
    if (execution.shouldYield()) yield
    if (transaction.db.first(e)) continue
    for (const a of FOLLOWING) {
      for (const {e: follower} of before.list(undefined, a, e)) {
        if (!transaction.db.first(follower)) continue
        yield* retractEntity(transaction, {e: follower, op: 'retract-entity'}, execution)
      }
    }

    for (const {e: owner} of before.list(undefined, A.refs, e)) {
      if (execution.shouldYield()) yield
      writeOut(transaction, owner, e)
    }
  }
}

function writeOut(transaction: Transaction, owner: number, gone: number): void {
  const {before, db, tx} = transaction
  const title = db.first(owner, A.title)?.v
  const uuid = before.first(gone, A.uuid)?.v
  if (typeof title !== 'string' || !(uuid instanceof Uuid)) return
  const text = before.first(gone, A.assetType) ? '' : String(before.first(gone, A.title)?.v ?? '')
  let written = title
  for (const spelling of [`{{embed ((${uuid.text}))}}`, `[[${uuid.text}]]`, `((${uuid.text}))`])
    written = written.replaceAll(spelling, () => text)
  if (written !== title) transaction.state(new Datom(owner, A.title, written, tx))
}
