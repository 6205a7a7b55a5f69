/** Transit writes a long keyword, symbol, tag or map key once; after that a code stands for it: `^0`, `^1`, ... */

const FIRST_DIGIT = 48
const DIGITS = 44

/** Number of codes. When they are used up, reader and writer start again with the first. */
const MAX_CODES = DIGITS * DIGITS

/** @param asMapKey every text counts as the key of a map; elsewhere only keywords, symbols and tags do */
export function isCacheable(text: string, asMapKey: boolean): boolean {
  if (text.length <= 3) return false
  if (asMapKey) return true
  if (text[0] !== '~') return false
  const kind = text[1]
  return kind === ':' || kind === '$' || kind === '#'
}

/** Cache of a reader: values by their codes. */
export class ReadCache<T> {
  #next = 0
  readonly #values: T[] = []

  add(value: T): void {
    if (this.#next === MAX_CODES) this.#next = 0
    this.#values[this.#next++] = value
  }

  /** @returns undefined for a code that stands for nothing */
  get(code: string): T | undefined {
    const high = code.length === 2 ? 0 : code.charCodeAt(1) - FIRST_DIGIT
    return this.#values[high * DIGITS + code.charCodeAt(code.length - 1) - FIRST_DIGIT]
  }
}

/** Cache of a writer: codes by their texts. */
export class WriteCache {
  readonly #codes = new Map<string, string>()

  /** @returns the code of a text that was written before, else the text, which has a code from now on */
  write(text: string): string {
    // Full is full, whether the text is known or not: Logseq's writer asks in this order, too.
    if (this.#codes.size === MAX_CODES) this.#codes.clear()
    const code = this.#codes.get(text)
    if (code !== undefined) return code
    this.#codes.set(text, codeOf(this.#codes.size))
    return text
  }
}

function codeOf(index: number): string {
  const low = String.fromCharCode((index % DIGITS) + FIRST_DIGIT)
  return index < DIGITS ? `^${low}` : `^${String.fromCharCode(Math.floor(index / DIGITS) + FIRST_DIGIT)}${low}`
}
