import {ServerError} from '../errors.js'
import type {Graph} from '../graphs/locate.js'
import {isBroken} from '../lifecycle/inspect/exchange.js'

/** Reason of a request that was given up. */
export class NoResponse extends Error {
  /** @param ms time that the client has waited */
  constructor(ms: number) {
    super(`no response in ${ms / 1000} s`)
  }
}

/**
 * Creates the error for a server that was ready, and did not respond.
 * @param cause what the connection threw, if it was used
 * @param isPartial a part of the result has arrived, and was passed on
 */
export function unreachable({name, repo}: Graph, cause?: unknown, isPartial = false): ServerError {
  const broken = isBroken(cause)
  const what = broken ? `The server of ${name} closed the connection` : `The server of ${name} does not respond`
  const when =
    cause instanceof NoResponse ? `: ${cause.message}` : broken && !isPartial ? ' before it had responded' : ''
  return new ServerError('server-unresponsive', what + when + (isPartial ? '. The result is incomplete' : ''), {
    cause,
    details: {repo},
    hint: broken ? 'Run it again: `logseq COMMAND`. `logseq server logs` may show the reason.' : undefined,
  })
}
