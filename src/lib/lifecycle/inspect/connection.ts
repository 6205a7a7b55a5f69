import {Agent, type IncomingMessage, request} from 'node:http'
import type {Duplex} from 'node:stream'

import {type Answer, ConnectionClosed, LOOPBACK, type Question} from './exchange.js'

/** Far more than any answer of the lifecycle endpoints; a listener that sends more is not a daemon. */
const MAX_ANSWER_BYTES = 1024 * 1024

/**
 * One TCP connection to a port of this machine. A second question goes over the connection of the first or fails:
 * what a listener has proven holds for its connection only, since a port can change hands.
 */
export class Connection {
  readonly #agent: Agent
  readonly #port: number

  constructor(port: number) {
    this.#agent = new SingleSocketAgent({keepAlive: true, maxSockets: 1})
    this.#port = port
  }

  /**
   * Asks, and reads the whole answer.
   * @throws the network's error, or the signal's reason
   */
  async ask(question: Question): Promise<Answer> {
    const response = await this.open(question)
    const status = response.statusCode ?? 0
    const onPart = status === 200 ? question.onPart : undefined
    return {body: await readBody(response, question.maxBytes ?? MAX_ANSWER_BYTES, onPart), status}
  }

  /**
   * Asks, and leaves the answer to the caller: a stream that may never end.
   * @throws the network's error, or the signal's reason
   */
  open(question: Question): Promise<IncomingMessage> {
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

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): Duplex | undefined {
    if (!this.#made) {
      this.#made = true
      return super.createConnection(options, callback) ?? undefined
    }

    // Not thrown: Node.js also comes here from a socket's end, where a throw would end this process.
    callback?.(new ConnectionClosed(), undefined as never)
    return undefined
  }
}

async function readBody(response: IncomingMessage, maxBytes: number, onPart: Question['onPart']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`)
    if (onPart) await onPart(chunk)
    else chunks.push(chunk)
  }

  return Buffer.concat(chunks).toString('utf8')
}
