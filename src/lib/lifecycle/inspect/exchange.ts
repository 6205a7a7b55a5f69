import {systemCode} from '../../errors.js'

/** How long a daemon has to answer before it counts as unresponsive, in ms. */
export const PROBE_MS = 1000

/** The only address a daemon is ever looked for at, whatever a record says. */
export const LOOPBACK = '127.0.0.1'

export interface HttpResponse {
  body: string
  status: number
}

export interface HttpRequest {
  body?: unknown
  headers?: Record<string, string>
  maxBytes?: number
  method?: 'GET' | 'POST'
  /** Takes the parts of a good answer's body as they arrive, which are not kept then. More is read when it has returned. */
  onPart?: ((part: Uint8Array) => Promise<void> | void) | undefined
  path: string
  /** Bounds the whole exchange, the body included. */
  signal: AbortSignal
}

/** A question was not sent: the connection of the ones before it is closed. */
export class ConnectionClosed extends Error {
  constructor() {
    super('the connection was closed')
  }
}

/** Did the other side go away, so that nobody knows what became of the question? */
export function isBroken(error: unknown): boolean {
  return ['ECONNABORTED', 'ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '')
}
