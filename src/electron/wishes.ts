import {ServerError} from '../lib/errors.js'
import type {ManagedRuntime, WindowId} from './types.js'

interface Wish {
  /** In which of the manager's turns the window asked last. */
  turn: number
  /** Those who wait for the server; none once the window has it. */
  waiters: {reject: (error: ServerError) => void; resolve: (runtime: ManagedRuntime) => void}[]
}

/** The windows that want one graph. */
export class Wishes {
  readonly #wishes = new Map<WindowId, Wish>()

  /** Does a window wait? */
  get areWaiting(): boolean {
    return [...this.#wishes.values()].some(({waiters}) => waiters.length > 0)
  }

  get size(): number {
    return this.#wishes.size
  }

  /** Adds a wish, or repeats it in a later turn. Settles with the next `answer`, `refuse` or `release`. */
  add(window: WindowId, turn: number): Promise<ManagedRuntime> {
    return new Promise((resolve, reject) => {
      const waiters = this.#wishes.get(window)?.waiters ?? []
      this.#wishes.set(window, {turn, waiters: [...waiters, {reject, resolve}]})
    })
  }

  answer(runtime: ManagedRuntime): void {
    for (const wish of this.#wishes.values()) for (const {resolve} of wish.waiters.splice(0)) resolve(runtime)
  }

  /** Tells those who wait that it cannot be; they want it no more. A window that has the server already goes on wanting it. */
  refuse(error: ServerError): void {
    for (const [window, {waiters}] of this.#wishes) {
      if (waiters.length === 0) continue
      this.#wishes.delete(window)
      for (const {reject} of waiters) reject(error)
    }
  }

  release(window: WindowId): void {
    const wish = this.#wishes.get(window)
    this.#wishes.delete(window)
    const error = new ServerError('window-released', 'The window let go of the graph before its server was ready')
    for (const {reject} of wish?.waiters ?? []) reject(error)
  }

  /** In which turn did a window ask last? Undefined when it does not want the graph. */
  turnOf(window: WindowId): number | undefined {
    return this.#wishes.get(window)?.turn
  }

  windows(): WindowId[] {
    return [...this.#wishes.keys()]
  }
}
