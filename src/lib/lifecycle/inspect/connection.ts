import type {IncomingMessage} from 'node:http'
import {connect, type Socket} from 'node:net'

import {ConnectionClosed, type HttpRequest, type HttpResponse, LOOPBACK} from './exchange.js'
import {firstExchange} from './first-exchange.js'
import type {HttpClient} from './http-client.js'

/**
 * One TCP connection to a port of this machine. A second question goes over the connection of the first or fails:
 * what a listener has proven holds for its connection only, since a port can change hands. The HTTP client of Node.js is
 * loaded for what only it can read.
 */
export class Connection {
  #closed = false
  #http: Promise<HttpClient> | undefined
  readonly #port: number
  /** Of the first questions, which the HTTP client goes on with. */
  #socket: Socket | undefined
  /** True if the last question on the socket was answered. */
  #isIdle = false
  /** The end of the last question on the socket. */
  #turn: Promise<unknown> | undefined

  constructor(port: number) {
    this.#port = port
  }

  /**
   * Sends a request and reads the whole response.
   * @throws the network's error, or the reason of the signal
   */
  async send(question: HttpRequest): Promise<HttpResponse> {
    return (await this.#askFirst(question)) ?? (await this.#client()).ask(question)
  }

  /**
   * Sends a request and leaves the response to the caller, as a stream that may never end.
   * @throws the network's error, or the reason of the signal
   */
  async open(question: HttpRequest): Promise<IncomingMessage> {
    return (await this.#client()).open(question)
  }

  close(): void {
    this.#closed = true
    this.#socket?.destroy()
    this.#http?.then(
      (http) => http.close(),
      () => {}, // it was closed before it was open
    )
  }

  /** @returns undefined when it is a question for the HTTP client */
  async #askFirst(question: HttpRequest): Promise<HttpResponse | undefined> {
    const isFirst = this.#turn === undefined
    const isShort = question.method !== 'POST' && question.maxBytes === undefined && !question.onPart
    if (!isShort || this.#http || !(isFirst || (question.isKnown && this.#isFree()))) return undefined
    this.#isIdle = false
    this.#socket ??= this.#connect()
    const socket = this.#socket
    const asked = firstExchange(socket, this.#port, question)
    this.#turn = asked.catch(() => {}) // the caller gets the error
    const answer = await asked
    // Only the first question may be repeated on another connection: nothing was proven before.
    if (!answer && !isFirst) throw new ConnectionClosed()
    if (answer) this.#isIdle = true
    else this.#socket = undefined
    return answer
  }

  /** The question before was answered, and the other side has not closed the socket. */
  #isFree(): boolean {
    return this.#isIdle && this.#socket?.destroyed === false
  }

  #connect(): Socket {
    const socket = connect({host: LOOPBACK, noDelay: true, port: this.#port})
    socket.on('error', () => {}) // a pending question gets the error; between two questions it has no receiver
    return socket
  }

  #client(): Promise<HttpClient> {
    this.#http ??= this.#openClient()
    return this.#http
  }

  async #openClient(): Promise<HttpClient> {
    const {HttpClient: Exchange} = await import('./http-client.js')
    await this.#turn
    if (this.#closed) throw new ConnectionClosed()
    return new Exchange(this.#port, this.#socket)
  }
}
