import type {Datom} from '../../engine/datom.js'
import {hash} from '../../engine/hash.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {markSearchStale} from '../../lib/files/search-index.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {eachPart, entitiesWith} from '../scans.js'
import {eachRow, type SearchRow, searchRow} from './rows.js'
import {ROWS_AT_ONCE, SearchError, SearchStore} from './store.js'

/** Number of pending entities beyond which the index is rebuilt on its next use. */
const MAX_PENDING = 20_000

/** Maximum number of pending entities that are indexed before a server exits; with more, the next server rebuilds the index. */
const MAX_LAST = 2000

/** Maximum number of steps for them, of which each looks up an entity or what refers to it, or writes some rows. */
const MAX_LAST_STEPS = 10 * MAX_LAST

/** Facts that others are found by, too: the titles of what refers to an entity, and what stands on a hidden page. */
const SPREADING = new Set([A.alias, A.deletedAt, A.extends, A.hide, A.journalDay, A.parent, A.title])
const HIDING = new Set([A.deletedAt, A.hide, keyword('block/parent')])

/** A state of the graph, held while it is read. */
interface Held {
  db: StoredDatabase
  release(): void
}

/**
 * - `unopened`: the file has not been opened yet
 * - `none`: there is no usable index
 * - `building`: a task is building the index
 * - `ready`: it matches the graph, except for pending changes
 * - `emptied`: a client has emptied it
 */
type State = 'building' | 'emptied' | 'none' | 'ready' | 'unopened'

/**
 * The search index of an open graph. It is built on the first search, and follows writes. Its file is never trusted: an index
 * is reused only if this program has sealed it for exactly this state of the graph, and each hit is looked up in the graph.
 */
export class SearchIndex {
  readonly #graphDir: string
  readonly #logError: (error: unknown) => void
  /** Entities that hide or show what is below them. */
  readonly #hidden = new Set<number>()
  readonly #pending = new Set<number>()
  readonly #removed = new Set<string>()
  /** True if a write has begun, and its result is not known yet. */
  #isAwaiting = false
  /** True if another program's index was marked as incomplete. */
  #isMarked = false
  /** True if the file is marked as complete. */
  #isSealed = false
  /** True while a task updates the index. */
  #isUpdating = false
  /** Entities whose title is part of others. */
  readonly #spread = new Set<number>()
  #state: State = 'unopened'
  #store: SearchStore | undefined

  /** @param logError receives each error of the index; no request fails because of one */
  constructor(graphDir: string, logError: (error: unknown) => void) {
    this.#graphDir = graphDir
    this.#logError = logError
  }

  get state(): State {
    return this.#state
  }

  /** Called before each write of the graph: marks the file as incomplete. */
  beforeWrite(db: StoredDatabase): void {
    this.#isAwaiting = true
    if (this.#isMarked && !this.#isSealed) return
    this.#open(db)
    this.#isMarked = true
    try {
      if (!this.#store) markSearchStale(this.#graphDir)
      else if (this.#isSealed) this.#store.unseal()
      this.#isSealed = false
    } catch (error) {
      this.#drop(error)
    }
  }

  /** Called after each write, with what it did. */
  note(txData: readonly Datom[]): void {
    this.#isAwaiting = false
    if (this.#state !== 'ready' && this.#state !== 'building') return
    for (const {a, added, e, v} of txData) {
      this.#pending.add(e)
      if (a === A.uuid && !added && v instanceof Uuid) this.#removed.add(v.text)
      if (SPREADING.has(a)) this.#spread.add(e)
      if (HIDING.has(a)) this.#hidden.add(e)
    }

    if (this.#state === 'ready' && this.#pending.size > MAX_PENDING) this.#drop()
  }

  get hasPending(): boolean {
    return this.#state === 'ready' && (this.#pending.size > 0 || this.#removed.size > 0)
  }

  /** Brings the index up to what was written. Errors end the index, not the task. */
  *update(hold: () => Held, execution: ExecutionContext): CooperativeTask<void> {
    while (this.#isUpdating) yield // what it has taken is no longer pending, and not in the index yet
    if (!this.hasPending) return
    const {db, release} = hold()
    const store = this.#store
    let isDone = false
    this.#isUpdating = true
    try {
      const entities = new Entities(db)
      const removed = [...this.#removed]
      const touched = yield* this.#affected(entities, execution)
      const upserted: SearchRow[] = []
      for (const e of touched) {
        if (execution.shouldYield()) yield
        const entity = entities.get(e)
        const row = searchRow(entities, entity)
        const uuid = entity.facts.get(A.uuid)?.[0]
        if (row) upserted.push(row)
        else if (uuid instanceof Uuid) removed.push(uuid.text)
      }

      // One that was made anew in a pause is of a later state of the graph than these rows, and one that was emptied is to have none.
      const write = (rows: readonly SearchRow[], ids: readonly string[]) => {
        if (this.#store === store && this.#state === 'ready') this.#guarded(() => store?.write(rows, ids))
      }

      yield* eachPart(removed, ROWS_AT_ONCE, execution, (ids) => write([], ids))
      yield* eachPart(upserted, ROWS_AT_ONCE, execution, (rows) => write(rows, []))
      isDone = true
    } finally {
      this.#isUpdating = false
      if (!isDone && this.#store === store) this.#drop() // cancelled, together with what was pending
      release()
    }
  }

  /** Finds the entities to index again. It takes all pending ones out: later writes come with the next update. */
  *#affected(entities: Entities, execution: ExecutionContext): CooperativeTask<Set<number>> {
    const {db} = entities
    const touched = new Set(this.#pending)
    const [spread, hidden] = [[...this.#spread], [...this.#hidden]]
    for (const set of [this.#pending, this.#removed, this.#spread, this.#hidden]) set.clear()
    for (const e of spread) {
      if (execution.shouldYield()) yield
      for (const a of [A.refs, A.alias, A.extends, A.parent])
        for (const other of yield* entitiesWith(db, a, e, execution)) touched.add(other)
    }

    // What is below a hidden or recycled entity is hidden as well; on a page that is all of its blocks.
    const open = [...hidden]
    for (let e = open.pop(); e !== undefined; e = open.pop()) {
      if (execution.shouldYield()) yield
      for (const a of [A.page, A.parent])
        for (const below of yield* entitiesWith(db, a, e, execution)) {
          if (touched.has(below)) continue
          touched.add(below)
          open.push(below)
        }
    }

    return touched
  }

  /**
   * Gives the index, made anew if missing, and up to what was written.
   * @param build makes the index and waits for it: the index outlives a search that is given up or takes too long
   * @returns undefined when it cannot be had; then only pages are found
   */
  *ready(
    hold: () => Held,
    execution: ExecutionContext,
    build: () => CooperativeTask<void>,
  ): CooperativeTask<SearchStore | undefined> {
    const {db, release} = hold()
    try {
      this.#open(db)
    } finally {
      release()
    }

    if (this.#state === 'emptied') return this.#store
    if (this.#state === 'none') yield* build()
    while (this.#state === 'building') yield // another task builds it
    yield* this.update(hold, execution)
    return this.#state === 'ready' ? this.#store : undefined
  }

  /** Returns true if there is an index of this state of the graph. */
  has(db: StoredDatabase): boolean {
    this.#open(db)
    return this.#state === 'ready'
  }

  /** Makes the index anew of all that the graph has. */
  *build(hold: () => Held, execution: ExecutionContext): CooperativeTask<void> {
    if (this.#state === 'building') return
    this.#drop()
    const {db, release} = hold()
    this.#state = 'building'
    let store: SearchStore | undefined
    // In a pause, a client may have emptied it, or another task may have begun to make it anew.
    const isBuilding = () => this.#state === 'building' && this.#store === store
    try {
      store = SearchStore.create(this.#graphDir)
      this.#store = store
      yield* eachRow(db, execution, (rows) => {
        if (isBuilding()) store?.write(rows, [])
      })
      if (!isBuilding()) return
      this.#state = 'ready'
      this.#seal(db)
    } catch (error) {
      if (!(error instanceof SearchError)) throw error
      this.#drop(error)
    } finally {
      if (isBuilding()) this.#drop() // cancelled
      release()
    }
  }

  /** Changes rows by hand, as Logseq's clients can. */
  change(work: (store: SearchStore) => void, db: StoredDatabase): void {
    this.#open(db)
    if (!this.#store) return
    if (this.#isSealed) this.#guarded((store) => store.unseal())
    this.#isSealed = false
    this.#guarded(work)
  }

  empty(db: StoredDatabase): void {
    this.change((store) => store.truncate(), db)
    if (this.#store) this.#state = 'emptied'
  }

  /** Called when the graph is closed: a complete index is marked as such, and reused by the next server. */
  close(db: StoredDatabase): void {
    if (this.hasPending && !this.#isUpdating && this.#pending.size <= MAX_LAST) this.#updateShortly(db)
    if (this.#state === 'ready' && !this.hasPending) this.#seal(db)
    this.#drop()
  }

  /** Brings the index up to date, unless that takes long: what refers to a new title may be many. Then it is dropped. */
  #updateShortly(db: StoredDatabase): void {
    const steps = this.update(() => ({db, release() {}}), {reserveRows() {}, shouldYield: () => true})
    for (let i = 0; i < MAX_LAST_STEPS; i++) if (steps.next().done) return
    steps.return()
  }

  #seal(db: StoredDatabase): void {
    if (this.#isSealed || this.#isAwaiting || this.#isUpdating || this.hasPending) return
    this.#guarded((store) => store.seal(fingerprintOf(db)))
    this.#isSealed = this.#store !== undefined
  }

  #open(db: StoredDatabase): void {
    if (this.#state !== 'unopened') return
    this.#state = 'none'
    try {
      this.#store = SearchStore.open(this.#graphDir, fingerprintOf(db))
    } catch (error) {
      this.#logError(error)
    }

    if (!this.#store) return
    this.#state = 'ready'
    this.#isSealed = true
  }

  #guarded(work: (store: SearchStore) => void): void {
    try {
      if (this.#store) work(this.#store)
    } catch (error) {
      this.#drop(error)
    }
  }

  /** Drops the index: the next search rebuilds it. */
  #drop(error?: unknown): void {
    if (error !== undefined) this.#logError(error)
    const store = this.#store
    this.#store = undefined
    this.#state = 'none'
    for (const set of [this.#pending, this.#removed, this.#spread, this.#hidden]) set.clear()
    try {
      if (store && !this.#isSealed && error === undefined) store.unseal()
      store?.close()
    } catch (error_) {
      this.#logError(error_)
    }

    this.#isSealed = false
  }

  /** Called after an error of the file in a search: it is damaged, or another program has removed it. */
  failed(error: unknown): void {
    this.#drop(error)
  }
}

/** Returns a number that another state of the graph has only by an unlikely coincidence. */
function fingerprintOf(db: StoredDatabase): number {
  return hash([db.maxTx, db.maxEid, db.eavt.count]) & 0x7f_ff_ff_ff
}
