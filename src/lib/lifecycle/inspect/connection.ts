import {connect, type Socket} from 'node:net'
import {Readable} from 'node:stream'

import {ConnectionClosed, type HttpRequest, type HttpResponse, LOOPBACK, type OpenResponse} from './exchange.js'
import {type Receiver, sendRequest, type Sent} from './send-request.js'

/** Far more than any response of the lifecycle endpoints; a listener that sends more is not a server of ours. */
const MAX_BODY_BYTES = 1024 * 1024

/** Bytes of a stream that are kept before the socket is paused. */
const BUFFERED_BYTES = 64 * 1024

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
    const bounded = {maxBytes: MAX_BODY_BYTES, ...request}
    return request.onPart ? this.#pass(bounded, request.onPart) : this.#collect(bounded)
  }

  /**
   * Sends a request and leaves the body to the caller, as a stream that may never end.
   * @throws ConnectionClosed if the connection cannot take the request; the network's error, or the reason of the signal
   */
  async open(request: HttpRequest): Promise<OpenResponse> {
    return new Promise((resolve, reject) => {
      let body: Readable | undefined
      const sent = this.#start(request, {
        onEnd: () => body?.push(null),
        onError(error) {
          if (body) body.destroy(error)
          else reject(error)
        },
        onPart: (part) => body?.push(part) ?? true,
        onStatus(status) {
          body = bodyOf(sent)
          resolve({body, status})
        },
      })
    })
  }

  close(): void {
    this.#isClosed = true
    // Node.js compares a socket that is destroyed with process.stderr, which creates that stream. Most commands have exited before.
    const socket = this.#socket
    if (socket) setImmediate(() => socket.destroy())
  }

  /** Without a stream, which costs more than such a request. */
  #collect(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      let status = 0
      this.#start(request, {
        onEnd: () => resolve({body: Buffer.concat(parts).toString('utf8'), status}),
        onError: reject,
        onPart: (part) => parts.push(part) > 0,
        onStatus(received) {
          status = received
        },
      })
    })
  }

  async #pass(request: HttpRequest, onPart: NonNullable<HttpRequest['onPart']>): Promise<HttpResponse> {
    const {body, status} = await this.open(request)
    const parts: Buffer[] = []
    for await (const part of body as AsyncIterable<Buffer>) {
      if (status === 200) await onPart(part)
      else parts.push(part)
      request.signal.throwIfAborted() // the rest may have arrived before
    }

    return {body: Buffer.concat(parts).toString('utf8'), status}
  }

  /** @throws as `open` */
  #start(request: HttpRequest, receiver: Receiver): Sent {
    request.signal.throwIfAborted()
    if (this.#isClosed || !this.#isFree || this.#socket?.destroyed) throw new ConnectionClosed()
    this.#socket ??= this.#connect()
    const socket = this.#socket.ref()
    const sent = sendRequest(socket, {port: this.#port, receiver, request}, () => {
      this.#isFree = true
      socket.unref() // a client that was not closed does not keep its program running
    })
    this.#isFree = false
    return sent
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

/** Creates the stream of a body. */
function bodyOf(sent: Sent): Readable {
  const body = new Readable({
    destroy(error, done) {
      sent.cancel()
      done(error)
    },
    highWaterMark: BUFFERED_BYTES,
    read: () => sent.resume(),
  })
  body.on('error', () => {}) // the caller gets the error when it reads; before that, it has no receiver
  return body
}
