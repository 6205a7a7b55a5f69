import {randomUUID} from 'node:crypto'

import {Datom} from '../../engine/datom.js'
import {DB} from '../../engine/idents.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Unnamed} from '../../engine/transact/forms.js'
import type {Transaction} from '../../engine/transact/transaction.js'
import {type Keyword, keyword, Uuid} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {A} from '../attributes.js'

const HISTORY = keyword('logseq.property/enable-history?')

/** Notes the values that a property had over time, where it asks for that. @param now in ms since 1970 */
export function* keepHistory(
  transaction: Transaction,
  stated: readonly Datom[],
  now: number,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const {db} = transaction
  const noted = new Map<Keyword, number | undefined>()
  for (const {a, added, e, v} of stated) {
    if (execution.shouldYield()) yield
    if (!added || a.namespace === 'block' || a.namespace === 'db') continue
    if (!noted.has(a)) {
      const property = db.first(undefined, DB.ident, a)?.e
      noted.set(a, property !== undefined && db.first(property, HISTORY)?.v === true ? property : undefined)
    }

    const property = noted.get(a)
    if (property === undefined || !db.first(e, a, v) || !db.first(e, A.uuid)) continue
    addEntity(transaction, now, [
      [keyword('logseq.property.history/block'), e],
      [keyword('logseq.property.history/property'), property],
      [keyword(`logseq.property.history/${db.attributes.isRef(a) ? 'ref' : 'scalar'}-value`), v],
    ])
  }
}

/** Makes an entity with a uuid and times of its own. @param now in ms since 1970 */
export function addEntity(
  transaction: Transaction,
  now: number,
  facts: readonly (readonly [Keyword, Value])[],
): number {
  const e = transaction.allocate(new Unnamed(-1 - transaction.datoms.length))
  const own = [
    [A.uuid, new Uuid(randomUUID())],
    [A.createdAt, now],
    [A.updatedAt, now],
  ] as const
  for (const [a, v] of [...own, ...facts]) transaction.state(new Datom(e, a, v, transaction.tx))
  return e
}
