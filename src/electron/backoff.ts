/** Maximum number of attempts per minute to restore a lost server. */
const MOST = 3

const WINDOW_MS = 60_000

/** Delays before the attempts, in ms. The first is short, so that a restart is hardly noticed. */
const WAITS = [100, 2000, 10_000]

/**
 * Limits the attempts to restore one graph's server. More of them would slow down a machine that is already in trouble.
 */
export class Backoff {
  #tries: number[] = []

  /**
   * Requests another attempt.
   * @param now current time in ms of a monotonic clock
   * @returns delay in ms and number of the attempt; undefined when the limit is reached
   */
  next(now: number): undefined | {attempt: number; inMs: number} {
    this.#tries = this.#tries.filter((at) => now - at < WINDOW_MS)
    const inMs = WAITS[this.#tries.length]
    if (inMs === undefined || this.#tries.length >= MOST) return undefined
    this.#tries.push(now)
    return {attempt: this.#tries.length, inMs}
  }

  /** Resets the limit, because a user asked for the graph. */
  reset(): void {
    this.#tries = []
  }
}
