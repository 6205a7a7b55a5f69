import {setTimeout as delay} from 'node:timers/promises'

import {allowMany} from './linked-signal.js'

/** Source of time for all waiting, replaceable in tests. */
export interface Clock {
  /** Returns milliseconds of a clock that never jumps; on Linux and macOS the same for every process since boot. */
  now(): number
  /** Waits `ms` milliseconds. Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Monotonic clock of the machine. It stops while the machine sleeps, so a deadline survives a closed lid. */
export const systemClock: Clock = {
  now: () => Number(process.hrtime.bigint() / 1000n) / 1000,
  async sleep(ms, signal) {
    if (signal) allowMany(signal)
    try {
      await delay(ms, undefined, {signal})
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}

/** Polling delays in ms: 10, growing by 1.5 to 100, so that 50 waiting processes stay cheap. */
export function* pollDelays(first = 10, most = 100): Generator<number, never> {
  for (let ms = first; ; ms = Math.min(most, ms * 1.5)) yield ms
}

/**
 * Polls until `ask` returns a value or the time is up.
 * @param delays delays between two polls, in ms; endless
 * @returns the value, or undefined when `now()` has reached `until`
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
