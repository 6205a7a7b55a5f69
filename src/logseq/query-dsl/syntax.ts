import {ServerError} from '../../lib/errors.js'

/**
 * A part of a query in Logseq's short notation: `(and [[Alpha]] (task todo))`.
 * - `page` is a reference, `[[Alpha]]` or `#Alpha`
 * - `text` stands in quotes, `word` stands without, numbers and keywords included
 */
export type Form =
  | {items: readonly Form[]; kind: 'list'}
  | {kind: 'page'; name: string}
  | {kind: 'text'; text: string}
  | {kind: 'word'; word: string}

/** Forms nest no deeper. */
const MAX_DEPTH = 100

// Sticky: each takes as much as it can from where it is put.
const BLANKS = /[\s,]+/y
const WORD = /[^\s,()"[\]]+/y
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y

/**
 * Reads a query.
 * @returns undefined for a blank one
 * @throws ServerError `invalid-query`
 */
export function parseDsl(text: string): Form | undefined {
  const reader = new Reader(text)
  const first = reader.next()
  if (first === undefined) return undefined
  if (reader.next() !== undefined) throw reader.error('expected one form: put several into (and ...)')
  return first
}

class Reader {
  #at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The next form; undefined at the end. */
  next(depth = 0): Form | undefined {
    this.#take(BLANKS)
    if (this.#at >= this.#text.length) return undefined
    if (depth > MAX_DEPTH) throw this.error(`forms nest more than ${MAX_DEPTH} deep`)
    const start = this.#text[this.#at]!
    if (start === '(' || start === '[') return this.#page() ?? this.#list(start === '(' ? ')' : ']', depth)
    if (start === '"') return this.#quoted()
    if (start === ')' || start === ']') throw this.error(`${start} closes nothing`)
    if (start === '#') {
      this.#at++
      const page = this.#page()
      if (page) return page
      return {kind: 'page', name: this.#word()}
    }

    return {kind: 'word', word: this.#word()}
  }

  error(problem: string): ServerError {
    return new ServerError('invalid-query', `${problem} (at character ${this.#at + 1} of the query)`, {
      hint: 'Write a query such as (and [[Page]] (task todo)).',
    })
  }

  #list(end: string, depth: number): Form {
    this.#at++
    const items: Form[] = []
    for (;;) {
      this.#take(BLANKS)
      if (this.#text[this.#at] === end) {
        this.#at++
        return {items, kind: 'list'}
      }

      const item = this.next(depth + 1)
      if (item === undefined) throw this.error(`expected ${end}, got the end`)
      items.push(item)
    }
  }

  /** `[[Name]]`, where pairs of brackets within the name count. */
  #page(): Form | undefined {
    if (!this.#text.startsWith('[[', this.#at)) return undefined
    const start = this.#at + 2
    let depth = 1
    for (let at = start; at < this.#text.length; at++) {
      if (this.#text.startsWith('[[', at)) depth++
      else if (this.#text.startsWith(']]', at)) depth--
      else continue
      if (depth === 0) {
        this.#at = at + 2
        return {kind: 'page', name: this.#text.slice(start, at).trim()}
      }

      at++
    }

    throw this.error('expected ]], got the end')
  }

  #quoted(): Form {
    QUOTED.lastIndex = this.#at
    const found = QUOTED.exec(this.#text)
    if (!found) throw this.error('expected a closing quotation mark, got the end')
    this.#at = QUOTED.lastIndex
    return {kind: 'text', text: found[1]!.replaceAll(/\\([\s\S])/g, '$1')}
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? ['']
    this.#at += found.length
    return found
  }

  #word(): string {
    const word = this.#take(WORD)
    if (word === '') throw this.error('expected a word')
    return word
  }
}
