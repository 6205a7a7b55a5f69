import {Keyword, Pattern, Sym, Uuid} from './scalars.js'

/**
 * Value of Logseq's data, as EDN and transit can express it. Strings, numbers, booleans, null and arrays (vectors) are those of
 * JavaScript.
 */
export type Value =
  | Date
  | Keyword
  | List
  | Pattern
  | Sym
  | Tagged
  | Uuid
  | ValueMap
  | ValueSet
  | boolean
  | null
  | number
  | readonly Value[]
  | string

/** List, `(a b)`. A query treats it differently from the vector `[a b]`. */
export class List {
  readonly items: readonly Value[]

  constructor(items: readonly Value[]) {
    this.items = items
  }

  /** Iterates over the items. */
  [Symbol.iterator](): Iterator<Value> {
    return this.items[Symbol.iterator]()
  }
}

/** Value with a tag that this package does not know. It is written back as it was read. */
export class Tagged {
  readonly tag: string
  readonly value: Value

  constructor(tag: string, value: Value) {
    this.tag = tag
    this.value = value
  }
}

/** Tag of bytes in transit. The value is their base64 text. */
export const BYTES_TAG = 'b'

/** Map with values as keys, in insertion order. Keys are compared as by Clojure's `=`. */
export class ValueMap implements Iterable<readonly [Value, Value]> {
  readonly #entries = new Map<unknown, readonly [Value, Value]>()

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Removes an entry. @returns true if the map had it */
  delete(key: Value): boolean {
    return this.#entries.delete(keyOf(key))
  }

  /** Returns the value of a key, or undefined. */
  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }

  /** Returns true if the map has the key. */
  has(key: Value): boolean {
    return this.#entries.has(keyOf(key))
  }

  /** Iterates over the keys. */
  *keys(): Generator<Value, void, undefined> {
    for (const [key] of this.#entries.values()) yield key
  }

  /** Sets the value of a key. */
  set(key: Value, value: Value): this {
    this.#entries.set(keyOf(key), [key, value])
    return this
  }

  /** Iterates over the values. */
  *values(): Generator<Value, void, undefined> {
    for (const [, value] of this.#entries.values()) yield value
  }

  /** Iterates over the entries, as `[key, value]`. */
  [Symbol.iterator](): MapIterator<readonly [Value, Value]> {
    return this.#entries.values()
  }
}

/** Set of values, in insertion order. Items are compared as by Clojure's `=`. */
export class ValueSet implements Iterable<Value> {
  #items: Map<unknown, Value> | undefined = new Map<unknown, Value>()
  /** Distinct items that have not been indexed by key yet. */
  #list: readonly Value[] = []

  constructor(items: Iterable<Value> = []) {
    for (const item of items) this.add(item)
  }

  /** Creates a set of items that are known to be distinct, without comparing them. The set keeps the array. */
  static distinct(items: readonly Value[]): ValueSet {
    const set = new ValueSet()
    set.#items = undefined
    set.#list = items
    return set
  }

  get size(): number {
    return this.#items?.size ?? this.#list.length
  }

  /** Adds an item. */
  add(item: Value): this {
    const key = keyOf(item)
    const items = this.#byKey()
    if (!items.has(key)) items.set(key, item)
    return this
  }

  /** Removes an item. @returns true if the set had it */
  delete(item: Value): boolean {
    return this.#byKey().delete(keyOf(item))
  }

  /** Returns true if the set has the item. */
  has(item: Value): boolean {
    return this.#byKey().has(keyOf(item))
  }

  /** Iterates over the items. */
  [Symbol.iterator](): Iterator<Value> {
    return this.#items?.values() ?? this.#list.values()
  }

  #byKey(): Map<unknown, Value> {
    this.#items ??= new Map(this.#list.map((item) => [keyOf(item), item]))
    this.#list = []
    return this.#items
  }
}

/**
 * Returns a key for a JavaScript Map: two values have the same key exactly when they are equal. Interned and primitive
 * values are their own keys. All others become strings that start with a reserved character.
 */
export function keyOf(value: Value): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? `${MARK}s${value}` : value
  if (value === null || typeof value !== 'object' || value instanceof Keyword || value instanceof Sym) return value
  return MARK + canonical(value)
}

/** Compares two values as Clojure's `=` does. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Keyword || b instanceof Keyword) return false
  if (a instanceof Uuid) return b instanceof Uuid && a.text === b.text
  return keyOf(a) === keyOf(b)
}

const MARK = '\u0001'

/** Returns a text that is the same for two values exactly when they are equal. As in Clojure, a vector equals a list of the same items. */
function canonical(value: Value): string {
  if (value === null) return 'n'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object') return String(value)
  if (value instanceof Keyword) return `:${value.fqn}`
  if (value instanceof Sym) return `'${value.name}`
  if (value instanceof Uuid) return `#u${value.text}`
  if (value instanceof Date) return `#t${value.getTime()}`
  if (value instanceof ValueMap) return `{${unordered(value, ([key, item]) => `${canonical(key)} ${canonical(item)}`)}}`
  if (value instanceof ValueSet) return `#{${unordered(value, (item) => canonical(item))}}`
  if (value instanceof Tagged) return `#${JSON.stringify(value.tag)} ${canonical(value.value)}`
  if (value instanceof Pattern) return `/${JSON.stringify(value.source)}`
  const items: readonly Value[] = value instanceof List ? value.items : value
  return `[${items.map((item) => canonical(item)).join(' ')}]`
}

function unordered<T>(items: Iterable<T>, text: (item: T) => string): string {
  return Array.from(items, text).sort().join(' ')
}
