import type {createServer as CreateServer, Server, ServerResponse} from 'node:http'
import type {Socket} from 'node:net'

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
  const waiting = new WaitingResponses()
  const server = createServer(timeouts, (request, response) => {
    waiting.add(request.socket, response)
    respond(service, {request, response}, ALL_ROUTES)
  })
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return server
}

/**
 * Responses that a connection sends after others. Node.js closes only the one whose turn it is when the connection ends: the
 * rest would count as requests in flight for ever, keep their memory, and be completed for a client that has left.
 */
class WaitingResponses {
  readonly #ofSocket = new WeakMap<Socket, Set<ServerResponse>>()

  add(socket: Socket, response: ServerResponse): void {
    const open = this.#ofSocket.get(socket) ?? this.#watch(socket)
    open.add(response)
    response.once('close', () => open.delete(response))
  }

  #watch(socket: Socket): Set<ServerResponse> {
    const open = new Set<ServerResponse>()
    this.#ofSocket.set(socket, open)
    socket.once('close', () => {
      for (const response of open) {
        if (response.socket) continue // its turn has come
        response.destroy()
        response.emit('close')
      }
    })
    return open
  }
}
