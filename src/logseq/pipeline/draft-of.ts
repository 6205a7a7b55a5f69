import {randomUUID} from 'node:crypto'

import type {Transaction} from '../../engine/transact/transaction.js'
import {Uuid} from '../../values/scalars.js'
import {randomEnding} from '../names.js'
import {Draft} from '../outliner/draft.js'

/** Returns a draft of what a transaction has come to: its changes are part of the transaction. @param now in ms since 1970 */
export function draftOf(transaction: Transaction, now: number): Draft {
  const making = {ending: randomEnding, now, uuid: () => new Uuid(randomUUID())}
  return new Draft(transaction.before, making, transaction)
}
