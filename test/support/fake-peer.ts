import type {ChildProcess} from 'node:child_process'
import {fileURLToPath} from 'node:url'

import {compiledFile} from './compiled.js'
import type {Sandbox} from './sandbox.js'

const FIXTURES = fileURLToPath(new URL('../lib/fixtures', import.meta.url))

/** Another process that uses the library: a program of `test/lib/fixtures`, which is talked to by messages. */
export class Peer {
  readonly child: ChildProcess & {pid: number}
  readonly #said: unknown[] = []
  readonly #waiting: ((said: unknown) => void)[] = []

  constructor(sandbox: Sandbox, fixture: string, ...args: string[]) {
    this.child = sandbox.spawn(process.execPath, [compiledFile(`${FIXTURES}/${fixture}`), ...args], {
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
