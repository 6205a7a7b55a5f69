import {isSmallJson, type JsonSteps, parseJsonInSteps, TooManyValuesError} from './json-text.js'
import {MAX_DEPTH} from './limits.js'
import {isCacheable, ReadCache} from './transit-cache.js'
import {TransitError} from './transit-error.js'
import {marked, Tag} from './transit-scalars.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from './types.js'
import {canBeKey} from './weight.js'

/**
 * Reads transit-JSON. What has a tag that is not known here comes as `Tagged`, and so does a number that JavaScript
 * cannot hold exactly: `encodeTransit` writes both as they were.
 * @throws TransitError for anything else than transit, and for what nests too deep
 */
export function decodeTransit(text: string): Value {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new TransitError('not JSON', {cause: error})
  }

  return new TransitReader().value(json, 0)
}

/**
 * Reads the same a little at a time.
 * @throws TransitError as `decodeTransit` does; TooManyValuesError
 */
export function* decodeTransitInSteps(text: string, steps: JsonSteps): Generator<undefined, Value, undefined> {
  let json: unknown
  try {
    json = yield* parseJsonInSteps(text, steps)
  } catch (error) {
    if (error instanceof TooManyValuesError) throw error
    throw new TransitError('not JSON', {cause: error})
  }

  return yield* new TransitReader().steps(json, 0, () => steps.shouldYield())
}

const TILDE = 126
const CARET = 94

/**
 * Reads one text: parts of it must come in their order, since codes stand for what came before. Arrays that JSON.parse made are
 * filled with what they mean and become the vectors of the result.
 */
export class TransitReader {
  readonly #cache = new ReadCache<Tag | Value>()

  value(json: unknown, depth: number): Value {
    if (typeof json === 'string') return this.#scalar(json, false)
    if (typeof json !== 'object' || json === null) return json as Value
    if (depth > MAX_DEPTH) throw new TransitError(`nested more than ${MAX_DEPTH} deep`)
    return Array.isArray(json) ? this.#array(json, depth + 1) : this.#object(json, depth + 1)
  }

  /** The same as `value`: what is small is read at once, and there is a pause after it when one is due. */
  *steps(json: unknown, depth: number, shouldYield: () => boolean): Generator<undefined, Value, undefined> {
    if (typeof json !== 'object' || json === null || isSmallJson(json)) {
      if (shouldYield()) yield
      return this.value(json, depth)
    }

    if (depth > MAX_DEPTH) throw new TransitError(`nested more than ${MAX_DEPTH} deep`)
    const below = {depth: depth + 1, shouldYield}
    if (!Array.isArray(json)) {
      const keys = Object.keys(json)
      const only = keys.length === 1 ? keys[0]! : ''
      return only.startsWith('~#')
        ? yield* this.#taggedInSteps(only.slice(2), (json as Record<string, unknown>)[only], below)
        : yield* this.#mapInSteps(entriesOf(json as Record<string, unknown>, keys), true, below)
    }

    const [first] = json as unknown[]
    if (typeof first !== 'string') return yield* this.#itemsInSteps(json, 0, below)
    if (first === '^ ') return yield* this.#mapInSteps(pairsOf(json, 1), true, below)
    const read = this.#text(first, false)
    if (!(read instanceof Tag)) {
      json[0] = read
      return yield* this.#itemsInSteps(json, 1, below)
    }

    if (json.length !== 2) throw new TransitError(`the tag ${read.name} has ${json.length - 1} values`)
    return yield* this.#taggedInSteps(read.name, json[1], below)
  }

  *#itemsInSteps(json: unknown[], from: number, {depth, shouldYield}: Below): Generator<undefined, Value[], undefined> {
    for (let i = from; i < json.length; i++) json[i] = yield* this.steps(json[i], depth, shouldYield)
    return json as Value[]
  }

  *#mapInSteps(
    pairs: Iterable<readonly [unknown, unknown]>,
    keys: boolean,
    {depth, shouldYield}: Below,
  ): Generator<undefined, ValueMap, undefined> {
    const map = new ValueMap()
    for (const [key, item] of pairs) {
      const read =
        keys && typeof key === 'string' ? this.#scalar(key, true) : yield* this.steps(key, depth, shouldYield)
      map.set(keyable(read), yield* this.steps(item, depth, shouldYield))
    }

    return map
  }

  *#taggedInSteps(name: string, json: unknown, below: Below): Generator<undefined, Value, undefined> {
    const items = () => this.#itemsInSteps(arrayOf(name, json), 0, below)
    switch (name) {
      case 'cmap':
        return yield* this.#mapInSteps(pairsOf(arrayOf(name, json), 0), false, below)
      case 'list':
        return new List(yield* items())
      case 'set': {
        const set = yield* items()
        return new ValueSet(set.map((item) => keyable(item)))
      }

      default: {
        const value = yield* this.steps(json, below.depth, below.shouldYield)
        return name === "'" ? value : new Tagged(name, value)
      }
    }
  }

  #array(json: unknown[], depth: number): Value {
    const first = json[0]
    if (typeof first !== 'string') return this.#items(json, 0, depth)
    if (first === '^ ') return this.#map(json, 1, true, depth)
    const read = this.#text(first, false)
    if (read instanceof Tag) {
      if (json.length !== 2) throw new TransitError(`the tag ${read.name} has ${json.length - 1} values`)
      return this.#tagged(read.name, json[1], depth)
    }

    json[0] = read
    return this.#items(json, 1, depth)
  }

  #items(json: unknown[], from: number, depth: number): Value[] {
    for (let i = from; i < json.length; i++) {
      const item = json[i]
      if (typeof item === 'string') {
        const mark = item.charCodeAt(0)
        if (mark === TILDE || mark === CARET) json[i] = this.#scalar(item, false)
      } else if (typeof item === 'object' && item !== null) json[i] = this.value(item, depth)
    }

    return json as Value[]
  }

  /** @param keys true if keys are written as the keys of maps are; false if they are written as any value */
  #map(json: readonly unknown[], from: number, keys: boolean, depth: number): ValueMap {
    if ((json.length - from) % 2 === 1) throw new TransitError('a key without a value')
    const map = new ValueMap()
    for (let i = from; i < json.length; i += 2) {
      const key = json[i]
      map.set(
        keys && typeof key === 'string' ? this.#scalar(key, true) : keyable(this.value(key, depth)),
        this.value(json[i + 1], depth),
      )
    }

    return map
  }

  /** JSON objects are the maps of verbose transit. */
  #object(json: object, depth: number): Value {
    const entries = Object.entries(json)
    const [only] = entries
    if (only !== undefined && entries.length === 1 && only[0].startsWith('~#'))
      return this.#tagged(only[0].slice(2), only[1], depth)
    return this.#map(entries.flat(), 0, true, depth)
  }

  #tagged(name: string, json: unknown, depth: number): Value {
    switch (name) {
      case "'":
        return this.value(json, depth)
      case 'cmap':
        return this.#map(arrayOf(name, json), 0, false, depth)
      case 'list':
        return new List(this.#items(arrayOf(name, json), 0, depth))
      case 'set':
        return new ValueSet(this.#items(arrayOf(name, json), 0, depth).map((item) => keyable(item)))
      default:
        return new Tagged(name, this.value(json, depth))
    }
  }

  #scalar(text: string, asMapKey: boolean): Value {
    const read = this.#text(text, asMapKey)
    if (read instanceof Tag) throw new TransitError(`the tag ${read.name} has no value`)
    return read
  }

  #text(text: string, asMapKey: boolean): Tag | Value {
    if (text.charCodeAt(0) === CARET) {
      const known = this.#cache.get(text)
      if (known === undefined) throw new TransitError(`unknown cache code ${text}`)
      return known
    }

    const value = text.charCodeAt(0) === TILDE ? marked(text, asMapKey) : text
    if (isCacheable(text, asMapKey)) this.#cache.add(value)
    return value
  }
}

/** Depth of nested values, and when the reader has to yield. */
interface Below {
  depth: number
  shouldYield: () => boolean
}

function* pairsOf(json: readonly unknown[], from: number): Generator<readonly [unknown, unknown], void, undefined> {
  if ((json.length - from) % 2 === 1) throw new TransitError('a key without a value')
  for (let i = from; i < json.length; i += 2) yield [json[i], json[i + 1]]
}

function* entriesOf(
  json: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Generator<readonly [string, unknown], void, undefined> {
  for (const key of keys) yield [key, json[key]]
}

function keyable(value: Value): Value {
  if (!canBeKey(value)) throw new TransitError('a collection as a key, or in a set, is too large')
  return value
}

function arrayOf(tag: string, json: unknown): unknown[] {
  if (!Array.isArray(json)) throw new TransitError(`the tag ${tag} has no array`)
  return json
}
