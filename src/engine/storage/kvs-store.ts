import {messageOf, ServerError} from '../../lib/errors.js'
import type {Sqlite, Statement} from '../../lib/sqlite.js'
import {encodeTransit} from '../../values/transit.js'
import {type Value, ValueMap} from '../../values/types.js'
import type {Datom} from '../datom.js'
import type {Node, NodeSource} from '../index/node.js'
import {type StoredTree, Tree} from '../index/tree.js'
import {complete, type Pace, type Task, UNHURRIED} from '../task.js'
import {Batch} from './batch.js'
import {NodeCache} from './cache.js'
import {damaged} from './damage.js'
import {type Lease, Leases} from './leases.js'
import {decodeContent, decodeDatom, decodeNode, encodeDatom, type Row} from './nodes.js'
import {decodeRoot, encodeRoot, type StoredRoot} from './root.js'

const ROOT = 0
const TAIL = 1

/** Nodes have the addresses after this one. */
const BEFORE_NODES = 1_000_000

const SELECT = 'SELECT content, addresses FROM kvs WHERE addr = ?'

const UPSERT =
  'INSERT INTO kvs (addr, content, addresses) VALUES (?, ?, ?) ' +
  'ON CONFLICT (addr) DO UPDATE SET content = excluded.content, addresses = excluded.addresses'

/** What is to be stored of a graph. */
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
 * is written in one SQLite transaction, and whoever reads on while that happens needs a lease.
 */
export class KvsStore implements NodeSource {
  readonly #cache: NodeCache
  readonly #db: Sqlite
  readonly #leases = new Leases()
  /** The root row as it stands; undefined while it has not been read. */
  #root: Pick<StoredRoot, 'maxAddress' | 'stored'> | undefined
  readonly #select: Statement
  readonly #upsert: Statement

  /** @param options.cacheDatoms how many datoms of stored nodes are kept in memory */
  constructor(db: Sqlite, options: {readonly cacheDatoms: number}) {
    this.#cache = new NodeCache(options.cacheDatoms)
    this.#db = db
    this.#select = db.prepare(SELECT)
    this.#upsert = db.prepare(UPSERT)
  }

  /** What is held in memory: datoms of nodes in the cache, and nodes that are kept for those who read on. */
  get held(): {cachedDatoms: number; keptNodes: number} {
    return {cachedDatoms: this.#cache.datoms, keptNodes: this.#leases.kept}
  }

  load(address: number): Node {
    const cached = this.#cache.get(address)
    if (cached !== undefined) return cached
    const node = this.#read(address)
    this.#cache.put(address, node)
    return node
  }

  /** From now on whoever has it reads the nodes as they are now. */
  lease(): Lease {
    return this.#leases.take(this)
  }

  /** The same, past the cache: what is read is what stands in the file. */
  leaseOfRows(): Lease {
    return this.#leases.take({load: (address) => this.#read(address)})
  }

  /** @throws ServerError `graph-invalid` when it is not the root of a graph, or of one that is not understood */
  readRoot(): StoredRoot {
    try {
      const row = this.#row(ROOT)
      if (row === undefined) throw new Error('there is no root')
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
      if (row === undefined) throw new Error('there is no tail')
      const tail = decodeContent(TAIL, row.content)
      if (!Array.isArray(tail)) throw new Error('the tail is no vector')
      return tail.map((datoms: Value) => {
        if (!Array.isArray(datoms)) throw new Error('a transaction in the tail is no vector')
        return datoms.map((datom: Value) => decodeDatom(TAIL, datom))
      })
    } catch (error) {
      throw invalid(error)
    }
  }

  /**
   * Writes the tail. It is on disk when this returns; when it throws, the old one still stands.
   * @param alongside writes other tables in the same SQLite transaction
   */
  writeTail(transactions: ReadonlyArray<readonly Datom[]>, alongside: () => void = () => {}): void {
    const tail = transactions.map((datoms) => datoms.map((datom) => encodeDatom(datom)))
    this.#db.transaction(() => {
      this.#upsert.run(TAIL, encodeTransit(tail), null)
      alongside()
    })
  }

  /** `flushInSteps` in one go. */
  flush(state: GraphState): Trees {
    return complete(this.flushInSteps(state, UNHURRIED))
  }

  /**
   * Writes the changed nodes and the root, and an empty tail. Everything is on disk when this is done; when it throws,
   * nothing has changed, in the file or in memory, and it can be tried again. One at a time.
   * @param ready called when all is put together and only has to be written; it may throw
   * @param alongside writes other tables in the same SQLite transaction
   * @returns the same trees, clean
   */
  *flushInSteps(
    state: GraphState,
    pace: Pace,
    ready: () => void = () => {},
    alongside: () => void = () => {},
  ): Task<Trees> {
    const {maxAddress, stored} = this.#rootNow()
    const batch = new Batch(maxAddress)
    const eavt = yield* batch.add(state.eavt, pace)
    const aevt = yield* batch.add(state.aevt, pace)
    const avet = yield* batch.add(state.avet, pace)
    const {maxEid, maxTx, schema} = state
    ready()
    const root = {aevt, avet, eavt, maxAddress: batch.maxAddress, maxEid, maxTx, schema, stored}
    this.#commit(batch, root, alongside)
    const clean = (tree: StoredTree, {order}: Tree) => Tree.stored(this, tree, order)
    return {aevt: clean(aevt, state.aevt), avet: clean(avet, state.avet), eavt: clean(eavt, state.eavt)}
  }

  #commit(batch: Batch, root: StoredRoot, alongside: () => void): void {
    const before = new Map(this.#leases.any ? batch.overwritten.map((address) => [address, this.load(address)]) : [])
    this.#db.transaction(() => {
      for (const [address, {row}] of batch.nodes) this.#upsert.run(address, row.content, row.addresses)
      this.#upsert.run(ROOT, encodeRoot(root), null)
      this.#upsert.run(TAIL, '[]', null)
      alongside()
    })
    this.#leases.keep(before)
    this.#root = root
    for (const [address, {node}] of batch.nodes) this.#cache.put(address, node)
  }

  /** A graph that has no root yet is a new one. */
  #rootNow(): Pick<StoredRoot, 'maxAddress' | 'stored'> {
    if (this.#root) return this.#root
    if (this.#row(ROOT)) return this.readRoot()
    return {maxAddress: BEFORE_NODES, stored: new ValueMap()}
  }

  #read(address: number): Node {
    const row = this.#row(address)
    if (row === undefined) throw damaged(address, 'is missing')
    return decodeNode(address, row)
  }

  #row(address: number): Row | undefined {
    return this.#select.get(address) as Row | undefined
  }
}

function invalid(error: unknown): ServerError {
  return new ServerError('graph-invalid', `this graph is not understood: ${messageOf(error)}`, {cause: error})
}
