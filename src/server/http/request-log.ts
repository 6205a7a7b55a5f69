import {randomUUID} from 'node:crypto'

import {systemClock} from '../../lib/clock.js'
import type {LogLevel} from '../../lib/log-level.js'
import type {Request, Response} from './exchange.js'

/** A request that takes longer than this is logged as slow, in ms. */
const SLOW_MS = 1000

/** Response header with the ID under which the log names the request. */
const REQUEST_ID_HEADER = 'x-request-id'

/** Facts that are known of a request when its response has ended. */
export interface RequestTrace {
  /** Method of `/v1/invoke` that was called. */
  call?: string
  /** Code of the error that was sent. */
  code?: string
  /** ID of the request, new for each; clients see it as a response header. */
  readonly id: string
}

/** Writes one line of the log. */
export type WriteLog = (level: LogLevel, message: string, details: Record<string, unknown>) => void

/**
 * Logs a request when its response has ended: as a warning if it took longer than `SLOW_MS`, at level debug otherwise.
 * @param path path without the query, which may contain the token
 * @param streams true for a response that stays open on purpose, which is never slow
 * @returns the trace, which the handlers of the request complete
 */
export function traceRequest(
  log: WriteLog,
  request: Request,
  response: Response,
  {path, streams}: {path: string; streams: boolean},
): RequestTrace {
  const trace: RequestTrace = {id: randomUUID()}
  const began = systemClock.now()
  response.setHeader(REQUEST_ID_HEADER, trace.id)
  response.once('close', () => {
    const ms = Math.round(systemClock.now() - began)
    const slow = !streams && ms > SLOW_MS
    log(slow ? 'warn' : 'debug', slow ? 'slow request' : 'request', {
      request: trace.id,
      http: `${request.method} ${path}`,
      ...(trace.call !== undefined && {method: trace.call}),
      ms,
      outcome: outcomeOf(response, trace),
    })
  })
  return trace
}

/** Returns `aborted` if the client left before the end of the response, else the status, with the code of an error. */
function outcomeOf(response: Response, {code}: RequestTrace): string {
  if (!response.writableFinished) return 'aborted'
  return code === undefined ? String(response.statusCode) : `${response.statusCode} ${code}`
}
