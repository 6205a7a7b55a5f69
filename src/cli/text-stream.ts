/** Maximum characters per write. */
const PART = 64 * 1024

/** Writes to stdout as fast as it is read, so that pending text does not fill the memory. */
export class TextStream {
  readonly #stream: NodeJS.WriteStream
  #text = ''

  constructor(stream: NodeJS.WriteStream = process.stdout) {
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
