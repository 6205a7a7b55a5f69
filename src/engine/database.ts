import type {Keyword} from '../values/scalars.js'
import type {Value, ValueMap} from '../values/types.js'
import type {Datom} from './datom.js'

/** Datoms in the order of an index, a batch at a time, so that a scan can be interrupted between batches. */
export interface DatomCursor {
  /**
   * The next batch; undefined at the end. Its array is the callee's: do not change it. A batch can be empty, when a long
   * stretch held nothing that was asked for: the reader can pause there.
   */
  next(): readonly Datom[] | undefined
}

/** Properties of attributes, from the schema. */
export interface Attributes {
  isComponent(attribute: Keyword): boolean
  /** Returns true if it is in the index by value (avet). */
  isIndexed(attribute: Keyword): boolean
  isMany(attribute: Keyword): boolean
  isRef(attribute: Keyword): boolean
  isUnique(attribute: Keyword): boolean
  isUniqueIdentity(attribute: Keyword): boolean
}

/** One state of a graph: it never changes. Everything that reads a graph reads one of these. */
export interface Database {
  readonly attributes: Attributes
  /**
   * The entity that a number, ident or lookup ref stands for; undefined if missing (a number stands for itself).
   * @throws ServerError `invalid-entity-id` for what can be no entity id, or a lookup ref of an attribute that is not unique
   */
  entid(id: Value): number | undefined
  /** The first datom that `scan` would give: the way to look up a single value. */
  first(e: number | undefined, a?: Keyword, v?: Value): Datom | undefined
  /** All datoms of `scan` at once, for what is known to be few. */
  list(e: number | undefined, a?: Keyword, v?: Value): Datom[]
  readonly maxEid: number
  readonly maxTx: number
  /**
   * Datoms that have these components; undefined leaves one open. The index that orders them is the first that applies: eavt if e
   * is given; avet if a and v are given and a is indexed; aevt if a is given; eavt. An open e and a with a given v walks the whole
   * of eavt.
   */
  scan(e: number | undefined, a?: Keyword, v?: Value): DatomCursor
  /** The schema as Logseq stores it in the root row: attribute (or entity) to its properties. */
  readonly schema: ValueMap
}
