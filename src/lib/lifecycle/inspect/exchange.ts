import type {Readable} from 'node:stream'

import type {Clock} from '../../clock.js'
import {systemCode} from '../../errors.js'

/** Time for a server to respond before it counts as unresponsive, in ms. */
export const PROBE_MS = 1000

/** Address of every server, whatever a record says. */
export const LOOPBACK = '127.0.0.1'

export interface HttpResponse {
  body: string
  status: number
}

/** Response whose body is still arriving. */
export interface OpenResponse {
  body: Readable
  status: number
}

export interface HttpRequest {
  body?: unknown
  headers?: Record<string, string>
  /** Maximum size of the body of the response. */
  maxBytes?: number
  method?: 'GET' | 'POST'
  /**
   * Receives the parts of a successful response while they arrive; they are not kept. More is read when it has
   * returned.
   */
  onPart?: ((part: Uint8Array) => Promise<void> | void) | undefined
  path: string
  /** Bounds the whole exchange, including the body. */
  signal: AbortSignal
}

/** Thrown when a request was not sent, because the connection had been closed. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'

  constructor() {
    super('the connection was closed')
  }
}

/** Returns true if a request was not sent. Checks the name: what is loaded later may have a class of its own. */
export function isClosed(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConnectionClosed'
}

/** Thrown when a response is longer than its reader accepts. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge'

  /** @param bytes maximum size */
  constructor(bytes: number) {
    super(`the response exceeds ${bytes} bytes`)
  }
}

/** Returns true if a response was too long. Checks the name, as `isClosed` does. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.name === 'ResponseTooLarge'
}

/** Returns true if the connection broke, so that the outcome of the request is unknown. */
export function isBroken(error: unknown): boolean {
  return ['ECONNABORTED', 'ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '')
}

/**
 * Pauses in ms before a request is repeated whose connection the server closed. Four, since a server that lacks room for
 * another connection closes the oldest that has not shown the token: soon this one, where very many come in.
 */
const PAUSES = [5, 20, 60, 150]

/**
 * Repeats requests while the server closes their connection. Only for requests that may be executed twice.
 * @param ask opens a connection of its own each time
 * @throws the last error of `ask`; the first one that is not a closed connection, such as a refused one or a timeout
 */
export async function repeatIfClosed<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await ask()
    } catch (error) {
      if (!isBroken(error) && !isClosed(error)) throw error
      await clock.sleep(pause)
    }
  }

  return ask()
}
