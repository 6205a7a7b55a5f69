import {Keyword, Pattern, Sym, Uuid} from './scalars.js'

/**
 * The data that Logseq stores and exchanges: what EDN and transit can say. Strings, numbers, booleans, null and arrays
 * (vectors) are JavaScript's own.
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

/** A list, `(a b)`, which is not the vector `[a b]`: queries mean different things by them. */
export class List {
  readonly items: readonly Value[]

  constructor(items: readonly Value[]) {
    this.items = items
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.items[Symbol.iterator]()
  }
}

/** A value of a tag that this code does not know: kept, and written as it was read. */
export class Tagged {
  readonly tag: string
  readonly value: Value

  constructor(tag: string, value: Value) {
    this.tag = tag
    this.value = value
  }
}

/** A map whose keys are any values, in the order in which they were set. */
export class ValueMap implements Iterable<readonly [Value, Value]> {
  readonly #entries = new Map<unknown, readonly [Value, Value]>()

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#entries.size
  }

  delete(key: Value): boolean {
    return this.#entries.delete(keyOf(key))
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }

  has(key: Value): boolean {
    return this.#entries.has(keyOf(key))
  }

  *keys(): Generator<Value, void, undefined> {
    for (const [key] of this.#entries.values()) yield key
  }

  set(key: Value, value: Value): this {
    this.#entries.set(keyOf(key), [key, value])
    return this
  }

  *values(): Generator<Value, void, undefined> {
    for (const [, value] of this.#entries.values()) yield value
  }

  [Symbol.iterator](): MapIterator<readonly [Value, Value]> {
    return this.#entries.values()
  }
}

/** A set of any values, in the order in which they were added. */
export class ValueSet implements Iterable<Value> {
  #items: Map<unknown, Value> | undefined = new Map<unknown, Value>()
  /** Items that are known to differ, while nobody has asked for one of them. */
  #list: readonly Value[] = []

  constructor(items: Iterable<Value> = []) {
    for (const item of items) this.add(item)
  }

  /** A set of items of which no two are equal, made without looking at them. The array is the set's from now on. */
  static distinct(items: readonly Value[]): ValueSet {
    const set = new ValueSet()
    set.#items = undefined
    set.#list = items
    return set
  }

  get size(): number {
    return this.#items?.size ?? this.#list.length
  }

  add(item: Value): this {
    const key = keyOf(item)
    const items = this.#byKey()
    if (!items.has(key)) items.set(key, item)
    return this
  }

  delete(item: Value): boolean {
    return this.#byKey().delete(keyOf(item))
  }

  has(item: Value): boolean {
    return this.#byKey().has(keyOf(item))
  }

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
 * What a JavaScript Map can know a value by: two values have the same key exactly when they are equal. Interned and
 * primitive values are their own keys; the rest become strings with a mark in front that no other key has.
 */
export function keyOf(value: Value): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? `${MARK}s${value}` : value
  if (value === null || typeof value !== 'object' || value instanceof Keyword || value instanceof Sym) return value
  return MARK + canonical(value)
}

/** Are the two equal, as Clojure's `=` has it? */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Keyword || b instanceof Keyword) return false
  if (a instanceof Uuid) return b instanceof Uuid && a.text === b.text
  return keyOf(a) === keyOf(b)
}

const MARK = '\u0001'

/** A text that two values share exactly when they are equal. A vector equals a list of the same items, as in Clojure. */
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
