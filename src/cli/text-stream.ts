import type {Writable} from 'node:stream'

/** Maximum characters per write. */
const PART = 64 * 1024

/** Writes to stdout as fast as it is read, so that pending text does not fill the memory. */
export class TextStream {
  readonly #stream: Writable
  #text = ''

  constructor(stream: Writable = process.stdout) {
    this.#stream = stream
  }

  /** True if the reader left or the disk is full. Further text is lost. */
  get lost(): boolean {
    return this.#stream.destroyed || this.#stream.errored !== null
  }

  async write(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= PART) await this.flush()
  }

  /** Writes what is left, and ends a stream of its own: the pager's end is awaited. */
  async end(): Promise<void> {
    await this.flush()
    if (this.#stream === process.stdout || this.lost) return
    await new Promise<void>((resolve) => {
      this.#stream.once('close', resolve)
      this.#stream.end()
    })
  }

  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text === '' || this.lost || this.#stream.write(text)) return
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['drain', 'error', 'close']) this.#stream.off(event, done)
        resolve()
      }

      for (const event of ['drain', 'error', 'close']) this.#stream.on(event, done)
    })
  }
}
