import type {ServerResponse} from 'node:http'

import {ServerError} from '../../lib/errors.js'

/** Memory that all requests together may hold, in bytes. One of the maximum size fits if it is alone. */
export const MAX_BODIES = 192 * 1024 * 1024
export const MAX_ANSWERS = 256 * 1024 * 1024

/** Memory that a value of a body takes beside its text, in bytes. */
export const VALUE_BYTES = 64

/** Requests below this size are never refused, in bytes: a small one is accepted while large ones wait. */
const SMALL = 64 * 1024

/** Memory that all requests together hold. */
export class MemoryBudget {
  #held = 0
  readonly #max: number
  readonly #what: string

  /** @param what it is that is held, for the message */
  constructor(max: number, what: string) {
    this.#max = max
    this.#what = what
  }

  /** The part of one request, until it is answered or its client has left. */
  shareOf(response: ServerResponse): MemoryShare {
    let mine = 0
    let over = response.closed
    response.once('close', () => {
      over = true
      this.#held -= mine
    })
    return {
      hold: (bytes) => {
        if (over) return // what is still being done for it is ended in a moment
        if (mine + bytes > SMALL && this.#held + bytes > this.#max)
          throw new ServerError('server-busy', `${this.#what} of all requests together take too much memory`)
        mine += bytes
        this.#held += bytes
      },
    }
  }
}

/** Memory that one request holds. */
export interface MemoryShare {
  /** Counts more bytes in memory. @throws ServerError `server-busy`; nothing more is held then */
  hold(bytes: number): void
}
