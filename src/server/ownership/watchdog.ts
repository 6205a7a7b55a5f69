import {machineError, ServerError} from '../../lib/errors.js'
import {fileError} from '../../lib/files/file-error.js'
import {FileWatch} from './file-watch.js'
import type {OwnershipStatus} from './interlock.js'

/** Interval of checks of the interlock, and how long a loss has to last before the server acts on it, in ms. */
const RECHECK_MS = 2000
const CONFIRM_MS = 1000

/**
 * Number of looks before a rest. A file that changed before the first one may change again without another time, since file systems count
 * in ticks of some ms: the second one reads it again.
 */
const LOOKS = 2

export interface WatchdogEvents {
  /** Two looks, a second apart, agree that the graph is no longer this server's. */
  lost(why: string): void
  /** Called when it looks no more until a request comes or a file changes. */
  rest(): void
  /**
   * Called at every look.
   * @param isHeld false if the graph is no longer this server's
   * @returns false if it has to be called again after two seconds, even if no file changes
   */
  tick(isHeld: boolean): boolean
  warn(why: string): void
}

/**
 * Looks at the interlock before every write, and every two seconds while the server is used or a file changes. At rest, libuv watches
 * the files as often. V8 optimises what it runs every two seconds after some minutes, and 4 MiB of its compiler stay in
 * memory for that.
 */
export class Watchdog {
  readonly #check: () => OwnershipStatus
  readonly #events: WatchdogEvents
  #files: FileWatch | undefined
  #isConfirming = false
  #looksLeft = LOOKS
  readonly #paths: readonly string[]
  readonly #recheckMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param paths files on which the check and the events depend */
  constructor(check: () => OwnershipStatus, events: WatchdogEvents, paths: readonly string[], recheckMs = RECHECK_MS) {
    this.#check = check
    this.#events = events
    this.#paths = paths
    this.#recheckMs = recheckMs
    this.wake()
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
    const status = this.#check()
    if (status.is === 'lost') this.#confirmLoss(status.why)
    else if (status.is === 'unknown') this.wake()
    return status.is !== 'lost'
  }

  /** Ends a rest: called when the server is used. */
  wake(): void {
    if (this.#isConfirming) return
    this.#looksLeft = LOOKS
    this.#timer ??= setInterval(() => this.#look(), this.#recheckMs)
  }

  stop(): void {
    this.#stopLooking()
    this.#files?.close()
    this.#isConfirming = true
  }

  #stopLooking(): void {
    clearTimeout(this.#timer) // clears intervals, too
    this.#timer = undefined
  }

  #look(): void {
    const status = this.#check()
    const isSettled = this.#events.tick(status.is !== 'lost')
    if (status.is === 'lost') this.#confirmLoss(status.why)
    else if (status.is === 'held' && isSettled) this.#approachRest()
    else this.#looksLeft = LOOKS
  }

  /** Begins to watch the files, and rests at the second call: the looks in between see changes that the watch misses. */
  #approachRest(): void {
    this.#looksLeft -= 1
    if (this.#looksLeft > 0) return
    if (this.#files) {
      this.#stopLooking()
      this.#events.rest()
    } else {
      this.#files = new FileWatch(this.#paths, this.#recheckMs, () => this.#changed())
      this.#looksLeft = LOOKS
    }
  }

  #changed(): void {
    const isResting = this.#timer === undefined
    this.wake()
    if (isResting && !this.#isConfirming) this.#look()
  }

  /** Warns of a loss, and checks again before it counts. A record that is being replaced is missing only briefly. */
  #confirmLoss(why: string): void {
    if (this.#isConfirming) return
    this.#isConfirming = true
    this.#events.warn(why)
    this.#stopLooking()
    this.#timer = setTimeout(() => this.#recheck(), CONFIRM_MS)
  }

  #recheck(): void {
    const again = this.#check()
    if (again.is === 'lost') {
      this.#events.lost(again.why)
      return
    }

    this.#isConfirming = false
    this.#timer = undefined
    this.wake()
  }
}
