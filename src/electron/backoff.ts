/** How often a lost server is looked for again in a minute, before it is given up. */
const MOST = 3

const WINDOW_MS = 60_000

/** The waits before the first, second, ... try, in ms. The first is short, so that a restart is hardly felt. */
const WAITS = [100, 2000, 10_000]

/** The tries of one graph: more than a few in a minute would make a machine slow that is in trouble already. */
export class Backoff {
  #tries: number[] = []

  /**
   * Asks for one more try.
   * @param now in ms of a monotonic clock
   * @returns how long to wait first, in ms, and which try it is; undefined when there were enough
   */
  next(now: number): undefined | {attempt: number; inMs: number} {
    this.#tries = this.#tries.filter((at) => now - at < WINDOW_MS)
    const inMs = WAITS[this.#tries.length]
    if (inMs === undefined || this.#tries.length >= MOST) return undefined
    this.#tries.push(now)
    return {attempt: this.#tries.length, inMs}
  }

  /** Somebody asks by hand: that is worth new tries. */
  reset(): void {
    this.#tries = []
  }
}
