import {EdnError, readEdn} from './edn-read.js'
import type {Value} from './types.js'

/** An entry of a map; of a value that is a vector, one item. */
export interface EdnEntry {
  /** True if `value` is one item of a vector. */
  isItem: boolean
  key: Value
  value: Value
}

/** The longest key, value or item, in characters. */
const MAX_FORM = 64 * 1024 * 1024

const BLANK = /[\s,]/
// Sticky: each takes as much as it can from where it is put.
const BLANKS = /[\s,]+/y
const WORD = /[^\s,()[\]{}";]+/y

/**
 * Reads a map of EDN whose text arrives in pieces. The items of a vector are passed on one by one, so that a text of any
 * length is read in little memory. A key whose vector is empty has no entry.
 */
export class EdnEntries {
  #at = 0
  #isLast = false
  #key: undefined | {value: Value}
  /** `before` the map, `in` it, in a `vector` of it, or `after` it. */
  #place: 'after' | 'before' | 'in' | 'vector' = 'before'
  /** Lines that were read and forgotten. */
  #lines = 0
  #text = ''

  #pass(place: 'after' | 'in' | 'vector'): 'step' {
    this.#at++
    this.#place = place
    return 'step'
  }

  /**
   * Reads on.
   * @param isLast nothing comes after this piece
   * @returns what is complete by now, one after the other
   * @throws EdnError; its position counts from the start of what is kept of the text
   */
  *feed(piece: string, isLast = false): Generator<EdnEntry> {
    for (let end = this.#text.indexOf('\n'); end !== -1 && end < this.#at; end = this.#text.indexOf('\n', end + 1))
      this.#lines++
    this.#text = this.#text.slice(this.#at) + piece
    this.#at = 0
    this.#isLast = isLast
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) if (entry !== 'step') yield entry
    if (this.#text.length - this.#at > MAX_FORM) throw this.#error(`a form of more than ${MAX_FORM} characters`)
    if (isLast && this.#place !== 'after') throw this.#error('the text ends before the map does')
  }

  /** Takes one step. @returns undefined when more of the text is needed */
  #next(): EdnEntry | 'step' | undefined {
    if (!this.#skip()) return undefined
    const next = this.#text[this.#at]
    if (next === undefined) return undefined
    if (this.#place === 'after') throw this.#error('more than one value')
    if (this.#place === 'before') return this.#open(next)
    if (this.#place === 'vector' && next === ']') {
      this.#key = undefined
      return this.#pass('in')
    }

    if (this.#place === 'in' && next === '}') {
      if (this.#key) throw this.#error('a key without a value')
      return this.#pass('after')
    }

    if (this.#place === 'in' && this.#key && next === '[') return this.#pass('vector')
    return this.#form()
  }

  #open(next: string): 'step' {
    if (next !== '{') throw this.#error('expected a map')
    return this.#pass('in')
  }

  #form(): EdnEntry | 'step' | undefined {
    const end = endOfForm(this.#text, this.#at, this.#isLast)
    if (end === undefined) return undefined
    const value = this.#value(this.#text.slice(this.#at, end))
    this.#at = end
    if (!this.#key) {
      this.#key = {value}
      return 'step'
    }

    const entry = {isItem: this.#place === 'vector', key: this.#key.value, value}
    if (this.#place === 'in') this.#key = undefined
    return entry
  }

  #value(text: string): Value {
    try {
      return readEdn(text)
    } catch (error) {
      throw error instanceof EdnError ? this.#error(error.problem) : error
    }
  }

  /** Passes blanks, comments, and forms that `#_` takes out. @returns whether that is all, for sure */
  #skip(): boolean {
    for (;;) {
      this.#at = take(BLANKS, this.#text, this.#at)
      if (this.#text[this.#at] === ';') {
        const end = this.#text.indexOf('\n', this.#at)
        if (end === -1 && !this.#isLast) return false
        this.#at = end === -1 ? this.#text.length : end
      } else if (this.#text.startsWith('#_', this.#at)) {
        const end = endOfForm(this.#text, this.#at + 2, this.#isLast)
        if (end === undefined) return false
        this.#at = end
      } else return this.#isLast || this.#at + 1 < this.#text.length // one # may be the half of #_
    }
  }

  #error(problem: string): EdnError {
    return new EdnError(problem, this.#text, this.#at, this.#lines)
  }
}

/**
 * Finds where a form ends that begins at a place, or behind blanks there.
 * @param isLast the text is complete
 * @returns undefined when more of the text is needed
 */
function endOfForm(text: string, from: number, isLast: boolean): number | undefined {
  let depth = 0
  /** Forms that have to end before this one does: behind `#_` stands one more. */
  let wanted = 1
  for (let at = from; at < text.length;) {
    const token = tokenAt(text, at)
    if (token === undefined) break
    const {end, kind} = token
    // What ends with the text may go on behind it.
    if (end === text.length && !isLast && kind !== 'close') return undefined
    at = end
    if (kind === 'open') depth++
    if (kind === 'close') depth--
    if (depth === 0 && kind === 'discard') wanted++
    if (depth < 0) return at // to be read as what it is: an error
    if (depth === 0 && (kind === 'close' || kind === 'form') && --wanted === 0) return at
  }

  return isLast ? text.length : undefined
}

/** A part of a form: a bracket, `#_`, a whole form without brackets, or nothing that counts. */
interface Token {
  end: number
  kind: 'close' | 'discard' | 'form' | 'nothing' | 'open'
}

/** @returns undefined when more of the text is needed */
function tokenAt(text: string, at: number): Token | undefined {
  const next = text[at]!
  if ('([{'.includes(next)) return {end: at + 1, kind: 'open'}
  if (')]}'.includes(next)) return {end: at + 1, kind: 'close'}
  if (next === "'") return {end: at + 1, kind: 'nothing'}
  if (BLANK.test(next)) return {end: take(BLANKS, text, at), kind: 'nothing'}
  if (next === '"') return ended(endOfString(text, at), 'form')
  if (next === ';') return ended(text.indexOf('\n', at), 'nothing')
  if (text.startsWith('#_', at)) return {end: at + 2, kind: 'discard'}
  // A character may be one that ends words: \( and \"
  const end = take(WORD, text, next === '\\' ? at + 2 : at)
  const isTag = next === '#' && text[at + 1] !== '#'
  return {end: Math.min(end, text.length), kind: isTag ? 'nothing' : 'form'}
}

function ended(end: number, kind: Token['kind']): Token | undefined {
  return end === -1 ? undefined : {end, kind}
}

/** @returns -1 when the string goes on behind the text */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ;) {
    const end = text.indexOf('"', at)
    if (end === -1) return -1
    let slashes = 0
    while (text[end - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return end + 1
    at = end + 1
  }
}

function take(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
