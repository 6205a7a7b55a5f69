import {Keyword, keyword} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'
import type {Attributes} from './database.js'
import type {Datom} from './datom.js'
import {DB} from './idents.js'

/** Attributes that describe attributes: their facts change the schema at once, within their transaction. */
const DESCRIBING = new Set<Keyword>([
  DB.cardinality,
  keyword('db/doc'),
  DB.ident,
  DB.index,
  DB.isComponent,
  keyword('db/tupleAttrs'),
  keyword('db/tupleType'),
  keyword('db/tupleTypes'),
  DB.unique,
  DB.valueType,
])

const REF = 1
const MANY = 2
const INDEXED = 4
const UNIQUE = 8
const IDENTITY = 16
const COMPONENT = 32

/** Flags of an attribute, to compare two states of it. */
export type AttributeFlags = number

/**
 * Properties of the attributes of a graph. Logseq keeps them in the root row: each ident to its properties, and the number
 * of an entity to its ident. They are derived from facts, and change with them.
 */
export class Schema implements Attributes {
  /** As Logseq stores it. */
  readonly stored: ValueMap
  readonly #refs: Set<Keyword>
  readonly #flags: Map<Keyword, AttributeFlags>

  private constructor(stored: ValueMap, flags: Map<Keyword, AttributeFlags>, refs: Set<Keyword>) {
    this.stored = stored
    this.#flags = flags
    this.#refs = refs
  }

  static of(stored: ValueMap): Schema {
    const schema = new Schema(stored, new Map(), new Set())
    for (const key of stored.keys()) schema.#look(key)
    if (!stored.has(DB.ident)) schema.#look(DB.ident)
    return schema
  }

  /** A copy, for one transaction to change. */
  copy(): Schema {
    return new Schema(new ValueMap(this.stored), new Map(this.#flags), new Set(this.#refs))
  }

  /** Returns true if a fact of this attribute changes the schema. */
  static isDescribing(attribute: Keyword): boolean {
    return DESCRIBING.has(attribute)
  }

  /** The attributes whose values are entities. */
  get refs(): Iterable<Keyword> {
    return this.#refs
  }

  isComponent(attribute: Keyword): boolean {
    return (this.flags(attribute) & COMPONENT) !== 0
  }

  isIndexed(attribute: Keyword): boolean {
    return (this.flags(attribute) & INDEXED) !== 0
  }

  isMany(attribute: Keyword): boolean {
    return (this.flags(attribute) & MANY) !== 0
  }

  isRef(attribute: Keyword): boolean {
    return (this.flags(attribute) & REF) !== 0
  }

  isUnique(attribute: Keyword): boolean {
    return (this.flags(attribute) & UNIQUE) !== 0
  }

  isUniqueIdentity(attribute: Keyword): boolean {
    return (this.flags(attribute) & IDENTITY) !== 0
  }

  /** Returns true if the schema has properties of this attribute. */
  knows(attribute: Keyword): boolean {
    return this.stored.has(attribute) || DESCRIBING.has(attribute)
  }

  flags(attribute: Keyword): AttributeFlags {
    return this.#flags.get(attribute) ?? 0
  }

  /** The attribute that a describing fact is about; undefined when it has no name yet. */
  attributeOf({a, e, v}: Datom): Keyword | undefined {
    const named = a === DB.ident ? v : this.stored.get(e)
    return named instanceof Keyword ? named : undefined
  }

  /**
   * Changes this schema by a fact of a describing attribute, as DataScript does.
   * @returns whether the fact had something to act on: what is retracted must be there
   */
  apply({a, added, e, v}: Datom): boolean {
    return added ? this.#add(e, a, v) : this.#remove(e, a, v)
  }

  #add(e: number, a: Keyword, v: Value): true {
    const known = this.stored.get(e)
    if (a === DB.ident) {
      const merged = new ValueMap(known instanceof ValueMap ? known : [])
      for (const [key, value] of this.#propertiesOf(v)) merged.set(key, value)
      this.#set(v, merged.set(a, v))
      this.#set(e, v)
    } else if (known instanceof Keyword) this.#set(known, new ValueMap(this.#propertiesOf(known)).set(a, v))
    else this.#set(e, new ValueMap(this.#propertiesOf(e)).set(a, v))
    return true
  }

  #remove(e: number, a: Keyword, v: Value): boolean {
    const key = a === DB.ident ? v : this.#keyOf(e)
    const known = this.stored.get(key)
    if (!(known instanceof ValueMap)) return false
    const left = new ValueMap(known)
    left.delete(a)
    if (a === DB.ident) {
      this.stored.delete(v)
      this.#look(v)
      this.#set(e, left)
    } else {
      this.#set(key, left)
    }

    return true
  }

  /** Key of an entity's properties: its ident, or its number if it has none. */
  #keyOf(e: number): Value {
    const known = this.stored.get(e)
    return known instanceof Keyword && this.stored.has(known) ? known : e
  }

  #propertiesOf(key: Value): ValueMap {
    const known = this.stored.get(key)
    return known instanceof ValueMap ? known : new ValueMap()
  }

  #set(key: Value, value: Value): void {
    this.stored.set(key, value)
    this.#look(key)
  }

  /** Updates the flags of an attribute from its stored properties. */
  #look(key: Value): void {
    if (!(key instanceof Keyword)) return
    const flags = flagsOf(key, this.stored.get(key))
    this.#flags.set(key, flags)
    if (flags & REF) this.#refs.add(key)
    else this.#refs.delete(key)
  }
}

/** An ident names one entity, whatever the stored schema says. */
function flagsOf(attribute: Keyword, properties: undefined | Value): AttributeFlags {
  let flags = attribute === DB.ident ? UNIQUE | IDENTITY | INDEXED : 0
  if (!(properties instanceof ValueMap)) return flags
  for (const [key, value] of properties) flags |= flagOf(key, value)
  return flags
}

function flagOf(key: Value, value: Value): AttributeFlags {
  if (key === DB.unique && value === DB.identity) return UNIQUE | IDENTITY | INDEXED
  if (key === DB.unique && value === DB.uniqueValue) return UNIQUE | INDEXED
  if (key === DB.cardinality && value === DB.many) return MANY
  if (key === DB.valueType && value === DB.ref) return REF | INDEXED
  if (key === DB.isComponent && value === true) return COMPONENT
  if (key === DB.index && value === true) return INDEXED
  return 0
}

/** Returns true if a change of flags is only allowed while the attribute has no facts. */
export function mustBeUnused(before: AttributeFlags, after: AttributeFlags): boolean {
  const changed = before ^ after
  return (changed & (REF | INDEXED | UNIQUE)) !== 0 || (before & MANY & ~after) !== 0
}
