import {ServerError} from '../../lib/errors.js'
import type {Request, Response} from './exchange.js'

/** The page that may call the server from a browser: what Logseq's desktop renderer sends as its origin. */
export const DEFAULT_ORIGIN = 'lsp://logseq.com'

/**
 * Refuses a request that was meant for another name: a page whose host name was pointed at 127.0.0.1 (DNS rebinding)
 * still sends its own name as Host.
 */
export function requireHost(request: Request): void {
  const [host, another] = request.headersDistinct['host'] ?? []
  const {localPort} = request.socket
  if (another === undefined && (host === `127.0.0.1:${localPort}` || host === `localhost:${localPort}`)) return
  throw new ServerError('forbidden-host', 'this server answers as 127.0.0.1 and localhost only')
}

/** Lets the configured origin, and no other, read the answers. */
export function allowOrigin(request: Request, response: Response, origin: string): void {
  response.setHeader('vary', 'origin')
  if (request.headers.origin !== origin) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-headers', 'Authorization, Content-Type, X-Challenge') // the last is CHALLENGE_HEADER
  response.setHeader('access-control-allow-methods', 'GET, POST, OPTIONS')
}
