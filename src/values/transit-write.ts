import {MAX_DEPTH} from './limits.js'
import {Keyword, Pattern, Sym, Uuid} from './scalars.js'
import {isCacheable, WriteCache} from './transit-cache.js'
import {TransitError} from './transit-error.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from './types.js'

/**
 * Writes transit-JSON, byte for byte as Logseq does.
 * @throws TransitError for what transit cannot carry: a regular expression, a tag that means something else there; and for what
 *   nests too deep
 */
export function encodeTransit(value: Value): string {
  const json = new Writer().json(value, 0)
  return JSON.stringify(Array.isArray(json) ? json : ["~#'", json])
}

/**
 * Writes the same a little at a time.
 * @param shouldYield returns true when it is time to pause
 * @throws TransitError as `encodeTransit` does
 */
export function* encodeTransitInSteps(
  value: Value,
  shouldYield: () => boolean,
): Generator<undefined, string, undefined> {
  if (countDown(value, FEW) >= 0) return encodeTransit(value)
  const parts: string[] = []
  yield* steps(new Writer(), value, parts, {depth: 0, shouldYield})
  return parts.join('')
}

/** Values that JSON.stringify makes text of. */
type Json = Json[] | boolean | null | number | string

/** Writes one text. */
class Writer {
  readonly #cache = new WriteCache()

  json(value: Value, depth: number): Json {
    if (typeof value === 'string') return escape(value)
    if (typeof value === 'number') return Number.isFinite(value) ? value : special(value)
    if (typeof value !== 'object' || value === null) return value
    const text = textOf(value)
    if (text !== undefined) return isCacheable(text, false) ? this.#cache.write(text) : text
    if (depth > MAX_DEPTH) throw new TransitError(`nested more than ${MAX_DEPTH} deep`)
    return this.#collection(value, depth + 1)
  }

  /** A key of a map whose keys are all texts. */
  key(key: Value): string {
    const text = keyText(key)
    return isCacheable(text, true) ? this.#cache.write(text) : text
  }

  /** `~#name`. */
  tag(name: string): string {
    const text = `~#${name}`
    return isCacheable(text, true) ? this.#cache.write(text) : text
  }

  #collection(value: object & Value, depth: number): Json {
    if (value instanceof Tagged) return [this.tag(tagIn(value)), this.json(value.value, depth)]
    if (value instanceof ValueMap && hasTextKeys(value)) {
      const json: Json[] = ['^ ']
      for (const [key, item] of value) json.push(this.key(key), this.json(item, depth))
      return json
    }

    const tag = tagOf(value)
    return tag === undefined ? this.#items(itemsOf(value), depth) : [this.tag(tag), this.#items(itemsOf(value), depth)]
  }

  #items(items: Iterable<Value>, depth: number): Json[] {
    const json: Json[] = []
    for (const item of items) json.push(this.json(item, depth))
    return json
  }
}

/** Appends the text of a value; what is small is written at once, and there is a pause after it when one is due. */
function* steps(
  writer: Writer,
  value: Value,
  parts: string[],
  at: {readonly depth: number; readonly shouldYield: () => boolean},
): Generator<undefined, void, undefined> {
  if (isSmall(value)) {
    parts.push(JSON.stringify(writer.json(value, at.depth)))
    if (at.shouldYield()) yield
    return
  }

  if (at.depth > MAX_DEPTH) throw new TransitError(`nested more than ${MAX_DEPTH} deep`)
  const below = {...at, depth: at.depth + 1}
  if (value instanceof ValueMap && hasTextKeys(value)) {
    parts.push('["^ "')
    for (const [key, item] of value) {
      parts.push(',', JSON.stringify(writer.key(key)), ',')
      yield* steps(writer, item, parts, below)
    }

    parts.push(']')
    return
  }

  const tag = value instanceof Tagged ? tagIn(value) : tagOf(value)
  parts.push(tag === undefined ? '[' : `[${JSON.stringify(writer.tag(tag))},`)
  if (value instanceof Tagged) yield* steps(writer, value.value, parts, below)
  else {
    if (tag !== undefined) parts.push('[')
    let separator = ''
    for (const item of itemsOf(value)) {
      parts.push(separator)
      yield* steps(writer, item, parts, below)
      separator = ','
    }

    if (tag !== undefined) parts.push(']')
  }

  parts.push(']')
}

/** A collection or a result of at most this many values is written in one go, which takes no noticeable time. */
const SMALL = 64
const FEW = 1000

function isSmall(value: Value): boolean {
  return countDown(value, SMALL) >= 0
}

/** @returns what is left of a number of values when those in this one are taken from it; below 0 when it is too small */
function countDown(value: Value, from: number): number {
  let left = from - 1
  if (left < 0 || typeof value !== 'object' || value === null || isText(value) || value instanceof Pattern) return left
  if (value instanceof Tagged) return countDown(value.value, left)
  for (const item of itemsOf(value)) {
    left = countDown(item, left)
    if (left < 0) break
  }

  return left
}

/** The tag of a collection; undefined for a vector, which has none. */
function tagOf(value: Value): string | undefined {
  if (Array.isArray(value)) return undefined
  if (value instanceof ValueMap) return 'cmap'
  if (value instanceof ValueSet) return 'set'
  if (value instanceof List) return 'list'
  if (value instanceof Pattern) throw new TransitError('transit has no regular expressions')
  throw new TransitError(`transit has no ${typeof value}`)
}

/** The tags and marks that readers of transit understand themselves: what bears one would be read as another value. */
const OWN_TAGS = new Set(["'", 'cmap', 'list', 'set'])
const OWN_MARKS = new Set('#$:?^_`cdmtuz~')

function tagIn({tag}: Tagged): string {
  if (OWN_TAGS.has(tag)) throw new TransitError(`transit reads the tag #${tag} as a value of its own`)
  return tag
}

function itemsOf(value: Value): Iterable<Value> {
  if (value instanceof ValueMap) return flat(value)
  return value as Iterable<Value>
}

function* flat(map: ValueMap): Generator<Value, void, undefined> {
  for (const [key, item] of map) {
    yield key
    yield item
  }
}

function hasTextKeys(map: ValueMap): boolean {
  for (const key of map.keys()) if (typeof key === 'object' && key !== null && !isText(key)) return false
  return true
}

function keyText(key: Value): string {
  if (typeof key === 'string') return escape(key)
  if (key === null) return '~_'
  if (typeof key === 'boolean') return key ? '~?t' : '~?f'
  if (typeof key !== 'number') return textOf(key) ?? ''
  if (!Number.isFinite(key)) return special(key)
  return Number.isInteger(key) ? `~i${key}` : `~d${key}`
}

/** Returns true for a key that is an object here, and a text in transit. */
function isText(value: object & Value): boolean {
  if (value instanceof Tagged) return value.tag.length === 1 && typeof value.value === 'string'
  return value instanceof Keyword || value instanceof Uuid || value instanceof Date || value instanceof Sym
}

/** The text of what is an object here and a text in transit. */
function textOf(value: Value): string | undefined {
  if (value instanceof Keyword) return `~:${value.fqn}`
  if (value instanceof Uuid) return `~u${value.text}`
  if (value instanceof Date) return `~m${value.getTime()}`
  if (value instanceof Sym) return `~$${value.name}`
  if (!(value instanceof Tagged && isText(value))) return undefined
  if (OWN_MARKS.has(value.tag)) throw new TransitError(`transit reads the tag #${value.tag} as a value of its own`)
  return `~${value.tag}${value.value as string}`
}

function special(value: number): string {
  if (Number.isNaN(value)) return '~zNaN'
  return value > 0 ? '~zINF' : '~z-INF'
}

function escape(text: string): string {
  const first = text.charCodeAt(0)
  return first === 126 || first === 94 || first === 96 ? `~${text}` : text
}
