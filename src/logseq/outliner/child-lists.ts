import type {Datom} from '../../engine/datom.js'
import {aevtRange} from '../../engine/index-ranges.js'
import {sortInSteps} from '../../engine/sort-in-steps.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'

/** Block, value of a property, or choice under an entity. */
export interface Child {
  readonly e: number
  readonly isChoice: boolean
  readonly isValue: boolean
  /** Order key; empty if missing. */
  readonly key: string
  /** Property of which it is a value. */
  readonly property: number | undefined
}

/** A list that is kept, and the number of facts that the transaction had then. */
interface Kept {
  list: readonly Child[]
  seen: number
}

/** Attributes on which a child and its place depend. */
const PLACING: ReadonlySet<Keyword> = new Set([A.choiceOf, A.createdFrom, A.order, A.parent])

/** Lists that are this long are kept, and so many of them: a move has two ends. */
const MIN_KEPT = 256
const MAX_LISTS = 4

/** With more changes than this, a list is read anew. */
const MAX_CHANGES = 1000

/**
 * Children of entities in the state of a transaction, in their order. Long lists are kept, and follow the facts of the
 * transaction: an operation on many blocks asks for them once for each block.
 */
export class ChildLists {
  readonly #kept = new Map<number, Kept>()
  readonly #transaction: {readonly datoms: readonly Datom[]; readonly db: StoredDatabase}

  constructor(transaction: {readonly datoms: readonly Datom[]; readonly db: StoredDatabase}) {
    this.#transaction = transaction
  }

  /** Returns all that is under an entity, by order key, then by number. */
  *of(parent: number, execution: ExecutionContext): CooperativeTask<readonly Child[]> {
    const {datoms} = this.#transaction
    const kept = this.#kept.get(parent)
    const changed = kept && changedSince(datoms, kept.seen)
    if (kept && changed?.size === 0) return kept.list
    const list = kept && changed ? this.#updated(parent, kept.list, changed) : yield* this.#read(parent, execution)
    this.#keep(parent, {list, seen: datoms.length})
    if (execution.shouldYield()) yield
    return list
  }

  #keep(parent: number, kept: Kept): void {
    if (this.#kept.size >= MAX_LISTS && !this.#kept.has(parent)) this.#kept.clear()
    if (kept.list.length < MIN_KEPT) this.#kept.delete(parent)
    else this.#kept.set(parent, kept)
  }

  #updated(parent: number, list: readonly Child[], changed: ReadonlySet<number>): Child[] {
    const {db} = this.#transaction
    const came = [...changed].filter((e) => db.first(e, A.parent, parent)).map((e) => childOf(db, e))
    came.sort(compareChildren)
    const merged: Child[] = []
    let next = 0
    for (const child of list) {
      if (changed.has(child.e)) continue
      while (next < came.length && compareChildren(came[next]!, child) < 0) merged.push(came[next++]!)
      merged.push(child)
    }

    return [...merged, ...came.slice(next)]
  }

  *#read(parent: number, execution: ExecutionContext): CooperativeTask<Child[]> {
    const {db} = this.#transaction
    const found: Child[] = []
    const cursor = db.scan(undefined, A.parent, parent)
    for (let batch = cursor.next(); batch; batch = cursor.next()) {
      for (const {e} of batch) {
        found.push(childOf(db, e))
        if (execution.shouldYield()) yield
      }
    }

    return yield* sortInSteps(found, compareChildren, execution)
  }
}

/** Returns the entities whose place changed after a number of facts; undefined if they are many. */
function changedSince(datoms: readonly Datom[], seen: number): ReadonlySet<number> | undefined {
  const changed = new Set<number>()
  for (let i = seen; i < datoms.length && changed.size <= MAX_CHANGES; i++) {
    const {a, e} = datoms[i]!
    if (PLACING.has(a)) changed.add(e)
  }

  return changed.size > MAX_CHANGES ? undefined : changed
}

function childOf(db: StoredDatabase, e: number): Child {
  const [key, from] = [valueOf(db, e, A.order), valueOf(db, e, A.createdFrom)]
  return {
    e,
    isChoice: valueOf(db, e, A.choiceOf) !== undefined,
    isValue: from !== undefined,
    key: typeof key === 'string' ? key : '',
    property: typeof from === 'number' ? from : undefined,
  }
}

/**
 * Reads by attribute: that of many entities is in few nodes, and most have no value of two of the three. All facts of as many
 * entities would not fit into the cache.
 */
function valueOf(db: StoredDatabase, e: number, a: Keyword) {
  return db.aevt.first(aevtRange(a, e))?.v
}

/** Compares by order key, then by number. */
function compareChildren(a: Child, b: Child): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : a.e - b.e
}
