import {ServerError} from '../lib/errors.js'
import type {ManagedRuntime, WindowId} from './types.js'

interface Wish {
  /** Turn of the manager in which the window asked last. */
  turn: number
  /** Calls that wait for the server; empty once the window has it. */
  waiters: {reject: (error: ServerError) => void; resolve: (runtime: ManagedRuntime) => void}[]
}

/** Windows that want one graph. */
export class Wishes {
  readonly #wishes = new Map<WindowId, Wish>()

  /** True if a window waits. */
  get areWaiting(): boolean {
    return [...this.#wishes.values()].some(({waiters}) => waiters.length > 0)
  }

  get size(): number {
    return this.#wishes.size
  }

  /** Adds a window, or repeats its request in a later turn. Settles with the next `answer`, `refuse` or `release`. */
  add(window: WindowId, turn: number): Promise<ManagedRuntime> {
    return new Promise((resolve, reject) => {
      const waiters = this.#wishes.get(window)?.waiters ?? []
      this.#wishes.set(window, {turn, waiters: [...waiters, {reject, resolve}]})
    })
  }

  answer(runtime: ManagedRuntime): void {
    for (const wish of this.#wishes.values()) for (const {resolve} of wish.waiters.splice(0)) resolve(runtime)
  }

  /** Rejects the waiting calls and removes their windows. A window that already has the server keeps its request. */
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

  /** Returns the turn in which a window asked last, or undefined. */
  turnOf(window: WindowId): number | undefined {
    return this.#wishes.get(window)?.turn
  }

  windows(): WindowId[] {
    return [...this.#wishes.keys()]
  }
}
