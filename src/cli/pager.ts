import {spawn} from 'node:child_process'
import {accessSync, constants} from 'node:fs'
import {delimiter, join} from 'node:path'
import {PassThrough, Writable} from 'node:stream'

import {requirePipes} from '../lib/process/require-pipes.js'
import {stdout} from './stdio.js'

/** Height of a terminal that does not report one. */
const ROWS = 24

/** Options of `less` unless the user has set some: leave short text, show colours, keep the text on the screen. */
const LESS = 'FRX'

/** Exit codes of a shell that could not run the program. */
const NOT_RUN = new Set([126, 127])

/** Text that is kept for a pager that turns out not to run, in characters. */
const MAX_KEPT = 1024 * 1024

/**
 * Returns the command line of the pager. `PAGER` is run by a shell; an empty value, and `cat`, turn paging off.
 * @returns undefined if the text is to be printed as it is
 */
export function pagerOf(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const {PAGER: wanted, PATH: path = ''} = environment
  if (wanted !== undefined) return ['', 'cat'].includes(wanted.trim()) ? undefined : wanted
  return path.split(delimiter).some((dir) => dir !== '' && isProgram(join(dir, 'less'))) ? 'less' : undefined
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // looked for in the next directory
  }
}

/**
 * Text for a person at a terminal: printed as it is if it fits on the screen, else passed to the pager. A pager that ends early is not
 * an error; the stream is destroyed then. The stream is finished when the pager has ended.
 */
export class PagedText extends Writable {
  readonly #command: string
  /** Text that was not printed, or that may have to be printed again. */
  #kept = ''
  #lines = 0
  #pager: {ended: Promise<number | null>; stdin: Writable} | undefined

  constructor(command: string) {
    super({decodeStrings: false})
    this.#command = command
  }

  override _write(text: string, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#kept.length < MAX_KEPT) this.#kept += text
    if (this.#pager) {
      this.#pager.stdin.write(text, () => done()) // a write after the end of the pager is lost, as it should be
      return
    }

    this.#lines += text.split('\n').length - 1
    if (this.#lines < (stdout.stream.rows || ROWS)) {
      done()
      return
    }

    this.#pager = this.#start()
    this.#pager.stdin.write(this.#kept, () => done())
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#pager) {
      stdout.stream.write(this.#kept, () => done())
      return
    }

    this.#pager.stdin.end()
    void this.#pager.ended.then((code) => {
      if (code !== null && NOT_RUN.has(code)) stdout.stream.write(this.#kept, () => done())
      else done()
    })
  }

  #start() {
    const {LESS: less = LESS, LV: lv = '-c', ...env} = process.env
    let child
    try {
      child = requirePipes(
        spawn(this.#command, {
          env: {...env, LESS: less, LV: lv},
          shell: true,
          stdio: ['pipe', 'inherit', 'inherit'],
        }),
      )
    } catch {
      return {ended: Promise.resolve(127), stdin: new PassThrough().resume()} // no descriptor left: as without a pager
    }

    child.stdin.on('error', () => {}) // the pager has ended early
    const ended = new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(127))
      child.once('exit', (code) => resolve(code))
    })
    void ended.then((code) => {
      // The rest does not have to be made.
      if (!this.writableEnded && !(code !== null && NOT_RUN.has(code))) this.destroy()
    })
    return {ended, stdin: child.stdin}
  }
}

/** Returns a stream for long output to a person at a terminal; stdout itself if the user wants no pager, or has none. */
export function pagedOutput(): Writable {
  const command = pagerOf(process.env)
  return command === undefined ? stdout.stream : new PagedText(command)
}

/** Prints long text for a person at a terminal, and waits for the end of the pager. */
export async function printPaged(text: string): Promise<void> {
  const out = pagedOutput()
  if (out === stdout.stream) {
    stdout.write(text)
    return
  }

  await new Promise<void>((resolve) => {
    out.once('close', resolve)
    out.end(text)
  })
}
