import type {ErrorCode} from '../lib/errors.js'

/** Code of an error: one of docs/errors.md, or that of a server that did not respond. */
export type ClientErrorCode = 'server-unreachable' | ErrorCode

/** Error that a server returned, or that prevented a response. */
export class ClientError extends Error {
  /**
   * Error code, listed in docs/errors.md; `server-unreachable` if the server did not respond. A newer server may send one that is
   * not listed: give a `switch` a default.
   */
  readonly code: ClientErrorCode
  /** Further fields of the error, such as `repo`. */
  readonly details: Record<string, unknown>
  /** HTTP status, or 0 without a response. */
  readonly status: number

  constructor(code: ClientErrorCode, message: string, {details = {}, status = 0, cause}: ClientErrorOptions = {}) {
    super(message, {cause})
    this.name = 'ClientError'
    this.code = code
    this.details = details
    this.status = status
  }
}

/** Optional parts of a `ClientError`. */
export interface ClientErrorOptions {
  cause?: unknown
  details?: Record<string, unknown>
  status?: number
}

/** Creates the error for a server that did not respond, or that is not the expected one. */
export function unreachable(message: string, cause?: unknown): ClientError {
  return new ClientError('server-unreachable', message, {cause})
}
