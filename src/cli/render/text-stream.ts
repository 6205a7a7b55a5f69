import type {Writable} from 'node:stream'

import {stdout} from '../stdio.js'

/** Maximum characters per write. */
const PART = 64 * 1024

/** Writes text as fast as it is read, so that pending text does not fill the memory. */
export class TextStream {
  readonly #stream: Writable | undefined
  #text = ''

  /** @param stream default stdout, without its stream where the text is short */
  constructor(stream?: Writable) {
    this.#stream = stream
  }

  /** True if the reader left or the disk is full. Further text is lost. */
  get lost(): boolean {
    return this.#stream ? this.#stream.destroyed || this.#stream.errored !== null : stdout.isLost
  }

  async write(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= PART) await this.flush()
  }

  /** Writes what is left, and ends a stream of its own: the pager's end is awaited. */
  async end(): Promise<void> {
    await this.flush()
    const stream = this.#stream
    if (stream === undefined || stream === stdout.stream || this.lost) return
    await new Promise<void>((resolve) => {
      stream.once('close', resolve)
      stream.end()
    })
  }

  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text === '' || this.lost || (this.#stream ?? stdout).write(text)) return
    const stream = this.#stream ?? stdout.stream
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['drain', 'error', 'close']) stream.off(event, done)
        resolve()
      }

      for (const event of ['drain', 'error', 'close']) stream.on(event, done)
    })
  }
}
