import {fstatSync, writeSync} from 'node:fs'

import {systemCode} from '../lib/errors.js'

const LOST_HINT = 'Hint: The command itself was executed. Free space, or write its output to another place.\n'

/** Maximum size of a text that is written without the stream, in bytes: a pipe that is not full takes it at once. */
const MAX_BYTES = 16 * 1024

/**
 * Stdout. Its stream is created when it is needed, which takes as much CPU time as a seventh of `node -e 0`: short texts are
 * written to the descriptor.
 */
export class Stdout {
  readonly #fd: number
  #isLost = false
  #isTerminal: boolean | undefined
  readonly #open: () => NodeJS.WriteStream
  #stream: NodeJS.WriteStream | undefined

  constructor(fd = 1, open: () => NodeJS.WriteStream = () => process.stdout) {
    this.#fd = fd
    this.#open = open
  }

  /** Stream, for what prints for long: it never waits for its reader. All later texts go through it, so that their order is kept. */
  get stream(): NodeJS.WriteStream {
    this.#stream ??= listening(this.#open(), (error) => this.#fail(error))
    return this.#stream
  }

  /** True for a terminal. */
  get isTTY(): boolean {
    if (this.#stream) return this.#stream.isTTY
    this.#isTerminal ??= isTerminal(this.#fd) // each cell of a table asks
    return this.#isTerminal
  }

  /** True if nothing more can be printed: the reader has left, or a write failed. */
  get isLost(): boolean {
    return this.#isLost || this.#stream?.destroyed === true
  }

  /** @returns false if more should be written only when the stream has drained */
  write(text: string): boolean {
    if (this.#isLost) return true
    const rest = this.#stream === undefined ? this.#writeNow(text) : text
    return rest.length === 0 || this.stream.write(rest)
  }

  /** Waits until all text is written. */
  async flush(): Promise<void> {
    if (this.#stream) await written(this.#stream)
  }

  /** Writes a short text. @returns what is left for the stream */
  #writeNow(text: string): Buffer | string {
    if (text.length > MAX_BYTES || process.platform === 'win32') return text // a console of Windows needs its stream to show UTF-8
    let rest = Buffer.from(text)
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest))
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') return rest // a full pipe that another program has set to be non-blocking
      this.#fail(error as NodeJS.ErrnoException)
      return ''
    }

    return rest
  }

  /** Handles a lost result. A reader may leave early (`| head`); any other reason, such as a full disk, is a failure. */
  #fail(error: NodeJS.ErrnoException): void {
    if (this.#isLost) return
    this.#isLost = true
    if (error.code === 'EPIPE') return
    process.exitCode ||= 1
    stderr.stream.write(`Error (exception): Cannot write the output: ${error.message}\n${LOST_HINT}`)
  }
}

/** Stderr. Its stream is created when it is needed. */
class Stderr {
  #stream: NodeJS.WriteStream | undefined

  get stream(): NodeJS.WriteStream {
    this.#stream ??= listening(process.stderr, () => {}) // stderr itself failed
    return this.#stream
  }

  /** True for a terminal. */
  get isTTY(): boolean {
    return this.stream.isTTY
  }

  /** Waits until all text is written. */
  async flush(): Promise<void> {
    if (this.#stream) await written(this.#stream)
  }
}

export const stdout = new Stdout()
export const stderr = new Stderr()

/** Creates both streams, for a library that prints by itself. */
export function openStreams(): readonly NodeJS.WriteStream[] {
  return [stdout.stream, stderr.stream]
}

/** Lets a start continue even if the reader of its output, or its log, is gone. oclif adds a listener that throws. */
function listening(stream: NodeJS.WriteStream, onError: (error: Error) => void): NodeJS.WriteStream {
  return stream.removeAllListeners('error').on('error', onError)
}

/** Returns true for a terminal, without its stream. The module that knows is loaded only for what may be one. */
function isTerminal(fd: number): boolean {
  return (
    (process.platform === 'win32' || fstatSync(fd).isCharacterDevice()) &&
    process.getBuiltinModule('node:tty').isatty(fd)
  )
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
