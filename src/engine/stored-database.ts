import {ServerError} from '../lib/errors.js'
import {showEdn} from '../values/edn-write.js'
import {Keyword} from '../values/scalars.js'
import {equal, type Value, type ValueMap} from '../values/types.js'
import type {Database, DatomCursor} from './database.js'
import type {Datom} from './datom.js'
import {DB} from './idents.js'
import {aevtRange, avetRange, eavtRange} from './index-ranges.js'
import type {NodeSource} from './index/node.js'
import type {Tree} from './index/tree.js'
import type {Schema} from './schema.js'

/** The fields of a state of a graph. */
export interface DatabaseFields {
  readonly aevt: Tree
  readonly attributes: Schema
  readonly avet: Tree
  readonly eavt: Tree
  readonly maxEid: number
  readonly maxTx: number
}

/** Number of datoms without a match after which a scan returns an empty batch, so that its reader can pause. */
const PATIENCE = 4096

/** The facts of a graph at one moment: three indexes, and the schema. */
export class StoredDatabase implements Database, DatabaseFields {
  readonly aevt: Tree
  readonly attributes: Schema
  readonly avet: Tree
  readonly eavt: Tree
  readonly maxEid: number
  readonly maxTx: number

  constructor(state: DatabaseFields) {
    this.aevt = state.aevt
    this.attributes = state.attributes
    this.avet = state.avet
    this.eavt = state.eavt
    this.maxEid = state.maxEid
    this.maxTx = state.maxTx
  }

  get schema(): ValueMap {
    return this.attributes.stored
  }

  entid(id: Value): number | undefined {
    if (typeof id === 'number') return id
    if (id instanceof Keyword) return this.first(undefined, DB.ident, id)?.e
    if (!Array.isArray(id) || id.length !== 2) throw badId(id, 'a number, an ident or a lookup ref as an entity')
    const [attribute, value] = id as [Value, Value]
    if (!(attribute instanceof Keyword) || !this.attributes.isUnique(attribute))
      throw badId(id, 'a unique attribute in a lookup ref')
    return value === null ? undefined : this.first(undefined, attribute, value)?.e
  }

  first(e: number | undefined, a?: Keyword, v?: Value): Datom | undefined {
    const range = this.#range(e, a, v)
    if (!range.keep) return range.tree.first(range.bounds)
    const cursor = this.scan(e, a, v)
    for (let batch = cursor.next(); batch; batch = cursor.next()) if (batch.length > 0) return batch[0]
    return undefined
  }

  list(e: number | undefined, a?: Keyword, v?: Value): Datom[] {
    const all: Datom[] = []
    const cursor = this.scan(e, a, v)
    for (let batch = cursor.next(); batch; batch = cursor.next()) for (const datom of batch) all.push(datom)
    return all
  }

  scan(e: number | undefined, a?: Keyword, v?: Value): DatomCursor {
    const {keep, bounds, tree} = this.#range(e, a, v)
    const cursor = tree.scan(bounds)
    return keep ? new Filter(cursor, keep) : cursor
  }

  /** The same facts, read through a snapshot, which goes on seeing them when the graph is written. */
  withSource(source: NodeSource): StoredDatabase {
    return this.with({
      aevt: this.aevt.withSource(source),
      avet: this.avet.withSource(source),
      eavt: this.eavt.withSource(source),
    })
  }

  with(changes: Partial<DatabaseFields>): StoredDatabase {
    return new StoredDatabase({...this, ...changes})
  }

  /** Chooses the index, the range in it, and the check that is left for each datom. */
  #range(entity?: number, a?: Keyword, v?: Value) {
    const e = Number.isNaN(entity) ? NO_ENTITY : entity // NaN would be neither before nor after any entity
    const byValue = v === undefined ? undefined : (datom: Datom) => equal(datom.v, v)
    if (e !== undefined) {
      if (a === undefined) return {keep: byValue, bounds: eavtRange(e), tree: this.eavt}
      return {bounds: eavtRange(e, a, v), tree: this.eavt}
    }

    if (a === undefined) return {keep: byValue, bounds: eavtRange(), tree: this.eavt}
    if (v !== undefined && this.attributes.isIndexed(a)) return {bounds: avetRange(a, v), tree: this.avet}
    return {keep: byValue, bounds: aevtRange(a), tree: this.aevt}
  }
}

/** No entity has this number. */
const NO_ENTITY = -1

/** A scan that gives only some of the datoms. A batch is empty when a long stretch held none of them. */
class Filter implements DatomCursor {
  readonly #all: DatomCursor
  readonly #keep: (datom: Datom) => boolean

  constructor(all: DatomCursor, keep: (datom: Datom) => boolean) {
    this.#all = all
    this.#keep = keep
  }

  next(): readonly Datom[] | undefined {
    for (let seen = 0; seen < PATIENCE;) {
      const batch = this.#all.next()
      if (!batch) return undefined
      const kept = batch.filter((datom) => this.#keep(datom))
      if (kept.length > 0) return kept
      seen += batch.length
    }

    return []
  }
}

function badId(id: Value, expected: string): ServerError {
  return new ServerError('invalid-entity-id', `expected ${expected}, got ${showEdn(id)}`)
}
