import type {Clock} from '../../src/lib/clock.js'

/** A clock that stands until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0
  #sleepers: {at: number; wake: () => void}[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const giveUp = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper)
        reject(new Error('no longer waited for'))
      }

      const sleeper = {
        at: this.#now + ms,
        wake() {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', giveUp)
    })
  }

  /** Lets time pass; whoever wakes acts before those who wake later. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await settled()
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > until) break
      this.#now = next.at
      this.#sleepers = this.#sleepers.filter((one) => one !== next)
      next.wake()
    }

    this.#now = until
    await settled()
  }
}

/** Waits until everything that needs no time has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
}
