/** Delay before the final look at a server that was not used, in ms, in which pending requests are accepted. */
export const RECHECK_MS = 100

/**
 * Time for which something has not been used. It is counted in ticks, and a late one counts as two at most: neither a
 * machine that slept nor a suspended server has given clients time to come back.
 */
export class UnusedTime {
  #ms = 0
  readonly #tickMs: number

  /** @param tickMs interval between calls of `tick` */
  constructor(tickMs: number) {
    this.#tickMs = tickMs
  }

  /** The time as of the last tick, in ms. */
  get ms(): number {
    return this.#ms
  }

  /** @param elapsedMs since the last tick */
  tick(elapsedMs: number): void {
    this.#ms += Math.min(Math.max(elapsedMs, 0), 2 * this.#tickMs)
  }

  /** Restarts the count. */
  restart(): void {
    this.#ms = 0
  }
}
