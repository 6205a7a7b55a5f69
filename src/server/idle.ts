import {systemClock} from '../lib/clock.js'
import {timeText} from '../lib/time-text.js'
import {RECHECK_MS, UnusedTime} from './unused-time.js'

/** Interval between calls of `tick`, in ms. The watchdog has the timer, and calls it. */
const TICK_MS = 2000

/** Use of a server at one moment. */
export interface Use {
  /** Requests that are being served, with streams and leases. */
  busy: number
  /** Requests that were served so far. */
  served: number
}

/** Counts for how long no client has used a server. */
export class IdleCounter {
  #lastTick: number
  #served = 0
  readonly #timeoutMs: number
  readonly #unused = new UnusedTime(TICK_MS)

  /**
   * @param timeoutMs time without use after which the server is to end
   * @param now in ms of a clock that never jumps
   */
  constructor(timeoutMs: number, now: number) {
    this.#timeoutMs = timeoutMs
    this.#lastTick = now
  }

  /** Time since the last use, in ms, as of the last tick. */
  get idleMs(): number {
    return this.#unused.ms
  }

  /** @returns true if the server has not been used for so long that it is to end */
  tick(now: number, use: Use): boolean {
    const elapsed = now - this.#lastTick
    this.#lastTick = now
    if (use.busy > 0 || use.served !== this.#served) this.#unused.restart()
    else this.#unused.tick(elapsed)
    this.#served = use.served
    return this.#unused.ms >= this.#timeoutMs
  }
}

/** Ends a server that no client has used for its time. */
export class IdleWatch {
  readonly #counter: IdleCounter
  readonly #requestStop: (why: string) => void
  readonly #timeoutMs: number
  readonly #use: () => Use

  /** @param timeoutMs time without use after which `requestStop` is called */
  constructor(timeoutMs: number, use: () => Use, requestStop: (why: string) => void) {
    this.#counter = new IdleCounter(timeoutMs, systemClock.now())
    this.#requestStop = requestStop
    this.#timeoutMs = timeoutMs
    this.#use = use
  }

  /** Idle time and timeout, as `/v1/status` reports them. */
  describe(): object {
    return {'idle-ms': this.#counter.idleMs, 'idle-timeout-ms': this.#timeoutMs}
  }

  /** Called every two seconds. A request that arrived when the time was up is accepted before it counts as unused. */
  check(): void {
    if (!this.#counter.tick(systemClock.now(), this.#use())) return
    const {served} = this.#use()
    setTimeout(() => {
      const now = this.#use()
      if (now.busy === 0 && now.served === served)
        this.#requestStop(`no client has used it for ${timeText(this.#timeoutMs)}`)
    }, RECHECK_MS)
  }
}
