import {ServerError} from '../lib/errors.js'
import type {ManagedRuntime, WindowId} from './types.js'

interface WindowRequest {
  /** Turn of the manager in which the window asked last. */
  turn: number
  /** Calls that wait for the server; empty once the window has it. */
  waiters: {reject: (error: ServerError) => void; resolve: (runtime: ManagedRuntime) => void}[]
}

/** Windows that want one graph. */
export class GraphDemand {
  readonly #requests = new Map<WindowId, WindowRequest>()

  /** True if a window waits. */
  get areWaiting(): boolean {
    return [...this.#requests.values()].some(({waiters}) => waiters.length > 0)
  }

  get size(): number {
    return this.#requests.size
  }

  /** Adds a window, or repeats its request in a later turn. Settles with the next `answer`, `refuse` or `release`. */
  add(window: WindowId, turn: number): Promise<ManagedRuntime> {
    return new Promise((resolve, reject) => {
      const waiters = this.#requests.get(window)?.waiters ?? []
      this.#requests.set(window, {turn, waiters: [...waiters, {reject, resolve}]})
    })
  }

  answer(runtime: ManagedRuntime): void {
    for (const request of this.#requests.values()) for (const {resolve} of request.waiters.splice(0)) resolve(runtime)
  }

  /** Rejects the waiting calls and removes their windows. A window that already has the server keeps its request. */
  refuse(error: ServerError): void {
    for (const [window, {waiters}] of this.#requests) {
      if (waiters.length === 0) continue
      this.#requests.delete(window)
      for (const {reject} of waiters) reject(error)
    }
  }

  release(window: WindowId): void {
    const request = this.#requests.get(window)
    this.#requests.delete(window)
    const error = new ServerError('window-released', 'The window was closed before the graph was ready')
    for (const {reject} of request?.waiters ?? []) reject(error)
  }

  /** Returns the turn in which a window asked last, or undefined. */
  turnOf(window: WindowId): number | undefined {
    return this.#requests.get(window)?.turn
  }

  windows(): WindowId[] {
    return [...this.#requests.keys()]
  }
}
