import type {Clock} from '../lib/clock.js'
import type {LockRecord} from '../lib/lock/record.js'
import {RECHECK_MS, UnusedTime} from './unused-time.js'

/** Time that a leased server waits for a lease after the last one has ended, in ms. An app that crashed may return. */
export const GRACE_MS = 10_000

/** Time that it waits for the first one, in ms. */
export const FIRST_LEASE_MS = 30_000

const TICK_MS = 500

/** Interval between checks for the process of an app that has not leased yet, in ticks. */
const OWNER_TICKS = 4

/** State of a leased server at one moment. */
export interface LeaseSnapshot {
  leases: number
  /** The app process that owns it. Another one than before is an app that was started again. */
  owner: string
  /** Requests that are being worked on. */
  working: number
}

/** Counts for how long a leased server has been unused, and decides when that is long enough. */
export class LeaseTimer {
  #hasLeased = false
  #owner: string | undefined
  readonly #unused = new UnusedTime(TICK_MS)

  /** True once the app that owns the server has held a lease. */
  get hasLeased(): boolean {
    return this.#hasLeased
  }

  /**
   * @param elapsedMs since the last tick
   * @returns why the server is to end, if it is
   */
  tick(elapsedMs: number, {leases, owner, working}: LeaseSnapshot): string | undefined {
    if (this.#owner !== undefined && owner !== this.#owner) {
      this.#hasLeased = false
      this.restart()
    }

    this.#owner = owner
    if (leases > 0) this.lease()
    else if (working > 0) this.restart()
    if (leases > 0 || working > 0) return undefined

    this.#unused.tick(elapsedMs)
    if (!this.#hasLeased) return this.#unused.ms >= FIRST_LEASE_MS ? 'no client took a lease' : undefined
    return this.#unused.ms >= GRACE_MS ? 'the last lease has ended' : undefined
  }

  /** Records a lease, even one shorter than a tick. */
  lease(): void {
    this.#hasLeased = true
    this.restart()
  }

  /** Restarts the count. */
  restart(): void {
    this.#unused.restart()
  }
}

/** Parts of the server that the watch needs. */
export interface LeasedServer {
  leases(): number
  ownerIsDead(record: LockRecord): Promise<boolean>
  /** The record as it is now: the owner may have changed. */
  record(): LockRecord
  requestStop(why: string): void
}

/** Stops a leased server that has had no lease for long enough. */
export class LeaseWatch {
  readonly #clock: Clock
  readonly #server: LeasedServer
  #lastTick: number
  /** Ends the wait for the end of the leases. */
  #resume = () => {}
  readonly #timer = new LeaseTimer()
  readonly #stopped = new AbortController()
  #working = 0

  constructor(clock: Clock, server: LeasedServer) {
    this.#clock = clock
    this.#server = server
    this.#lastTick = clock.now()
  }

  /** A lease has come or gone. */
  changed(): void {
    this.#lastTick = this.#clock.now()
    if (this.#server.leases() > 0) this.#timer.lease()
    else this.#timer.restart()
    this.#resume()
  }

  /** Runs a piece of work, during which the server is not idle. */
  during<T>(act: () => T): T {
    this.#working++
    const done = () => {
      this.#working--
    }

    try {
      const result = act()
      if (result instanceof Promise) return result.finally(done) as T
      done()
      return result
    } catch (error) {
      done()
      throw error
    }
  }

  stop(): void {
    this.#stopped.abort()
    this.#resume()
  }

  /** Watches until `stop`, until the server has been unused for long enough, or until it is no longer leased. */
  async run(): Promise<void> {
    this.#lastTick = this.#clock.now()
    for (let ticks = 1; !this.#stopped.signal.aborted; ticks++) {
      await this.#nextTick()
      if (this.#stopped.signal.aborted) return
      const record = this.#server.record()
      if (record.lifetime !== 'leased') return // the command line has taken it over
      const why = this.#tick(record) ?? (ticks % OWNER_TICKS === 0 ? await this.#ownerIsGone(record) : undefined)
      if (why === undefined) continue
      if (await this.#isStillIdle()) {
        this.#server.requestStop(why)
        return
      }

      this.#timer.restart()
    }
  }

  /** While there are leases, time does not count. */
  async #nextTick(): Promise<void> {
    if (this.#server.leases() === 0) return this.#sleep(TICK_MS)
    await new Promise<void>((resolve) => {
      this.#resume = resolve
    })
  }

  /** A server that wakes up sees the clock before the calls that wait for it: hence another look. */
  async #isStillIdle(): Promise<boolean> {
    await this.#sleep(RECHECK_MS)
    return !this.#stopped.signal.aborted && this.#server.leases() === 0 && this.#working === 0
  }

  async #sleep(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#stopped.signal).catch(() => {}) // stopped: the result is no longer needed
  }

  #tick(record: LockRecord): string | undefined {
    const now = this.#clock.now()
    const elapsed = now - this.#lastTick
    this.#lastTick = now
    const owner = `${record['owner-pid']} ${record['owner-start']}`
    return this.#timer.tick(elapsed, {leases: this.#server.leases(), owner, working: this.#working})
  }

  /** An app that died before its first lease is not waited for. */
  async #ownerIsGone(record: LockRecord): Promise<string | undefined> {
    if (this.#timer.hasLeased || this.#working > 0 || !(await this.#server.ownerIsDead(record))) return undefined
    return this.#server.leases() === 0 ? 'the app ended before it took a lease' : undefined
  }
}
