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
  /** Of the first question, which the HTTP client goes on with. */
  #socket: Socket | undefined
  /** The end of the first question. */
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

  /** @returns undefined when it is not the first question, or one for the HTTP client */
  async #askFirst(question: HttpRequest): Promise<HttpResponse | undefined> {
    const isShort = question.method !== 'POST' && question.maxBytes === undefined && !question.onPart
    if (!isShort || this.#turn || this.#http) return undefined
    const socket = connect({host: LOOPBACK, noDelay: true, port: this.#port})
    this.#socket = socket
    const asked = firstExchange(socket, this.#port, question)
    this.#turn = asked.catch(() => {}) // the caller gets the error
    const answer = await asked
    if (!answer) this.#socket = undefined
    return answer
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
