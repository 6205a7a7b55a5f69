import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import {isOrderKey} from '../../src/logseq/order-keys.js'
import {judgeAll} from '../../src/logseq/validity/check.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {type Keyword, keyword as k, Uuid} from '../../src/values/scalars.js'

const [NAME, ORDER, PAGE, PARENT, REFS, TITLE, UUID] = ['name', 'order', 'page', 'parent', 'refs', 'title', 'uuid'].map(
  (name) => k(`block/${name}`),
) as [Keyword, Keyword, Keyword, Keyword, Keyword, Keyword, Keyword]

const CHOICE_OF = k('block/closed-value-property')
const CREATED_FROM = k('logseq.property/created-from-property')

/**
 * Returns what is wrong with the outline of a graph: cycles, order keys, pages of blocks, references, validity.
 * @param withRefs each title was written by a call that works references out
 */
export function outlineFaults(db: StoredDatabase, withRefs = true): string[] {
  const faults: string[] = []
  const orders = new Map<string, number>()
  for (const {e} of db.list(undefined, UUID)) {
    faults.push(...placeFaults(db, e), ...(withRefs ? refFaults(db, e) : []))
    const [parent, order] = [db.first(e, PARENT)?.v, db.first(e, ORDER)?.v]
    if (order !== undefined && !isOrderKey(String(order))) faults.push(`order of ${nameOf(db, e)} is ${String(order)}`)
    if (parent === undefined || order === undefined) continue
    // Values of a property, and choices, have an order of their own beside the blocks.
    const group = db.first(e, CHOICE_OF)?.v ?? db.first(e, CREATED_FROM)?.v ?? 'block'
    const key = `${String(parent)} ${String(group)} ${String(order)}`
    if (orders.has(key)) faults.push(`${nameOf(db, e)} and ${nameOf(db, orders.get(key)!)} have one place`)
    orders.set(key, e)
  }

  for (const {e, faults: found} of runSync(judgeAll(db, {}, NO_LIMITS)))
    faults.push(`${nameOf(db, e)}: ${found.map(({attribute, rule}) => `${attribute} ${rule}`).join('; ')}`)
  return faults
}

function placeFaults(db: StoredDatabase, e: number): string[] {
  const seen = new Set([e])
  for (let at = db.first(e, PARENT)?.v; typeof at === 'number'; at = db.first(at, PARENT)?.v) {
    if (seen.has(at)) return [`${nameOf(db, e)} is in a cycle`]
    if (!db.first(at, UUID)) return [`${nameOf(db, e)} is under nothing`]
    seen.add(at)
  }

  const [page, parent] = [db.first(e, PAGE)?.v, db.first(e, PARENT)?.v]
  if (typeof page !== 'number' || typeof parent !== 'number') return []
  const expected = db.first(parent, NAME) ? parent : db.first(parent, PAGE)?.v
  return page === expected ? [] : [`${nameOf(db, e)} is on ${nameOf(db, page)}, not on ${nameOf(db, Number(expected))}`]
}

function refFaults(db: StoredDatabase, e: number): string[] {
  const title = db.first(e, TITLE)?.v
  if (typeof title !== 'string') return []
  return [...title.matchAll(/\[\[([\da-f-]{36})\]\]/g)].flatMap(([, uuid]) => {
    const target = db.first(undefined, UUID, new Uuid(uuid!))?.e
    const isMissing = target !== undefined && target !== e && !db.first(e, REFS, target)
    return isMissing ? [`${nameOf(db, e)} mentions ${nameOf(db, target)} without a reference`] : []
  })
}

function nameOf(db: StoredDatabase, e: number): string {
  return `${e} ${writeEdn(db.first(e, TITLE)?.v ?? null)}`
}
