import {type ErrorCode, ERRORS, ServerError} from '../errors.js'
import type {Answer} from '../lifecycle/inspect/exchange.js'

/** Refusals after which nothing was done, and another daemon may be asked: this one ends, or is another one. */
const ELSEWHERE = new Set(['repo-locked', 'server-stopping', 'unauthorized'])

/** What came of a request: the object of a good answer, or its error. */
export type Outcome = {body: Record<string, unknown>} | {elsewhere: boolean; error: ServerError}

/** Reads the answer to an invoke. */
export function readOutcome({body, status}: Answer): Outcome {
  const read = parseObject(body)
  if (status === 200 && read?.['ok'] === true) return {body: read}
  const {code, message, ...details} = (read?.['error'] ?? {}) as Record<string, unknown>
  const text = typeof message === 'string' ? message : `The server answered with ${status}`
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code)
  return {
    elsewhere: ELSEWHERE.has(String(code)),
    error: new ServerError(known ? (code as ErrorCode) : 'exception', text, {
      details: {...details, status, ...(!known && typeof code === 'string' && {'server-code': code})},
      ...(code === 'exception' && {
        hint: 'The log of the server tells more: db-worker-node-*.log in the graph’s directory.',
      }),
    }),
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined // whatever answers in plain text is told by its status
  }
}
