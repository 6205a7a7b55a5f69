/** A refusal of the server, or no answer. */
export class ClientError extends Error {
  /** One of the codes of docs/errors.md; `server-unreachable` when the graph's server did not answer. */
  readonly code: string
  readonly details: Record<string, unknown>
  /** HTTP status, 0 without an answer. */
  readonly status: number

  constructor(code: string, message: string, {details = {}, status = 0, cause}: ClientErrorOptions = {}) {
    super(message, {cause})
    this.name = 'ClientError'
    this.code = code
    this.details = details
    this.status = status
  }
}

interface ClientErrorOptions {
  cause?: unknown
  details?: Record<string, unknown>
  status?: number
}

/** The error of a server that did not answer, or that is not the one that was meant. */
export function unreachable(message: string, cause?: unknown): ClientError {
  return new ClientError('server-unreachable', message, {cause})
}
