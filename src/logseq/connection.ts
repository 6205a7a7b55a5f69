import {compareAevt, compareAvet, compareEavt} from '../engine/compare.js'
import type {Datom} from '../engine/datom.js'
import {DB} from '../engine/idents.js'
import {Tree} from '../engine/index/tree.js'
import {Schema} from '../engine/schema.js'
import type {KvsStore} from '../engine/storage/kvs-store.js'
import {StoredDatabase} from '../engine/stored-database.js'
import {type CooperativeTask, type ExecutionContext, NO_LIMITS, runSync} from '../engine/task.js'
import {transact, type TxReport} from '../engine/transact/transact.js'
import {Transaction} from '../engine/transact/transaction.js'
import {messageOf, ServerError} from '../lib/errors.js'
import {Keyword} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'
import {isGraph, readOnlyReason} from './write-rules/read-only.js'
import {writeRules} from './write-rules/rules.js'

/** Maximum number of facts in the tail before they are written into the trees. As in Logseq. */
const TAIL_DATOMS = 32

/** Hooks of a connection, called by its writes. */
export interface ConnectionHooks {
  /** Makes a backup before the first write of a session. */
  backUp(): CooperativeTask<void>
  /** Returns the reason why the graph counts as damaged; undefined if none is known. */
  damage(): string | undefined
  /** Called before each write: marks the search index as outdated. */
  markSearchStale(): void
  /** Called before each write: throws unless the graph still belongs to this server. */
  assertOwnership(): void
}

/** A graph at one moment, which stays as it is until it is released. */
export interface Snapshot {
  db: StoredDatabase
  release(): void
}

/** An open graph: its present state, and its writes, one at a time. */
export class Connection {
  #db: StoredDatabase
  #isFirstWrite = true
  readonly #store: KvsStore
  readonly #hooks: ConnectionHooks
  #tail: readonly (readonly Datom[])[]
  #writing = false

  private constructor(
    store: KvsStore,
    hooks: ConnectionHooks,
    db: StoredDatabase,
    tail: readonly (readonly Datom[])[],
  ) {
    this.#store = store
    this.#hooks = hooks
    this.#db = db
    this.#tail = tail
  }

  /**
   * Restores a graph from what is stored. Nothing is written.
   * @throws ServerError `graph-invalid`
   */
  static open(store: KvsStore, hooks: ConnectionHooks): Connection {
    const {db, tail} = readGraph(store)
    return new Connection(store, hooks, db, tail)
  }

  /** The present state of the graph. Only for immediate reads: a write changes the result of later ones. */
  get db(): StoredDatabase {
    return this.#db
  }

  /** Reason why the graph is read-only; undefined if it may be written. */
  get readOnly(): string | undefined {
    const damage = this.#hooks.damage()
    return damage === undefined ? readOnlyReason(this.#db) : `it is damaged: ${damage}`
  }

  /** The graph as it is now, for reads that take their time. */
  snapshot(): Snapshot {
    const nodes = this.#store.snapshot()
    return {db: this.#db.withSource(nodes), release: () => nodes.release()}
  }

  /**
   * Changes the graph. It is on disk when this returns; after an error nothing has changed here. After an error of the commit the
   * file may have the change (`mayBeCommitted`).
   * @param txMeta what the client says about the write
   * @param alongside writes other tables in the same SQLite transaction, also when nothing changes; receives the result
   * @throws ServerError `invalid-transaction` or `invalid-entity-id`, `graph-read-only`
   */
  *transact(
    txData: Value,
    execution: ExecutionContext,
    txMeta: Value = null,
    alongside?: (after: StoredDatabase) => void,
  ): CooperativeTask<TxReport> {
    if (this.#writing) throw new Error('a write is under way')
    this.#writing = true
    try {
      this.#requireWritable()
      const report = yield* transact(this.#db, txData, execution, writeRules(txMeta))
      if (report.txData.length === 0) {
        if (alongside) this.#writeAlone(() => alongside(report.after))
        return report
      }

      yield* this.#prepare()
      yield* this.#write(report, execution, alongside && (() => alongside(report.after)))
      return report
    } finally {
      this.#writing = false
    }
  }

  /**
   * Replaces this graph by another, after a backup. Snapshots of this one stay readable. The new graph
   * is on disk when this returns; after an error as in `transact`.
   * @param build makes the new graph: of the old one, and of one with the same attributes and without facts
   * @param alongside as in `transact`
   * @throws ServerError `graph-read-only`, `graph-invalid` when what was built could not be written any more
   */
  *replace(
    build: (before: StoredDatabase, empty: StoredDatabase) => CooperativeTask<StoredDatabase>,
    execution: ExecutionContext,
    alongside?: () => void,
  ): CooperativeTask<{after: StoredDatabase; before: StoredDatabase}> {
    if (this.#writing) throw new Error('a write is under way')
    this.#writing = true
    try {
      this.#requireWritable()
      const before = this.#db
      const after = yield* build(before, this.#empty())
      const reason = isGraph(after) ? readOnlyReason(after) : 'its kind would no longer be that of a DB graph'
      if (reason !== undefined)
        throw new ServerError('graph-invalid', `The graph could no longer be written: ${reason}`)
      this.#isFirstWrite = true // a replaced graph is always backed up
      yield* this.#prepare()
      const assertOwnership = () => this.#hooks.assertOwnership()
      const trees = yield* this.#store.flushInSteps(after, execution, assertOwnership, alongside)
      this.#db = after.with(trees)
      this.#tail = []
      return {after: this.#db, before}
    } finally {
      this.#writing = false
    }
  }

  /** A graph without facts. Its schema has the entries that no fact of this graph describes: they are Logseq's own. */
  #empty(): StoredDatabase {
    const db = this.#db
    const own = new ValueMap()
    for (const [ident, described] of db.schema) {
      if (!(ident instanceof Keyword) || !(described instanceof ValueMap)) continue
      const e = db.first(undefined, DB.ident, ident)?.e
      const isStated = (key: Value, value: Value) => e !== undefined && db.first(e, key as Keyword, value) !== undefined
      const left = [...described].filter(([key, value]) => key !== DB.ident && !isStated(key, value))
      if (left.length > 0 || e === undefined) own.set(ident, new ValueMap(left))
    }

    return new StoredDatabase({
      aevt: Tree.empty(compareAevt, this.#store),
      attributes: Schema.of(own),
      avet: Tree.empty(compareAvet, this.#store),
      eavt: Tree.empty(compareEavt, this.#store),
      maxEid: 0,
      maxTx: this.#db.maxTx,
    })
  }

  #requireWritable(): void {
    const {readOnly} = this
    if (readOnly !== undefined)
      throw new ServerError('graph-read-only', `The graph is read-only: ${readOnly}`, {details: {reason: readOnly}})
  }

  /** The tail is written again as it is: no fact changes. */
  #writeAlone(alongside: () => void): void {
    this.#hooks.assertOwnership()
    this.#store.writeTail(this.#tail, alongside)
  }

  *#prepare(): CooperativeTask<void> {
    if (this.#isFirstWrite) {
      yield* this.#hooks.backUp()
      this.#isFirstWrite = false
    }

    this.#hooks.markSearchStale()
  }

  /**
   * Writes as Logseq does: to the tail, until that is long; then the changed nodes are written. The change becomes visible only
   * after all of it is on disk.
   */
  *#write({after, txData}: TxReport, execution: ExecutionContext, alongside?: () => void): CooperativeTask<void> {
    const tail = [...this.#tail, txData]
    const assertOwnership = () => this.#hooks.assertOwnership()
    if (tail.reduce((sum, {length}) => sum + length, 0) > TAIL_DATOMS) {
      const trees = yield* this.#store.flushInSteps(after, execution, assertOwnership, alongside)
      this.#db = after.with(trees)
      this.#tail = []
    } else {
      assertOwnership()
      this.#store.writeTail(tail, alongside)
      this.#db = after
      this.#tail = tail
    }
  }
}

/** Reads a stored graph, with its last writes. @throws ServerError `graph-invalid` */
export function readGraph(store: KvsStore): {db: StoredDatabase; tail: readonly (readonly Datom[])[]} {
  const tail = store.readTail()
  const db = replay(readFacts(store), tail)
  if (!isGraph(db)) throw new ServerError('graph-invalid', 'The database was made by Logseq, but is not a graph')
  return {db, tail}
}

function readFacts(store: KvsStore): StoredDatabase {
  const root = store.readRoot()
  return new StoredDatabase({
    aevt: Tree.stored(store, root.aevt, compareAevt),
    attributes: Schema.of(root.schema),
    avet: Tree.stored(store, root.avet, compareAvet),
    eavt: Tree.stored(store, root.eavt, compareEavt),
    maxEid: root.maxEid,
    maxTx: root.maxTx,
  })
}

/** Replays the tail, whose facts are neither in the root nor in the trees. */
function replay(stored: StoredDatabase, tail: readonly (readonly Datom[])[]): StoredDatabase {
  if (tail.length === 0) return stored
  const transaction = new Transaction(stored)
  let {maxTx} = stored
  try {
    for (const datom of tail.flat()) {
      maxTx = Math.max(maxTx, Math.abs(datom.tx))
      const fact = datom.added ? undefined : transaction.db.first(datom.e, datom.a, datom.v)
      if (datom.added) transaction.state(datom)
      else if (fact) transaction.retract(fact)
    }
  } catch (error) {
    throw new ServerError('graph-invalid', `The last writes cannot be restored: ${messageOf(error)}`, {cause: error})
  }

  return runSync(transaction.finish(NO_LIMITS)).with({maxTx})
}
