import {machineError, ServerError} from '../../lib/errors.js'
import {fileError} from '../../lib/graphs/data-dir.js'
import type {Standing} from './interlock.js'

/** How often the interlock is looked at, and how long a loss has to last before it is believed, in ms. */
const RECHECK_MS = 2000
const SECOND_LOOK_MS = 1000

export interface WatchdogEvents {
  /** Two looks, a second apart, agree that the graph is no longer this daemon's. */
  lost(why: string): void
  /** Every two seconds. */
  tick(): void
  warn(why: string): void
}

/** Looks at the interlock every two seconds, and before every write. */
export class Watchdog {
  readonly #check: () => Standing
  #doubting = false
  readonly #events: WatchdogEvents
  #timer: NodeJS.Timeout | undefined

  constructor(check: () => Standing, events: WatchdogEvents) {
    this.#check = check
    this.#events = events
    this.#timer = setInterval(() => this.#look(), RECHECK_MS)
  }

  /**
   * Allows a write, or refuses it at once.
   * @throws ServerError `repo-locked` when the graph is, or may be, somebody else's; the file system's refusal when that
   *   cannot be seen just now
   */
  requireMine(): void {
    const standing = this.#check()
    if (standing.is === 'mine') return
    if (standing.is === 'lost') {
      this.#doubt(standing.why)
      throw new ServerError('repo-locked', `this server no longer holds its graph: ${standing.why}`)
    }

    const failure = machineError(standing.cause) ?? fileError(standing.cause)
    if (failure) throw failure
    throw new ServerError('repo-locked', `it cannot be seen whether this server still holds its graph: ${standing.why}`)
  }

  /** Is there no doubt that the graph is this daemon's? */
  holds(): boolean {
    return this.#check().is !== 'lost'
  }

  stop(): void {
    clearTimeout(this.#timer) // clears intervals, too
    this.#doubting = true
  }

  #look(): void {
    this.#events.tick()
    const standing = this.#check()
    if (standing.is === 'lost') this.#doubt(standing.why)
  }

  /** What is lost for the blink of an eye (a record that is being replaced) is not lost. */
  #doubt(why: string): void {
    if (this.#doubting) return
    this.#doubting = true
    this.#events.warn(why)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#secondLook(), SECOND_LOOK_MS)
  }

  #secondLook(): void {
    const again = this.#check()
    if (again.is === 'lost') {
      this.#events.lost(again.why)
      return
    }

    this.#doubting = false
    this.#timer = setInterval(() => this.#look(), RECHECK_MS)
  }
}
