import {ServerError} from '../../lib/errors.js'
import {bytes} from '../../lib/size-text.js'

/** A piece is about this long, in characters: large enough to be sent in one go, small enough to be made in no time. */
const PIECE = 64 * 1024

/** Longer than this no answer is put together, in bytes. */
const MAX_BYTES = 128 * 1024 * 1024

/** The body of an answer while it is put together, in pieces of bytes. */
export class ChunkedBody {
  readonly #done: Buffer[] = []
  #length = 0
  #text = ''

  /** @throws ServerError `query-too-large` */
  add(text: string): void {
    this.#text += text
    if (this.#text.length >= PIECE) this.#flush()
  }

  all(): readonly Buffer[] {
    this.#flush()
    return this.#done
  }

  #flush(): void {
    const piece = Buffer.from(this.#text)
    this.#text = ''
    this.#done.push(piece)
    this.#length += piece.length
    if (this.#length > MAX_BYTES) {
      throw new ServerError('query-too-large', `the result has more than ${bytes(MAX_BYTES)}`, {
        hint: 'Narrow the request. A whole graph of any size is exported by `logseq graph export FILE`.',
      })
    }
  }
}
