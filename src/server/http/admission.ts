import type {IncomingMessage, ServerResponse} from 'node:http'
import {ServerError} from '../../lib/errors.js'

import {sameSecret} from '../../lib/lock/proof.js'

/** The page that may call the daemon from a browser: what Logseq's desktop renderer sends as its origin. */
export const DEFAULT_ORIGIN = 'lsp://logseq.com'

/**
 * Refuses a request that was meant for another name: a page whose host name was pointed at 127.0.0.1 (DNS rebinding)
 * still sends its own name as Host.
 */
export function requireHost(request: IncomingMessage): void {
  const {host} = request.headers
  const {localPort} = request.socket
  if (host === `127.0.0.1:${localPort}` || host === `localhost:${localPort}`) return
  throw new ServerError('forbidden-host', 'this server answers as 127.0.0.1 and localhost only')
}

/** Refuses a request without the daemon's token. Event streams may carry it in the query: EventSource cannot set headers. */
export function requireToken(request: IncomingMessage, token: string, query?: URLSearchParams): void {
  const header = request.headers.authorization
  const given = header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : query?.get('access_token')
  if (!given || !sameSecret(given, token)) throw new ServerError('unauthorized', 'the auth-token is missing or wrong')
}

/** Lets the configured origin, and no other, read the answers. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, origin: string): void {
  response.setHeader('vary', 'origin')
  if (request.headers.origin !== origin) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-headers', 'Authorization, Content-Type, X-Challenge')
  response.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS')
}
