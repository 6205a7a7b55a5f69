import {connect, type Socket} from 'node:net'

import {ConnectionClosed, type HttpRequest, type HttpResponse, LOOPBACK, type OpenResponse} from './exchange.js'
import {sendRequest} from './send-request.js'

/** Far more than any response of the lifecycle endpoints; a listener that sends more is not a server of ours. */
const MAX_BODY_BYTES = 1024 * 1024

/**
 * One TCP connection to a port of this machine. A second request goes over the connection of the first or fails:
 * what a listener has proven holds for its connection only, since a port can change hands.
 */
export class Connection {
  #isClosed = false
  /** True while no request is under way. */
  #isFree = true
  readonly #port: number
  #socket: Socket | undefined

  constructor(port: number) {
    this.#port = port
  }

  /**
   * Sends a request and reads the whole response.
   * @throws as `open`; ResponseTooLarge; what `onPart` throws
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const {body, status} = await this.open({maxBytes: MAX_BODY_BYTES, ...request})
    const onPart = status === 200 ? request.onPart : undefined
    const parts: Buffer[] = []
    for await (const part of body as AsyncIterable<Buffer>) {
      if (onPart) await onPart(part)
      else parts.push(part)
      request.signal.throwIfAborted() // the rest may have arrived before
    }

    return {body: Buffer.concat(parts).toString('utf8'), status}
  }

  /**
   * Sends a request and leaves the body to the caller, as a stream that may never end.
   * @throws ConnectionClosed if the connection cannot take the request; the network's error, or the reason of the signal
   */
  async open(request: HttpRequest): Promise<OpenResponse> {
    request.signal.throwIfAborted()
    if (this.#isClosed || !this.#isFree || this.#socket?.destroyed) throw new ConnectionClosed()
    this.#socket ??= this.#connect()
    const socket = this.#socket.ref()
    const response = sendRequest(socket, this.#port, request, () => {
      this.#isFree = true
      socket.unref() // a client that was not closed does not keep its program running
    })
    this.#isFree = false
    return response
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.destroy()
  }

  #connect(): Socket {
    const socket = connect({host: LOOPBACK, noDelay: true, port: this.#port})
    socket.on('error', () => {}) // the request under way gets it; between two requests it has no receiver
    socket.on('end', () => socket.destroy()) // a server that has closed its side takes no request
    socket.on('data', () => {
      if (this.#isFree) socket.destroy() // a response without a request: RFC 9112, 6.3
    })
    return socket
  }
}
