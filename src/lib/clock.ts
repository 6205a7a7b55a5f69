import {setTimeout as delay} from 'node:timers/promises'

/** The one source of time for all waiting, so that tests can hold it. */
export interface Clock {
  /** Milliseconds of a clock that never jumps; on Linux and macOS the same for every process since boot. */
  now(): number
  /** Waits `ms` milliseconds. Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's monotonic clock. It stands still while the machine sleeps, so a deadline survives a closed lid. */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint() / 1000n) / 1000,
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, {signal})
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}

/** How often a state that nobody announces is looked at: soon at first, then ever less, so that 50 waiters cost little. */
export function* pollDelays(first = 10, most = 100): Generator<number, never> {
  for (let ms = first; ; ms = Math.min(most, ms * 1.5)) yield ms
}

/**
 * Asks until the answer is not undefined or the time is up.
 * @param delays between two questions, in ms, without an end
 * @returns the answer, or undefined when `now()` has reached `until`
 */
export async function poll<T>(
  clock: Clock,
  until: number,
  ask: () => Promise<T | undefined> | T | undefined,
  signal?: AbortSignal,
  delays: Iterable<number> = pollDelays(),
): Promise<T | undefined> {
  for (const ms of delays) {
    signal?.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined) return answer
    const left = until - clock.now()
    if (left <= 0) return undefined
    await clock.sleep(Math.min(ms, left), signal)
  }

  return undefined
}
