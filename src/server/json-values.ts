/**
 * How many values a JSON text may hold. It bounds what a short text can become in memory, and how long it takes to
 * read in one go: thirty megabytes of `{},{},...` would be gigabytes, and seconds in which nobody else is answered.
 */
export const MAX_JSON_VALUES = 1_000_000

const BACKSLASH = 0x5c
const BRACE = 0x7b
const BRACKET = 0x5b
const COMMA = 0x2c
const QUOTE = 0x22

/** Counts the values of a JSON text before it is parsed, as its bytes arrive. */
export class JsonValues {
  #escaped = false
  #inText = false
  #values = 0

  /** Is what was added until now more than may be parsed? */
  get tooMany(): boolean {
    return this.#values > MAX_JSON_VALUES
  }

  add(bytes: Uint8Array): void {
    for (const byte of bytes) this.#see(byte)
  }

  #see(byte: number): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === QUOTE) this.#inText = !this.#inText
    else if (this.#inText) this.#escaped = byte === BACKSLASH
    else if (byte === COMMA || byte === BRACE || byte === BRACKET) this.#values++
  }
}
