import {readableWord} from './edn-atom.js'
import {EdnError} from './edn-read.js'
import {MAX_DEPTH} from './limits.js'
import {present} from './present.js'
import {Keyword, Pattern, Sym, Uuid} from './scalars.js'
import {List, Tagged, type Value, ValueMap, ValueSet} from './types.js'

/**
 * Writes EDN that `readEdn` reads as the same value.
 * @param max how long the text may be, in characters: no more than that is put together
 * @throws EdnError for what nests too deep, or is longer
 */
export function writeEdn(value: Value, max = Number.POSITIVE_INFINITY): string {
  return written(new Writer(max, true), value)
}

/**
 * Writes EDN as Clojure prints it: of a keyword or symbol with a blank in it, for example, it cannot be read.
 * @param max as in `writeEdn`
 * @throws EdnError as `writeEdn`
 */
export function printEdn(value: Value, max: number): string {
  return written(new Writer(max, false), value)
}

function written(writer: Writer, value: Value): string {
  writer.write(value, 0)
  return writer.text()
}

/** Maximum number of characters of a value in an error. */
const SHOWN = 200

/** Writes the same for a person, cut where it gets long: no more is put together than is shown. */
export function showEdn(value: Value): string {
  const writer = new Writer(SHOWN, false)
  try {
    return written(writer, value)
  } catch (error) {
    if (!(error instanceof EdnError)) throw error
    return `${writer.text().slice(0, SHOWN)}…`
  }
}

/** Puts a text together, up to a length. */
class Writer {
  #left: number
  readonly #parts: string[] = []
  readonly #readable: boolean

  /** @param readable what EDN has no word for gets a tag */
  constructor(max: number, readable: boolean) {
    this.#left = max
    this.#readable = readable
  }

  text(): string {
    return this.#parts.join('')
  }

  write(value: Value, depth: number): void {
    if (typeof value === 'string') {
      this.#add(JSON.stringify(value.length > this.#left ? value.slice(0, this.#left + 1) : value))
    } else if (value instanceof Keyword) this.#word(value, `:${value.fqn.slice(0, this.#left + 1)}`)
    else if (typeof value !== 'object' || value === null || value instanceof Pattern) this.#add(wordOf(value))
    else if (isWord(value)) this.#word(value, wordOf(value))
    else if (depth > MAX_DEPTH) throw new EdnError(`nested more than ${MAX_DEPTH} deep`, '', 0)
    else if (value instanceof Tagged) this.#tagged(value, depth + 1)
    else this.#collection(value as Iterable<Value> & Value, depth + 1)
  }

  #add(text: string): void {
    this.#parts.push(text)
    this.#left -= text.length
    if (this.#left < 0) throw new EdnError('the text is longer than it may be', '', 0)
  }

  #word(value: Date | Keyword | Sym | Uuid, word: string): void {
    this.#add(this.#readable ? readableWord(value, word) : word)
  }

  #collection(value: Iterable<Value> & Value, depth: number): void {
    const [open, close] = value instanceof ValueMap ? '{}' : value instanceof List ? '()' : '[]'
    if (value instanceof ValueSet) this.#add('#{')
    else this.#add(present(open))
    let separator = ''
    for (const item of value as Iterable<unknown>) {
      this.#add(separator)
      if (value instanceof ValueMap) {
        const [key, held] = item as readonly [Value, Value]
        this.write(key, depth)
        this.#add(' ')
        this.write(held, depth)
        separator = ', '
      } else {
        this.write(item as Value, depth)
        separator = ' '
      }
    }

    this.#add(value instanceof ValueSet ? '}' : present(close))
  }

  /** The tags `i` and `n` are how integers are kept that JavaScript cannot hold. */
  #tagged({tag, value}: Tagged, depth: number): void {
    if (typeof value === 'string' && tag === 'i') this.#add(value)
    else if (typeof value === 'string' && tag === 'n') this.#add(`${value}N`)
    else {
      this.#add(`#${tag} `)
      this.write(value, depth)
    }
  }
}

function isWord(value: object & Value): value is Date | Sym | Uuid {
  return value instanceof Uuid || value instanceof Sym || value instanceof Date
}

function wordOf(value: Date | Pattern | Sym | Uuid | boolean | null | number): string {
  if (value === null) return 'nil'
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : special(value)
  if (value instanceof Uuid) return `#uuid "${value.text}"`
  return value instanceof Date ? `#inst "${value.toISOString()}"` : String(value)
}

function special(value: number): string {
  if (Number.isNaN(value)) return '##NaN'
  return value > 0 ? '##Inf' : '##-Inf'
}
