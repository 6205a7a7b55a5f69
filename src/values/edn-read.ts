import {readAtom, readCharacter, readSpecial, readTagged} from './edn-atom.js'
import {MAX_DEPTH} from './limits.js'
import {Keyword, keyword, Pattern} from './scalars.js'
import {List, type Value, ValueMap, ValueSet} from './types.js'
import {canBeKey} from './weight.js'

/** The text is not EDN. */
export class EdnError extends Error {
  /** Position of the mistake in the text, in UTF-16 code units from 0. */
  readonly position: number
  /** Description of the mistake, without its place. */
  readonly problem: string

  /** @param linesBefore lines of the text that stand before `text` */
  constructor(problem: string, text: string, position: number, linesBefore = 0) {
    const lines = text.slice(0, position).split('\n')
    super(`${problem} (line ${linesBefore + lines.length}, column ${(lines.at(-1) ?? '').length + 1})`)
    this.position = position
    this.problem = problem
  }
}

/**
 * Reads one value of EDN, as Logseq's queries are written in. A quote in front of a form (`'[:find ...]`), which
 * Clojure needs, changes nothing.
 * @throws EdnError for anything else, more than one value, and what nests too deep
 */
export function readEdn(text: string): Value {
  return new Reader(text).only()
}

// Sticky: each takes as much as it can from where it is put.
const BLANKS = /[\s,]+/y
const WORD = /[^\s,()[\]{}";]+/y
const PLAIN_TEXT = /[^"\\]+/y
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

class Reader {
  #at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  only(): Value {
    const value = this.#value(0)
    this.#skip(0)
    if (this.#at < this.#text.length) throw this.#error('more than one value', this.#at)
    return value
  }

  #value(depth: number): Value {
    if (depth > MAX_DEPTH) throw this.#error(`nested more than ${MAX_DEPTH} deep`, this.#at)
    this.#skip(depth)
    const start = this.#at
    switch (this.#text[start]) {
      case undefined:
        throw this.#error('the text ends where a value should be', start)
      case '(':
        return new List(this.#items(')', depth))
      case '[':
        return this.#items(']', depth)
      case '{':
        return this.#map(undefined, depth)
      case '"':
        return this.#string()
      case '\\':
        return this.#character()
      case '#':
        return this.#dispatch(depth)
      case ')':
      case ']':
      case '}':
        throw this.#error(`${this.#text[start]} closes nothing`, start)
      case "'":
        this.#at++
        return this.#value(depth + 1)
      default:
        return this.#found(start, readAtom(this.#word()))
    }
  }

  /** Passes blanks, comments, and forms that `#_` takes out. */
  #skip(depth: number): void {
    for (;;) {
      this.#take(BLANKS)
      if (this.#text[this.#at] === ';') {
        const end = this.#text.indexOf('\n', this.#at)
        this.#at = end === -1 ? this.#text.length : end
      } else if (this.#text.startsWith('#_', this.#at)) {
        this.#at += 2
        this.#value(depth + 1)
      } else return
    }
  }

  /** From the opening bracket, one character long, to the closing one. */
  #items(close: string, depth: number): Value[] {
    const open = this.#at++
    const items: Value[] = []
    for (;;) {
      this.#skip(depth)
      if (this.#at >= this.#text.length) throw this.#error(`no ${close} closes this`, open)
      if (this.#text[this.#at] === close) break
      items.push(this.#value(depth + 1))
    }

    this.#at++
    return items
  }

  /** @param namespace of keys that have none: `#:block{:title 1}` */
  #map(namespace: string | undefined, depth: number): ValueMap {
    const open = this.#at
    const items = this.#items('}', depth)
    if (items.length % 2 === 1) throw this.#error('expected a value for each key of a map', open)
    const map = new ValueMap()
    for (let i = 0; i < items.length; i += 2)
      map.set(qualified(this.#keyable(items[i] as Value, open), namespace), items[i + 1] as Value)
    if (map.size < items.length / 2) throw this.#error('a key stands twice in this map', open)
    return map
  }

  #dispatch(depth: number): Value {
    const start = this.#at++
    const next = this.#text[this.#at]
    if (next === '{') {
      const items = this.#items('}', depth)
      const set = new ValueSet(items.map((item) => this.#keyable(item, start)))
      if (set.size < items.length) throw this.#error('a value stands twice in this set', start)
      return set
    }

    if (next === '"') return new Pattern(this.#raw())
    if (next === '#') {
      this.#at++
      const word = this.#word()
      const value = readSpecial(word)
      return this.#found(start, value === undefined ? {problem: `##${word} is not a number`} : {value})
    }

    const tag = this.#word()
    if (tag.startsWith(':') && tag.length > 1 && this.#text[this.#at] === '{') return this.#map(tag.slice(1), depth)
    if (!/^\p{L}/u.test(tag)) throw this.#error(`#${tag || (next ?? '')} is not EDN`, start)
    return this.#found(start, readTagged(tag, this.#value(depth + 1)))
  }

  #string(): string {
    const start = this.#at++
    const parts: string[] = []
    for (;;) {
      parts.push(this.#take(PLAIN_TEXT))
      const c = this.#text[this.#at++]
      if (c === undefined) throw this.#error('no " closes this text', start)
      if (c === '"') return parts.join('')
      parts.push(this.#escape())
    }
  }

  #escape(): string {
    const at = this.#at++
    const c = this.#text[at] ?? ''
    const digits = c === 'u' ? /^[\dA-Fa-f]{4}/.exec(this.#text.slice(at + 1, at + 5)) : null
    if (digits) {
      this.#at += 4
      return String.fromCharCode(Number.parseInt(digits[0], 16))
    }

    const value = ESCAPES.get(c)
    if (value === undefined) throw this.#error(`\\${c} is not an escape`, at - 1)
    return value
  }

  /** A regular expression: its backslashes are its own. */
  #raw(): string {
    const start = this.#at++
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"')
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    if (this.#at >= this.#text.length) throw this.#error('no " closes this text', start)
    return this.#text.slice(start + 1, this.#at++)
  }

  #character(): string {
    const start = this.#at++
    const first = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 32)
    this.#at += first.length
    const name = first + (/[\s,()[\]{}";]/.test(first) ? '' : this.#word())
    const value = /^\s/.test(name) ? undefined : readCharacter(name)
    return this.#found(start, value === undefined ? {problem: `\\${name} is not a character`} : {value}) as string
  }

  #word(): string {
    return this.#take(WORD)
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [taken] = pattern.exec(this.#text) ?? ['']
    this.#at += taken.length
    return taken
  }

  #found(start: number, read: {problem: string} | {value: Value}): Value {
    if ('problem' in read) throw this.#error(read.problem, start)
    return read.value
  }

  #keyable(value: Value, position: number): Value {
    if (!canBeKey(value)) throw this.#error('a collection as a key, or in a set, is too large', position)
    return value
  }

  #error(problem: string, position: number): EdnError {
    return new EdnError(problem, this.#text, Math.min(position, this.#text.length))
  }
}

function qualified(key: Value, namespace: string | undefined): Value {
  if (namespace === undefined || !(key instanceof Keyword)) return key
  if (key.namespace === '_') return keyword(key.name)
  return key.namespace === null ? keyword(`${namespace}/${key.name}`) : key
}
