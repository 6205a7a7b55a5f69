import type {Server as HttpServer} from 'node:http'
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net'

import {DatagramListener} from './datagram-listener.js'
import {DirectConnection, type Receiver} from './direct-connection.js'
import {respond} from './respond.js'
import {SHORT_ROUTES} from './routes.js'
import {createHttpServer, TIMEOUTS} from './server.js'
import type {Service} from './service.js'

/**
 * Connections that may wait to be accepted. Beyond that, the system ignores those that come, and their programs try again
 * after 1 s, 3 s, 7 s. The default, 511, is less than what one program can open at once.
 */
const BACKLOG = 4096

/** Requests of the lifecycle. Their responses have a length. */
const DIRECT: ReadonlySet<string> = new Set(['GET /healthz', 'GET /v1/status', 'POST /v1/shutdown'])

/**
 * The port of a server, for TCP and UDP. Requests of the lifecycle are read here: they are most of what an idle server gets, and the
 * HTTP server of Node.js would be loaded, and compiled, for them. It gets all others, and is made for the first.
 */
export class Listener {
  readonly #datagrams: DatagramListener
  readonly #direct = new Set<Socket>()
  #http: HttpServer | undefined
  readonly #server: Server
  readonly #service: Service
  readonly #timeouts: typeof TIMEOUTS

  /** @param onConnection called for each connection */
  constructor(service: Service, onConnection: () => void, timeouts = TIMEOUTS) {
    this.#datagrams = new DatagramListener(service)
    this.#service = service
    this.#timeouts = timeouts
    this.#server = createServer({allowHalfOpen: true, noDelay: true}) // as the HTTP server of Node.js does
    service.connections.watch(this.#server)
    this.#server.on('connection', (socket) => {
      onConnection()
      this.#accept(socket)
    })
  }

  /** Listens on a free port of 127.0.0.1. @returns the port */
  async listen(): Promise<number> {
    const port = await this.#listen()
    await this.#datagrams.listen(port) // before the record names the port: who reads it asks
    return port
  }

  #listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({backlog: BACKLOG, host: '127.0.0.1', port: 0}, () =>
        resolve((this.#server.address() as AddressInfo).port),
      )
    })
  }

  /**
   * Closes the connections that have sent something. The port stays open, and one that has just come gets its response: one of Logseq's
   * clients takes a lost one for the end of the server, and then waits long for a server that is still there.
   */
  closeUsed(): void {
    this.#http?.closeAllConnections()
    for (const socket of this.#direct) if (socket.bytesRead > 0) socket.destroy()
  }

  /** Closes the port and the connections. */
  close(): Promise<void> {
    this.#datagrams.close()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#http?.close()
      this.#http?.closeAllConnections()
      for (const socket of this.#direct) socket.destroy()
    })
  }

  #accept(socket: Socket): void {
    this.#direct.add(socket)
    socket.once('close', () => this.#direct.delete(socket))
    const receiver: Receiver = {
      isDirect: ({method, path}) => DIRECT.has(`${method} ${path}`),
      pass: () => {
        this.#direct.delete(socket)
        this.#http ??= this.#createHttp()
        this.#http.emit('connection', socket)
      },
      respond: (request, response) => respond(this.#service, {request, response}, SHORT_ROUTES),
    }
    new DirectConnection(socket, receiver, this.#timeouts).open()
  }

  /** Node.js takes connections by the event `connection`. From the event `listening` on, it bounds the time of their requests. */
  #createHttp(): HttpServer {
    const http = createHttpServer(this.#service, this.#timeouts)
    http.emit('listening')
    return http
  }
}
