import type {Socket} from 'node:net'

import {DirectRequest, DirectResponse} from './direct-exchange.js'
import {readDirectRequest, type WholeRequest} from './direct-request.js'
import type {Request, Response} from './exchange.js'

/** Maximum time for the first request, and between two as responses announce it, in ms. */
export interface DirectTimeouts {
  headersTimeout: number
  keepAliveTimeout: number
}

/** A request that is sent at the end of the announced time arrives later. Node.js allows as much, in ms. */
const LATE_MS = 1000

/** Answers the requests of a connection, and takes it for the others. */
export interface Receiver {
  /** Returns true for a request that `respond` can answer. */
  isDirect(request: WholeRequest): boolean
  /** Takes the connection from now on. The bytes that have arrived are in its socket. */
  pass(): void
  respond(request: Request, response: Response): void
}

/**
 * Reads the requests of a connection until one comes that is not direct. The HTTP server of Node.js takes all that follows. Most
 * connections end before.
 */
export class DirectConnection {
  readonly #receiver: Receiver
  readonly #socket: Socket
  readonly #timeouts: DirectTimeouts

  constructor(socket: Socket, receiver: Receiver, timeouts: DirectTimeouts) {
    this.#receiver = receiver
    this.#socket = socket
    this.#timeouts = timeouts
  }

  open(): void {
    const socket = this.#socket
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('timeout', this.#onTimeout)
    socket.setTimeout(this.#timeouts.headersTimeout)
  }

  readonly #onEnd = () => this.#socket.end()
  readonly #onError = () => {} // the connection is closed, and its client is gone
  readonly #onTimeout = () => this.#socket.destroy()

  readonly #onData = (bytes: Buffer) => {
    const request = readDirectRequest(bytes)
    if (request && this.#receiver.isDirect(request)) this.#respond(request)
    else this.#pass(bytes)
  }

  /** The next request waits in the socket until the response is sent. After the last one of a connection, none is read. */
  #respond(request: WholeRequest): void {
    const socket = this.#socket
    const {keepAliveTimeout} = this.#timeouts
    const response = new DirectResponse(socket, keepAliveTimeout)
    socket.pause()
    socket.setTimeout(0)
    response.once('close', () => {
      if (socket.writableEnded) return
      socket.setTimeout(keepAliveTimeout + LATE_MS)
      socket.resume()
    })
    this.#receiver.respond(new DirectRequest(request, socket), response)
  }

  #pass(bytes: Buffer): void {
    const socket = this.#socket
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('timeout', this.#onTimeout)
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(bytes)
    this.#receiver.pass()
    socket.resume()
  }
}
