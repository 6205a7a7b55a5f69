import {MAX_DEPTH} from './limits.js'
import {present} from './present.js'

/** The text is not JSON. */
export class JsonTextError extends Error {}

/** Error for a text that nests too deep. */
export class TooDeepError extends JsonTextError {}

/** Error for a text with more values than allowed. The message says how many are allowed. */
export class TooManyValuesError extends Error {}

/** Limits for reading a text in steps. */
export interface JsonSteps {
  /** Returns true if it is time to yield. */
  shouldYield(): boolean
  /** Receives, now and then, how many more values are held in memory. May throw. */
  reserveValues?(values: number): void
  /** Maximum number of values, without keys. One object may have `MAX_KEYS` at most. */
  maxValues: number
}

/** Texts of fewer characters are parsed in one go, which takes no noticeable time. */
const SHORT = 32 * 1024

/** Number of values after which memory is counted. */
const COUNTED = 4096

/** Number of characters of a long text inside the JSON that are read at once. */
const PIECE = 64 * 1024

/** The keys of an object can be listed in one go only: more than these take too long. */
const MAX_KEYS = 100_000

/** Maximum depth. A value in Transit takes up to two levels, its tag and what is in it. */
const MAX_LEVELS = 2 * MAX_DEPTH + 100

const BLANKS = /[\t\n\r ]*/y
const PLAIN = /[^"\\]*/y
const WORD = /[-+.\w]+/y

/**
 * Reads a JSON text as `JSON.parse` does, but in steps: 30 MB in one go would block other requests for too long.
 * @throws JsonTextError, TooManyValuesError
 */
export function* parseJsonInSteps(text: string, steps: JsonSteps): Generator<undefined, unknown, undefined> {
  return text.length < SHORT && steps.maxValues >= SHORT ? parseShort(text) : yield* new Reader(text, steps).read()
}

function parseShort(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new JsonTextError('not JSON', {cause: error})
  }
}

/** A collection that is being read. `key` is that of the value which comes next. */
type Open = {array: unknown[]} | {key: string; keys: number; object: Record<string, unknown>}

class Reader {
  #at = 0
  readonly #open: Open[] = []
  readonly #steps: JsonSteps
  readonly #text: string
  #values = 0

  constructor(text: string, steps: JsonSteps) {
    this.#text = text
    this.#steps = steps
  }

  *read(): Generator<undefined, unknown, undefined> {
    for (;;) {
      let value = yield* this.#begin()
      if (value === OPENED) {
        if (this.#steps.shouldYield()) yield // a text may consist of brackets alone
        continue
      }

      // The value is whole: so may be the collection that it ends, and the one around that.
      for (;;) {
        if (this.#steps.shouldYield()) yield
        const around = this.#open.at(-1)
        if (!around) return this.#end(value)
        add(around, value)
        if (!this.#closes(around)) break
        value = this.#take()
      }

      const around = this.#open.at(-1)!
      if (!('object' in around)) continue
      if (++around.keys > MAX_KEYS) throw new TooManyValuesError(`at most ${MAX_KEYS} keys in one object`)
      around.key = yield* this.#key()
    }
  }

  /** Reads a value that is not a collection, or an empty one, or goes into a collection. */
  *#begin(): Generator<undefined, unknown, undefined> {
    if (++this.#values > this.#steps.maxValues) throw new TooManyValuesError(`at most ${this.#steps.maxValues} values`)
    if (this.#values % COUNTED === 0) this.#steps.reserveValues?.(COUNTED)
    switch (this.#next()) {
      case '"':
        return yield* this.#string()
      case '[':
        this.#at++
        if (this.#skip(']')) return []
        this.#push({array: []})
        return OPENED

      case '{':
        this.#at++
        if (this.#skip('}')) return {}
        this.#push({key: yield* this.#key(), keys: 1, object: {}})
        return OPENED

      default:
        return parseShort(this.#match(WORD))
    }
  }

  #push(open: Open): void {
    if (this.#open.push(open) > MAX_LEVELS) throw new TooDeepError(`nested more than ${MAX_LEVELS} deep`)
  }

  *#key(): Generator<undefined, string, undefined> {
    if (this.#next() !== '"') throw this.#error()
    const key = yield* this.#string()
    if (!this.#skip(':')) throw this.#error()
    return key
  }

  *#string(): Generator<undefined, string, undefined> {
    let from = ++this.#at
    let read = ''
    for (;;) {
      this.#match(PLAIN)
      const end = this.#text[this.#at]
      if (end === undefined) throw this.#error()
      if (end === '"') {
        this.#at++
        return read + parsePiece(this.#text.slice(from, this.#at - 1))
      }

      this.#at += this.#text[this.#at + 1] === 'u' ? 6 : 2
      if (this.#at - from < PIECE) continue
      read += parsePiece(this.#text.slice(from, this.#at))
      from = this.#at
      if (this.#steps.shouldYield()) yield
    }
  }

  #closes(around: Open): boolean {
    const close = 'array' in around ? ']' : '}'
    if (this.#skip(',')) return false
    if (this.#skip(close)) return true
    throw this.#error()
  }

  #take(): unknown {
    const closed = present(this.#open.pop())
    return 'array' in closed ? closed.array : closed.object
  }

  #end(value: unknown): unknown {
    if (this.#next() !== undefined) throw this.#error()
    return value
  }

  #next(): string | undefined {
    this.#match(BLANKS)
    return this.#text[this.#at]
  }

  #skip(character: string): boolean {
    if (this.#next() !== character) return false
    this.#at++
    return true
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [matched] = pattern.exec(this.#text) ?? ['']
    this.#at += matched.length
    return matched
  }

  #error(): JsonTextError {
    return new JsonTextError(`not JSON at character ${this.#at}`)
  }
}

/** A collection of so many values is read in one go. */
const FEW = 64

/** Returns true if a result of JSON.parse has few enough values to be read in one go. */
export function isSmallJson(json: unknown): boolean {
  return countDown(json, FEW) >= 0
}

/** @returns what is left of a number when the values in this one are taken from it; below 0 when there are more */
function countDown(json: unknown, from: number): number {
  if (typeof json !== 'object' || json === null) return from - 1
  const items: readonly unknown[] = Array.isArray(json) ? json : Object.values(json)
  let left = from - 1
  if (items.length > left) return -1
  for (const item of items) {
    if (left < 0) break
    left = countDown(item, left)
  }

  return left
}

/** A collection was opened: its values come next. */
const OPENED = Symbol('opened')

function add(around: Open, value: unknown): void {
  if ('array' in around) around.array.push(value)
  else if (around.key === '__proto__') {
    Object.defineProperty(around.object, '__proto__', {configurable: true, enumerable: true, value, writable: true})
  } else {
    around.object[around.key] = value
  }
}

/** A piece of a text, which holds whole escapes only. */
function parsePiece(piece: string): string {
  return parseShort(`"${piece}"`) as string
}
