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
  /** Disconnect clients that do not read their responses; the one that has been waiting longest is first. */
  readonly #unread = new Set<() => void>()
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
    const end = () => {
      if (over) return
      over = true
      this.#held -= mine
      this.#unread.delete(drop)
    }

    const drop = () => {
      end()
      response.destroy()
    }

    response.once('close', end)
    return {
      hold: (bytes) => {
        if (over) return // what is still being done for it is ended in a moment
        if (mine + bytes > SMALL) this.#makeRoom(bytes)
        mine += bytes
        this.#held += bytes
      },
      setUnread: (isUnread) => {
        if (isUnread && !over) this.#unread.add(drop)
        else this.#unread.delete(drop)
      },
    }
  }

  /** @throws ServerError `server-busy` */
  #makeRoom(bytes: number): void {
    for (const drop of this.#unread) {
      if (this.#held + bytes <= this.#max) return
      drop()
    }

    if (this.#held + bytes > this.#max)
      throw new ServerError('server-busy', `${this.#what} of all requests together take too much memory`)
  }
}

/** Memory that one request holds. */
export interface MemoryShare {
  /** Counts more bytes in memory. @throws ServerError `server-busy`; nothing more is held then */
  hold(bytes: number): void
  /** True: the client may be disconnected when its memory is needed, because it does not read its response. */
  setUnread(isUnread: boolean): void
}
