import {messageOf, ServerError} from '../../lib/errors.js'
import {isCorrupt, type Sqlite, type Statement} from '../../lib/sqlite.js'
import {encodeTransit} from '../../values/transit.js'
import {type Value, ValueMap} from '../../values/types.js'
import {corruptRow} from '../damage.js'
import type {Datom} from '../datom.js'
import type {Node, NodeSource} from '../index/node.js'
import {type StoredTree, Tree} from '../index/tree.js'
import {type CooperativeTask, type ExecutionContext, NO_LIMITS, runSync} from '../task.js'
import {Batch} from './batch.js'
import {textOf} from './bytes.js'
import {NodeCache} from './cache.js'
import {decodeContent, decodeDatom, decodeNode, encodeDatom, type Row} from './nodes.js'
import {decodeRoot, encodeRoot, type StoredRoot} from './root.js'
import {type Snapshot, Snapshots} from './snapshots.js'

const ROOT = 0
const TAIL = 1

/** Nodes have the addresses after this one. */
const BEFORE_NODES = 1_000_000

/** Reads texts as bytes: invalid UTF-8 must not end the process. Other types are not read as texts. */
const SELECT =
  "SELECT CASE typeof(content) WHEN 'text' THEN CAST(content AS BLOB) END AS content, " +
  'CAST(addresses AS BLOB) AS addresses FROM kvs WHERE addr = ?'

const UPSERT =
  'INSERT INTO kvs (addr, content, addresses) VALUES (?, ?, ?) ' +
  'ON CONFLICT (addr) DO UPDATE SET content = excluded.content, addresses = excluded.addresses'

/** The parts of a graph that are stored. */
export interface GraphState extends Trees {
  readonly maxEid: number
  readonly maxTx: number
  readonly schema: ValueMap
}

/** The three indexes of a graph. */
export interface Trees {
  readonly aevt: Tree
  readonly avet: Tree
  readonly eavt: Tree
}

/**
 * The rows of a graph: nodes, root and tail. Nodes are rewritten in place, as Logseq does, so all that belongs together
 * is written in one SQLite transaction, and a reader that continues meanwhile needs a snapshot.
 */
export class KvsStore implements NodeSource {
  readonly #cache: NodeCache
  readonly #db: Sqlite
  readonly #snapshots = new Snapshots()
  /** The root row as it stands; undefined while it has not been read. */
  #root: Pick<StoredRoot, 'maxAddress' | 'stored'> | undefined
  /** Prepared on first use, and again after an error: a statement that met a damaged page keeps failing. */
  #select: Statement | undefined
  #upsert: Statement | undefined

  /** @param options.cacheDatoms how many datoms of stored nodes are kept in memory */
  constructor(db: Sqlite, options: {readonly cacheDatoms: number}) {
    this.#cache = new NodeCache(options.cacheDatoms)
    this.#db = db
  }

  /** Memory use: datoms of nodes in the cache, and nodes that are kept for snapshots. */
  get held(): {cachedDatoms: number; keptNodes: number} {
    return {cachedDatoms: this.#cache.datoms, keptNodes: this.#snapshots.kept}
  }

  /** Returns true if a reader uses a state of the graph that may be older than the stored one. */
  get isRead(): boolean {
    return this.#snapshots.any
  }

  load(address: number, height: number): Node {
    const cached = this.#cache.get(address)
    if (cached?.height === height) return cached
    if (cached) throw corruptRow(address, `is on the levels ${cached.height} and ${height}`)
    const node = this.#read(address, height)
    this.#cache.put(address, node)
    return node
  }

  /** Takes a snapshot: its holder reads the nodes as they are now. */
  snapshot(): Snapshot {
    return this.#snapshots.take(this)
  }

  /** Takes a snapshot that reads the rows of the file, without the cache. */
  snapshotOfRows(): Snapshot {
    return this.#snapshots.take({load: (address, height) => this.#read(address, height)})
  }

  /** @throws ServerError `graph-invalid` when it is not the root of a graph, or of one that is not understood */
  readRoot(): StoredRoot {
    try {
      const row = this.#row(ROOT)
      if (row === undefined) throw new Error('the root is missing')
      const root = decodeRoot(row.content)
      this.#root = root
      return root
    } catch (error) {
      throw invalid(error)
    }
  }

  /**
   * The transactions since the nodes were written last, oldest first. A datom with a negative tx was retracted.
   * @throws ServerError `graph-invalid`
   */
  readTail(): Datom[][] {
    try {
      const row = this.#row(TAIL)
      if (row === undefined) throw new Error('the tail is missing')
      const tail = decodeContent(TAIL, row.content)
      if (!Array.isArray(tail)) throw new Error('the tail is not a vector')
      return tail.map((datoms: Value) => {
        if (!Array.isArray(datoms)) throw new Error('a transaction in the tail is not a vector')
        return datoms.map((datom: Value) => decodeDatom(TAIL, datom))
      })
    } catch (error) {
      throw invalid(error)
    }
  }

  /**
   * Writes the tail. It is on disk when this returns; when it throws, this process still has the old one (`mayBeCommitted`).
   * @param alongside writes other tables in the same SQLite transaction
   */
  writeTail(transactions: ReadonlyArray<readonly Datom[]>, alongside: () => void = () => {}): void {
    const tail = transactions.map((datoms) => datoms.map((datom) => encodeDatom(datom)))
    this.#db.transaction(() => {
      this.#write(TAIL, {addresses: null, content: encodeTransit(tail)})
      alongside()
    })
  }

  /** `flushInSteps` in one go. */
  flush(state: GraphState): Trees {
    return runSync(this.flushInSteps(state, NO_LIMITS))
  }

  /**
   * Writes the changed nodes and the root, and an empty tail. Everything is on disk when this is done; when it throws,
   * nothing has changed for this process (`mayBeCommitted`), and it can be tried again. One at a time.
   * @param ready called when all is put together and only has to be written; it may throw
   * @param alongside writes other tables in the same SQLite transaction
   * @returns the same trees, clean
   */
  *flushInSteps(
    state: GraphState,
    execution: ExecutionContext,
    ready: () => void = () => {},
    alongside: () => void = () => {},
  ): CooperativeTask<Trees> {
    const {maxAddress, stored} = this.#rootNow()
    const batch = new Batch(maxAddress)
    const eavt = yield* batch.add(state.eavt, execution)
    const aevt = yield* batch.add(state.aevt, execution)
    const avet = yield* batch.add(state.avet, execution)
    const {maxEid, maxTx, schema} = state
    ready()
    const root = {aevt, avet, eavt, maxAddress: batch.maxAddress, maxEid, maxTx, schema, stored}
    this.#commit(batch, root, alongside)
    const clean = (tree: StoredTree, {comparator: order}: Tree) => Tree.stored(this, tree, order)
    return {aevt: clean(aevt, state.aevt), avet: clean(avet, state.avet), eavt: clean(eavt, state.eavt)}
  }

  #commit(batch: Batch, root: StoredRoot, alongside: () => void): void {
    const before = new Map<number, Node>()
    if (this.#snapshots.any)
      for (const [address, height] of batch.overwritten) before.set(address, this.load(address, height))
    this.#db.transaction(() => {
      for (const [address, {row}] of batch.nodes) this.#write(address, row)
      this.#write(ROOT, {addresses: null, content: encodeRoot(root)})
      this.#write(TAIL, {addresses: null, content: '[]'})
      alongside()
    })
    this.#snapshots.keep(before)
    this.#root = root
    for (const [address, {node}] of batch.nodes) this.#cache.put(address, node)
  }

  /** A graph that has no root yet is a new one. */
  #rootNow(): Pick<StoredRoot, 'maxAddress' | 'stored'> {
    if (this.#root) return this.#root
    if (this.#row(ROOT)) return this.readRoot()
    return {maxAddress: BEFORE_NODES, stored: new ValueMap()}
  }

  #read(address: number, height: number): Node {
    const row = this.#row(address)
    if (row === undefined) throw corruptRow(address, 'is missing')
    return decodeNode(address, height, row)
  }

  #row(address: number): Row | undefined {
    const row = this.#get(address)
    if (row === undefined) return undefined
    const content = textOf(row['content'])
    if (content === undefined) throw corruptRow(address, 'has no text in UTF-8')
    const addresses = row['addresses'] === null ? null : textOf(row['addresses'])
    if (addresses === undefined) throw corruptRow(address, 'has addresses that are not a text in UTF-8')
    return {addresses, content}
  }

  #get(address: number): Record<string, unknown> | undefined {
    try {
      this.#select ??= this.#db.prepare(SELECT)
      return this.#select.get(address)
    } catch (error) {
      this.#select = undefined
      throw isCorrupt(error) ? corruptRow(address, `cannot be read: ${messageOf(error)}`) : error
    }
  }

  #write(address: number, {addresses, content}: Row): void {
    try {
      this.#upsert ??= this.#db.prepare(UPSERT)
      this.#upsert.run(address, content, addresses)
    } catch (error) {
      this.#upsert = undefined
      throw isCorrupt(error) ? corruptRow(address, `cannot be written: ${messageOf(error)}`) : error
    }
  }
}

function invalid(error: unknown): ServerError {
  return new ServerError('graph-invalid', `this graph is not understood: ${messageOf(error)}`, {cause: error})
}
