import {machineError, ServerError} from '../../lib/errors.js'
import {fileError} from '../../lib/files/file-error.js'
import type {OwnershipStatus} from './interlock.js'

/** Interval of checks of the interlock, and how long a loss has to last before the server acts on it, in ms. */
const RECHECK_MS = 2000
const CONFIRM_MS = 1000

export interface WatchdogEvents {
  /** Two looks, a second apart, agree that the graph is no longer this server's. */
  lost(why: string): void
  /** Called every two seconds. @param isHeld false if the graph is no longer this server's, or may not be */
  tick(isHeld: boolean): void
  warn(why: string): void
}

/** Looks at the interlock every two seconds, and before every write. */
export class Watchdog {
  readonly #check: () => OwnershipStatus
  #isConfirming = false
  readonly #events: WatchdogEvents
  #timer: NodeJS.Timeout | undefined

  constructor(check: () => OwnershipStatus, events: WatchdogEvents) {
    this.#check = check
    this.#events = events
    this.#timer = setInterval(() => this.#look(), RECHECK_MS)
  }

  /**
   * Allows a write, or refuses it at once.
   * @throws ServerError `repo-locked` if the graph has, or may have, another owner; the file system's error if that
   * cannot be checked now
   */
  assertOwnership(): void {
    const status = this.#check()
    if (status.is === 'held') return
    if (status.is === 'lost') {
      this.#confirmLoss(status.why)
      throw new ServerError('repo-locked', `this server no longer holds its graph: ${status.why}`)
    }

    const failure = machineError(status.cause) ?? fileError(status.cause)
    if (failure) throw failure
    throw new ServerError('repo-locked', `cannot verify that this server still holds its graph:  ${status.why}`)
  }

  /** True if the graph certainly belongs to this server. */
  isHeld(): boolean {
    return this.#check().is !== 'lost'
  }

  stop(): void {
    clearTimeout(this.#timer) // clears intervals, too
    this.#isConfirming = true
  }

  #look(): void {
    const status = this.#check()
    this.#events.tick(status.is !== 'lost')
    if (status.is === 'lost') this.#confirmLoss(status.why)
  }

  /** Warns of a loss, and checks again before it counts. A record that is being replaced is missing only briefly. */
  #confirmLoss(why: string): void {
    if (this.#isConfirming) return
    this.#isConfirming = true
    this.#events.warn(why)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#recheck(), CONFIRM_MS)
  }

  #recheck(): void {
    const again = this.#check()
    if (again.is === 'lost') {
      this.#events.lost(again.why)
      return
    }

    this.#isConfirming = false
    this.#timer = setInterval(() => this.#look(), RECHECK_MS)
  }
}
