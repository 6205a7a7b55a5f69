import type {ChildProcess} from 'node:child_process'
import {createRequire} from 'node:module'
import {fileURLToPath, pathToFileURL} from 'node:url'

import type {Sandbox} from './sandbox.js'

/** What lets Node.js run TypeScript, wherever it is started. */
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

const FIXTURES = fileURLToPath(new URL('../lib/fixtures', import.meta.url))

/** Another process that uses the library: a program of `test/lib/fixtures`, which is talked to by messages. */
export class Peer {
  readonly child: ChildProcess & {pid: number}
  readonly #said: unknown[] = []
  readonly #waiting: ((said: unknown) => void)[] = []

  constructor(sandbox: Sandbox, fixture: string, ...args: string[]) {
    this.child = sandbox.spawn(process.execPath, ['--import', TSX, `${FIXTURES}/${fixture}`, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.child.on('message', (said) => {
      const waiting = this.#waiting.shift()
      if (waiting) waiting(said)
      else this.#said.push(said)
    })
  }

  /** The next thing it says. */
  async next<T>(): Promise<T> {
    const said = this.#said.shift()
    return (said ?? new Promise((resolve) => this.#waiting.push(resolve))) as T
  }

  tell(what: string): void {
    this.child.send(what)
  }
}
