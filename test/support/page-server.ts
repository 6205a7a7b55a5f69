import {readFileSync} from 'node:fs'
import {createServer, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'

import {proofOf} from '../../src/lib/lock/proof.js'
import {PACKAGE} from './projects.js'

/** Serves an empty page, and the built client beside it. */
export async function servePage(): Promise<{close: () => Promise<void>; origin: string}> {
  const server = createServer((request, response) => {
    const script = /^\/client\/([a-z]+\.js)$/.exec(request.url ?? '')?.[1]
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ? readFileSync(join(PACKAGE, 'dist', 'browser', script)) : '<!doctype html><title>page</title>')
  })
  return {close: () => close(server), origin: await listen(server)}
}

/** Event streams that a test can cut off, and count; their server proves itself until it is told not to. */
export class FakeEvents {
  readonly open = new Set<ServerResponse>()
  origin = ''
  /** How many streams there have been. */
  total = 0
  /** What a request is answered with instead of a stream. */
  status = 200
  /** What it proves to be; undefined: nothing. */
  identity: undefined | {authToken: string; graphId: string; lockId: string} = {
    authToken: 'a b&c',
    graphId: 'graph',
    lockId: 'lock',
  }

  /** Every request but preflights: method, path, and the headers. */
  readonly requests: {authorization: string | undefined; url: string}[] = []
  readonly #server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'Authorization, Content-Type, X-Challenge')
    if (request.method === 'OPTIONS') {
      response.end()
      return
    }

    const {authorization} = request.headers
    this.requests.push({authorization, url: request.url!})
    if (request.url === '/healthz') {
      response.end(JSON.stringify({status: 'ready', ...this.#prove(String(request.headers['x-challenge']))}))
      return
    }

    if (request.url === '/v1/invoke') {
      response.end('{"ok":true,"result":null}')
      return
    }

    if (this.status !== 200) {
      response.writeHead(this.status).end()
      return
    }

    this.total++
    response.writeHead(200, {'content-type': 'text/event-stream'}).write('\n')
    this.open.add(response)
    response.on('close', () => this.open.delete(response))
  })

  /** Where it is, as an app tells its page. */
  get runtime() {
    return {authToken: 'a b&c', baseUrl: this.origin, graphId: 'graph', lockId: 'lock'}
  }

  #prove(challenge: string): object {
    if (!this.identity) return {}
    const {authToken, graphId, lockId} = this.identity
    return {
      'graph-proof': proofOf(authToken, lockId, challenge, graphId),
      proof: proofOf(authToken, lockId, challenge),
      'request-ids': true,
    }
  }

  async start(): Promise<void> {
    this.origin = await listen(this.#server)
  }

  send(data: string): void {
    for (const stream of this.open) stream.write(`data: ${data}\n\n`)
  }

  cut(): void {
    for (const stream of this.open) stream.destroy()
  }

  stop(): Promise<void> {
    return close(this.#server)
  }
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
