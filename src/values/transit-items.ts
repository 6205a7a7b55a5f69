import {TransitError} from './transit-error.js'
import {TransitReader} from './transit-read.js'
import {List, type Value, ValueSet} from './types.js'

/** Kind of collection that holds the items: `[1 2]`, `(1 2)` or `#{1 2}`. */
export type CollectionKind = 'list' | 'set' | 'vector'

const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92

/** Length of text that is worth reading apart, in characters. A shorter one is parsed as a whole, which is much faster. */
const PART = 64 * 1024

/** Length of the shortest text that determines the kind of a value. */
const HEAD = 10

/**
 * Reads the items of a collection while its transit text arrives, so that a large one is never in memory as a whole. Any other
 * value is kept until its end.
 */
export class TransitItems {
  /** Of the collection whose items are read; undefined before that is known, and for any other value. */
  kind: CollectionKind | undefined
  #depth = 0
  #ended = false
  #escaped = false
  #inString = false
  /** The text of an item that has begun, or of a value that is not a collection. */
  #parts: string[] = []
  readonly #part: number
  readonly #reader = new TransitReader()
  #whole = false

  /** @param part length of text that is read apart, in characters */
  constructor(part = PART) {
    this.#part = Math.max(part, HEAD)
  }

  /** @returns the items that are complete with this text @throws TransitError */
  feed(text: string): readonly Value[] {
    if (this.#whole) {
      this.#parts.push(text)
      return []
    }

    if (this.kind) return this.#items(text)
    const head = this.#parts.join('') + text
    this.#parts = [head]
    return head.length < this.#part ? [] : this.#begin(head)
  }

  /**
   * Ends the text.
   * @returns the last items, or the value when it is not such a collection
   * @throws TransitError when the text is not complete
   */
  end(): {items: readonly Value[]; kind: CollectionKind} | {value: Value} {
    if (this.kind) {
      if (!this.#ended) throw new TransitError('the text ends within a collection')
      return {items: [], kind: this.kind}
    }

    const value = this.#reader.value(parse(this.#parts.join('')), 0)
    if (Array.isArray(value)) return {items: value as readonly Value[], kind: 'vector'}
    if (value instanceof List) return {items: [...value], kind: 'list'}
    return value instanceof ValueSet ? {items: [...value], kind: 'set'} : {value}
  }

  #begin(text: string): readonly Value[] {
    const tag = /^\["~#(list|set)",\[/.exec(text)
    if (tag)
      this.#reader.value([`~#${tag[1]}`, []], 0) // later codes count it
    else if (!text.startsWith('[') || /^\["(?:~#|\^ )/.test(text)) {
      this.#whole = true
      return []
    }

    this.kind = (tag?.[1] as CollectionKind | undefined) ?? 'vector'
    this.#parts = []
    return this.#items(text.slice(tag ? tag[0].length : 1))
  }

  /** The items up to the last comma between two of them. */
  #items(text: string): readonly Value[] {
    if (this.#ended) return []
    const end = this.#lastEnd(text)
    if (end === -1) {
      this.#parts.push(text)
      return []
    }

    const complete = this.#parts.join('') + text.slice(0, end)
    this.#parts = [text.slice(end + 1)]
    return (parse(`[${complete}]`) as unknown[]).map((item) => this.#reader.value(item, 1))
  }

  /** Returns the index at which the last complete item ends; -1 until an item is complete. */
  #lastEnd(text: string): number {
    let last = -1
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (code === BACKSLASH) this.#escaped = true
        else if (code === QUOTE) this.#inString = false
      } else if (code === QUOTE) this.#inString = true
      else if (code === COMMA) {
        if (this.#depth === 0) last = at
      } else if (opens(code)) this.#depth++
      else if (closes(code) && --this.#depth < 0) {
        this.#ended = true
        return at
      }
    }

    return last
  }
}

function opens(code: number): boolean {
  return code === 91 || code === 123
}

function closes(code: number): boolean {
  return code === 93 || code === 125
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TransitError('not JSON', {cause: error})
  }
}
