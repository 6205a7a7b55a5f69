import type {Datom} from '../engine/datom.js'
import type {StoredDatabase} from '../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {type Keyword, keyword, Uuid} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'
import {A} from './attributes.js'
import {describeEntity} from './outliner/properties/describe.js'

const k = keyword
const OP_ID = k('db-sync/tx-id')

/** Maximum number of facts of a write that is described: clients read a graph again after more. */
const MAX_FACTS = 20_000

/** Attributes on which the place of a block among its siblings depends. */
const PLACING: ReadonlySet<Keyword> = new Set([A.createdFrom, A.deletedAt, A.order, A.parent, A.uuid])

/** Place of a block among the children of another. */
interface Spot {
  order: Value
  parent: Uuid
}

/** Blocks that left a parent, and blocks that came to it or changed their places there, each with its order key. */
interface Patch {
  remove: Value[]
  upsert: Value[]
}

/**
 * Describes a write block by block, as Logseq's clients of the list era apply it: changed blocks, deleted ones, and the children
 * that each parent lost and got.
 * @param repo name of the graph as clients have it
 * @param db state after the write
 * @returns undefined for a write that is too large
 */
export function* deltaOf(
  {db, repo, txData, txMeta}: {db: StoredDatabase; repo: string; txData: readonly Datom[]; txMeta: Value},
  execution: ExecutionContext,
): CooperativeTask<undefined | ValueMap> {
  if (txData.length === 0 || txData.length > MAX_FACTS) return undefined
  const change = new Change(db, txData)
  const [blocks, deleted] = [new ValueMap(), new ValueMap()]
  const patches = new Map<string, Patch>()
  for (const e of change.touched) {
    if (execution.shouldYield()) yield
    const [was, uuid] = [change.former(e, A.uuid), db.first(e, A.uuid)?.v]
    if (uuid instanceof Uuid && change.adds(e, A.txId)) blocks.set(uuid, describeEntity(db, e))
    if (was instanceof Uuid && uuid === undefined) deleted.set(was, numbers({rev: db.maxTx, 'db/id': e}))
    notePlaces(patches, change, e)
  }

  const children = new ValueMap()
  for (const [parent, {remove, upsert}] of patches)
    children.set(
      new Uuid(parent),
      numbers({'base-rev': change.firstTx - 1, rev: db.maxTx})
        .set(k('remove'), remove)
        .set(k('upsert'), upsert),
    )
  return new ValueMap([
    [k('graph-id'), repo],
    [k('rev'), db.maxTx],
    [k('op-id'), (txMeta instanceof ValueMap ? txMeta.get(OP_ID) : undefined) ?? null],
    [k('blocks'), blocks],
    [k('deleted'), deleted],
    [k('children'), children],
  ])
}

function notePlaces(patches: Map<string, Patch>, change: Change, e: number): void {
  const uuid = change.now(e, A.uuid) ?? change.former(e, A.uuid)
  if (!(uuid instanceof Uuid) || !change.isPlaced(e)) return
  const [from, to] = [change.spot(e, 'former'), change.spot(e, 'now')]
  if (from && to && from.order === to.order && from.parent.text === to.parent.text) return
  if (from) patchOf(patches, from.parent).remove.push([uuid, from.order])
  if (to) patchOf(patches, to.parent).upsert.push([uuid, to.order])
}

function patchOf(patches: Map<string, Patch>, parent: Uuid): Patch {
  const known = patches.get(parent.text)
  if (known) return known
  const made: Patch = {remove: [], upsert: []}
  patches.set(parent.text, made)
  return made
}

function numbers(entries: Record<string, number>): ValueMap {
  return new ValueMap(Object.entries(entries).map(([name, value]) => [k(name), value] as const))
}

/** A write, with the values that its entities had before. */
class Change {
  readonly #added = new Map<number, Set<Keyword>>()
  readonly #db: StoredDatabase
  firstTx = Number.POSITIVE_INFINITY
  readonly #retracted = new Map<number, Map<Keyword, Value>>()
  readonly touched = new Set<number>()

  constructor(db: StoredDatabase, txData: readonly Datom[]) {
    this.#db = db
    for (const {a, added, e, tx, v} of txData) {
      this.touched.add(e)
      this.firstTx = Math.min(this.firstTx, Math.abs(tx))
      if (added) this.#added.set(e, (this.#added.get(e) ?? new Set()).add(a))
      else this.#retracted.set(e, (this.#retracted.get(e) ?? new Map<Keyword, Value>()).set(a, v))
    }
  }

  adds(e: number, a: Keyword): boolean {
    return this.#added.get(e)?.has(a) ?? false
  }

  /** Returns true if the write may have changed the place of an entity. */
  isPlaced(e: number): boolean {
    const changed = [...(this.#added.get(e) ?? []), ...(this.#retracted.get(e)?.keys() ?? [])]
    return changed.some((a) => PLACING.has(a))
  }

  now(e: number, a: Keyword): undefined | Value {
    return this.#db.first(e, a)?.v
  }

  /** Returns the value that an attribute of one value had before. */
  former(e: number, a: Keyword): undefined | Value {
    const retracted = this.#retracted.get(e)?.get(a)
    if (retracted !== undefined) return retracted
    return this.adds(e, a) ? undefined : this.now(e, a)
  }

  /** Returns the place of a block; undefined for values of properties and for blocks in the recycle bin. */
  spot(e: number, when: 'former' | 'now'): Spot | undefined {
    const [order, parent] = [this[when](e, A.order), this[when](e, A.parent)]
    const isLeftOut = [A.createdFrom, A.deletedAt, A.uuid].some(
      (a) => (this[when](e, a) === undefined) === (a === A.uuid),
    )
    if (order === undefined || typeof parent !== 'number' || isLeftOut) return undefined
    const uuid = this[when](parent, A.uuid)
    return uuid instanceof Uuid ? {order, parent: uuid} : undefined
  }
}
