import {accessOf, METHOD_NAMES, shortName, usageOf} from '../../protocol/methods/all.js'
import {type ErrorCode, ERRORS, messageOf, ServerError} from '../errors.js'
import {parseObject} from '../fields.js'
import {hintOfErrno} from '../files/file-error.js'
import type {HttpResponse} from '../lifecycle/inspect/exchange.js'
import {nearest} from '../nearest.js'

/** Codes of refusals after which nothing was done, so that another server may be asked. */
const RETRYABLE_CODES = new Set(['repo-locked', 'server-stopping', 'unauthorized'])

/** Outcome of a request: the body of a successful response, or the error. */
export type Outcome = {body: Record<string, unknown>} | {elsewhere: boolean; error: ServerError}

/** Reads the response to an invoke. */
export function readOutcome({body, status}: HttpResponse): Outcome {
  const read = parseObject(body)
  if (status === 200 && read?.['ok'] === true) return {body: read}
  const {code, message, ...details} = (read?.['error'] ?? {}) as Record<string, unknown>
  const text = typeof message === 'string' ? message : textOf(status)
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code)
  return {
    elsewhere: RETRYABLE_CODES.has(String(code)),
    error: new ServerError(known ? (code as ErrorCode) : 'exception', text, {
      details: {...details, status, ...(!known && typeof code === 'string' && {'server-code': code})},
      hint: known ? hintFor(code as ErrorCode, details) : undefined,
    }),
  }
}

/** Describes a response without an error of ours. */
function textOf(status: number): string {
  const text = `The server responded with status ${status}`
  return status === 200 ? `${text} and a body that is not its JSON` : text
}

/** Creates the error for a successful response with another content than a server of ours sends. */
export function unreadable(graph: string, cause: unknown): ServerError {
  return new ServerError('exception', `The response of the server of ${graph} cannot be read: ${messageOf(cause)}`, {
    cause,
  })
}

/** Returns a hint for an error of the server whose details say more than its code. */
function hintFor(code: ErrorCode, {errno, method}: Record<string, unknown>): string | undefined {
  switch (code) {
    case 'data-dir-permission':
    case 'disk-failed':
      return typeof errno === 'string' ? hintOfErrno(errno) : undefined
    case 'exception':
      return 'See the server’s log for details: db-worker-node-*.log in the graph’s directory.'
    case 'invalid-arguments':
      if (typeof method !== 'string' || accessOf(method) === undefined) return undefined
      // Not as a command: a shell would take `a|b` for a pipeline.
      return `Usage: \`${usageOf(method)}\`; \`logseq invoke --help\` lists the methods.`
    case 'unknown-method': {
      const like = typeof method === 'string' ? nearest(shortName(method), METHOD_NAMES) : undefined
      return like && `Did you mean \`logseq invoke ${like}\`? \`logseq invoke --help\` lists the methods.`
    }

    default:
      return undefined
  }
}
