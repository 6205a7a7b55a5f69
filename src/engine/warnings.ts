import type {Keyword} from '../values/scalars.js'
import {checkAttribute, type Warn} from './attributes.js'
import type {Database} from './database.js'

/** Maximum number of warnings of one request: to find the nearest name takes time, and a person reads the first. */
const MAX_WARNINGS = 20

/** Passes the first warnings of a request on, each once. */
export class Warnings {
  readonly #reported = new Set<string>()
  /** Attributes that were reported: to look for the nearest of each takes time. */
  readonly #unknown = new Set<Keyword>()
  readonly #warn: Warn

  constructor(warn: Warn) {
    this.#warn = warn
  }

  /** True if no other warning is passed on. */
  get isFull(): boolean {
    return this.#reported.size === MAX_WARNINGS
  }

  /** Warns of an attribute that a graph does not have. @param check decides, and makes the message */
  attribute(db: Database, attribute: Keyword, check = checkAttribute): void {
    if (this.isFull || this.#unknown.has(attribute)) return
    check(db, attribute, (message) => {
      this.#unknown.add(attribute)
      this.report(message)
    })
  }

  report(message: string): void {
    if (this.isFull || this.#reported.has(message)) return
    this.#reported.add(message)
    this.#warn(message)
  }
}
