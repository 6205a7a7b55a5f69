import {onAbort} from '../linked-signal.js'

/** Limits how many calls are under way at once. The others wait, in the order in which they came. */
export class CallLimit {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(limit: number) {
    this.#free = limit
  }

  /** Runs `act` when there is room for it. @throws the reason of the signal, if it aborts the wait */
  async run<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal)
    try {
      return await act()
    } finally {
      this.#leave()
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }

    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        unlink?.()
        resolve()
      }

      const giveUp = () => {
        this.#waiting.delete(enter)
        reject(signal?.reason)
      }

      const unlink = signal && onAbort(signal, giveUp)
      this.#waiting.add(enter)
    })
  }

  /** Passes the place on to the first that waits. */
  #leave(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free++
      return
    }

    this.#waiting.delete(next)
    next()
  }
}
