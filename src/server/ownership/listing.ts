import {messageOf} from '../../lib/errors.js'
import type {LockRecord} from '../../lib/lock/record.js'
import {
  addToServerList,
  isListed,
  linesLeftBy,
  type ListedServer,
  type ListOptions,
  removeFromServerList,
  serverListPath,
} from '../../lib/lock/server-list.js'
import type {System} from '../../lib/process/system.js'
import {KeptRead} from './kept-read.js'

/**
 * Maximum time to try for the lock of the list, in ms. The first is for adding the line, before the next look; the
 * second for removing it at the end.
 */
const ADD_MS = 1500
const REMOVE_MS = 500

/**
 * The line of this server in Logseq's list of servers, in which Logseq's programs look for it. It is there while the
 * server is ready and its record names it. Nothing depends on it: a list that cannot be written is logged, and tried again.
 */
export class Listing {
  #ending = new AbortController()
  readonly #isListed: KeptRead<boolean>
  readonly #log: (line: string, details: Record<string, unknown>) => void
  #logged = ''
  readonly #rootDir: string
  readonly #server: ListedServer
  readonly #system: System
  #wanted = false
  /** One change at a time. */
  #work: Promise<void> = Promise.resolve()

  /**
   * @param rootDir the directory of the list
   * @param log takes what keeps the line from being written
   */
  constructor(
    system: System,
    rootDir: string,
    server: ListedServer,
    log: (line: string, details: Record<string, unknown>) => void,
  ) {
    this.#system = system
    this.#isListed = new KeptRead(serverListPath(rootDir), () => isListed(rootDir, server))
    this.#rootDir = rootDir
    this.#server = server
    this.#log = log
  }

  /** Adds the line. @returns when it is there, or when the list could not be had in time; the next `check` tries again */
  add(): Promise<void> {
    this.#wanted = true
    if (this.#ending.signal.aborted) this.#ending = new AbortController()
    return this.#enqueue(() => this.#add())
  }

  /**
   * Adds the line if it is not there: another program may have lost it by writing an older copy of the list.
   * @returns true if it is there
   */
  check(): boolean {
    const isListed = this.#isListed.read()
    if (!isListed) void this.add()
    return isListed
  }

  /** Removes what the last server of the graph has left, which was killed. @param record that server's */
  clear(record: LockRecord): Promise<void> {
    return this.#enqueue(async () => {
      const lines = await linesLeftBy(this.#system, this.#rootDir, record)
      return this.#whileWanted((options) => removeFromServerList(this.#system, this.#rootDir, lines, options))
    })
  }

  /**
   * Removes the line, or gives up after half a second: readers pass over the line of a process that is gone.
   * @param removed called in the turn in which the line is removed; not at all if there was none
   */
  remove(removed?: () => void): Promise<void> {
    this.#wanted = false
    this.#ending.abort()
    return this.#enqueue(() => this.#remove(removed))
  }

  #enqueue(act: () => Promise<boolean>): Promise<void> {
    this.#work = this.#work.then(act).then(
      (done) => this.#note(done ? '' : 'another program holds the lock of the list'),
      (error: unknown) => this.#note(messageOf(error)),
    )
    return this.#work
  }

  #add(): Promise<boolean> {
    return this.#whileWanted((options) => addToServerList(this.#system, this.#rootDir, this.#server, options))
  }

  /** Changes the list, unless the line is to be removed by now: a stop does not wait for what comes to nothing. */
  async #whileWanted(change: (options: ListOptions) => Promise<boolean>): Promise<boolean> {
    if (!this.#wanted) return true
    const {signal} = this.#ending
    try {
      return await change({ms: ADD_MS, signal})
    } catch (error) {
      if (signal.aborted) return true
      throw error
    }
  }

  #remove(removed?: () => void): Promise<boolean> {
    const options = {ms: REMOVE_MS, ...(removed && {written: removed})}
    return removeFromServerList(this.#system, this.#rootDir, [this.#server], options)
  }

  /** Each reason is logged once: the list is tried every two seconds. */
  #note(why: string): void {
    if (why !== '' && why !== this.#logged) this.#log('cannot write the list of servers', {root: this.#rootDir, why})
    this.#logged = why
  }
}
