import {Agent, type IncomingMessage, request} from 'node:http'
import type {Socket} from 'node:net'
import type {Duplex} from 'node:stream'

import {ConnectionClosed, type HttpRequest, type HttpResponse, LOOPBACK, ResponseTooLarge} from './exchange.js'

/** Far more than any answer of the lifecycle endpoints; a listener that sends more is not a daemon. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** HTTP requests over one TCP connection. */
export class HttpClient {
  readonly #agent: Agent
  readonly #port: number

  /** @param socket the connection, if it is open already */
  constructor(port: number, socket: Socket | undefined) {
    this.#agent = new SingleSocketAgent(socket)
    this.#port = port
  }

  async ask(question: HttpRequest): Promise<HttpResponse> {
    const response = await this.open(question)
    const status = response.statusCode ?? 0
    const onPart = status === 200 ? question.onPart : undefined
    return {body: await readBody(response, question.maxBytes ?? MAX_ANSWER_BYTES, onPart), status}
  }

  open(question: HttpRequest): Promise<IncomingMessage> {
    const body = question.body === undefined ? undefined : JSON.stringify(question.body)
    return new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(
        {
          agent: this.#agent,
          headers: {
            ...question.headers,
            ...(body !== undefined && {'content-length': Buffer.byteLength(body), 'content-type': 'application/json'}),
          },
          host: LOOPBACK,
          method: question.method ?? 'GET',
          path: question.path,
          port: this.#port,
          signal: question.signal,
        },
        resolve,
      )
      asking.on('error', reject)
      asking.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

class SingleSocketAgent extends Agent {
  #made = false
  readonly #socket: Socket | undefined

  constructor(socket: Socket | undefined) {
    super({keepAlive: true, maxSockets: 1})
    this.#socket = socket
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): Duplex | undefined {
    const isFirst = !this.#made
    this.#made = true
    if (isFirst && !this.#socket) return super.createConnection(options, callback) ?? undefined
    if (isFirst && this.#socket?.destroyed === false) return this.#socket
    // Not thrown: Node.js also comes here from a socket's end, where a throw would end this process.
    callback?.(new ConnectionClosed(), undefined as never)
    return undefined
  }
}

async function readBody(response: IncomingMessage, maxBytes: number, onPart: HttpRequest['onPart']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new ResponseTooLarge(maxBytes)
    if (onPart) await onPart(chunk)
    else chunks.push(chunk)
  }

  return Buffer.concat(chunks).toString('utf8')
}
