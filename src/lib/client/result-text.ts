/** A result stands behind this in the body of an answer. Within a text of JSON its quotation marks would be escaped. */
const RESULT = '"resultTransit":"'

/** The body ends with this after the result. */
const TAIL = '"}'

/** Warnings are no longer than this altogether, in characters. */
const MAX_HEAD = 1024 * 1024

/** Takes the transit text out of the body of an answer while it arrives. */
export class ResultText {
  /** Text before the result; undefined until it has arrived. */
  head: Record<string, unknown> | undefined
  readonly #decoder = new TextDecoder('utf8', {fatal: false})
  #rest = ''

  /** @returns the text that is complete with this part of the body @throws Error when the body has another form */
  feed(chunk: Uint8Array): string {
    this.#rest += this.#decoder.decode(chunk, {stream: true})
    if (!this.head && !this.#readHead()) return ''
    const end = completeUpTo(this.#rest, this.#rest.length - TAIL.length)
    const text = unescape(this.#rest.slice(0, end))
    this.#rest = this.#rest.slice(end)
    return text
  }

  /** @returns the last text @throws Error when the body is not complete */
  end(): string {
    this.#rest += this.#decoder.decode()
    if (!this.head || !this.#rest.endsWith(TAIL)) throw new Error('the response is not complete')
    return unescape(this.#rest.slice(0, -TAIL.length))
  }

  #readHead(): boolean {
    const at = this.#rest.indexOf(RESULT)
    if (at === -1) {
      if (this.#rest.length > MAX_HEAD) throw new Error('the response has no result')
      return false
    }

    this.head = JSON.parse(`${this.#rest.slice(0, at)}"resultTransit":null}`) as Record<string, unknown>
    this.#rest = this.#rest.slice(at + RESULT.length)
    return true
  }
}

function unescape(text: string): string {
  return text === '' ? '' : (JSON.parse(`"${text}"`) as string)
}

/** Returns a position, at or shortly before a given one, that does not split an escape sequence of JSON. */
function completeUpTo(text: string, at: number): number {
  if (at <= 0) return 0
  // An escape has at most six characters, so one across the position starts among the five before it.
  for (let start = Math.max(0, at - 5); start < at; start++)
    if (text[start] === '\\' && !isEscaped(text, start) && start + (text[start + 1] === 'u' ? 6 : 2) > at) return start
  return at
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}
