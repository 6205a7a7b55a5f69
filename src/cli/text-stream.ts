/** So many characters are written at once. */
const PART = 64 * 1024

/** Writes text to stdout no faster than it is read, so that what waits for its reader does not fill the memory. */
export class TextStream {
  readonly #stream: NodeJS.WriteStream
  #text = ''

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream
  }

  /** Has its reader left, or is there no room for more? Whatever is written then is lost. */
  get lost(): boolean {
    return this.#stream.destroyed || this.#stream.errored !== null
  }

  async write(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= PART) await this.flush()
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
