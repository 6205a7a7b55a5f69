import type {createServer as CreateServer, Server} from 'node:http'

import {respond} from './respond.js'
import {ALL_ROUTES} from './routes.js'
import type {Service} from './service.js'

/**
 * Maximum time that a client may take for the head of a request, and for all of it; interval of the check; and time without a
 * request after which a connection is closed. In ms.
 */
export const TIMEOUTS = {
  connectionsCheckingInterval: 5000,
  headersTimeout: 20_000,
  keepAliveTimeout: 5000,
  requestTimeout: 120_000,
}

/**
 * Creates the HTTP server of Node.js, not yet listening. No request, however malformed, ends the process. The module is loaded
 * here: a server that is only started, seen and stopped does without it.
 */
export function createHttpServer(service: Service, timeouts: typeof TIMEOUTS): Server {
  const {createServer} = process.getBuiltinModule('node:http') as {createServer: typeof CreateServer}
  const server = createServer(timeouts, (request, response) => respond(service, {request, response}, ALL_ROUTES))
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return server
}
