import {readFileSync} from 'node:fs'
import {createServer, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'

import {PACKAGE} from './projects.js'

/** Serves an empty page, and the built client beside it. */
export async function servePage(): Promise<{close: () => Promise<void>; origin: string}> {
  const server = createServer((request, response) => {
    const script = /^\/client\/([a-z]+\.js)$/.exec(request.url ?? '')?.[1]
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ? readFileSync(join(PACKAGE, 'dist', 'client', script)) : '<!doctype html><title>page</title>')
  })
  return {close: () => close(server), origin: await listen(server)}
}

/** Event streams that a test can cut off, and count. */
export class FakeEvents {
  readonly open = new Set<ServerResponse>()
  origin = ''
  /** How many streams there have been. */
  total = 0
  /** What a request is answered with instead of a stream. */
  status = 200
  readonly #server = createServer((_, response) => {
    response.setHeader('access-control-allow-origin', '*')
    if (this.status !== 200) {
      response.writeHead(this.status).end()
      return
    }

    this.total++
    response.writeHead(200, {'content-type': 'text/event-stream'}).write('\n')
    this.open.add(response)
    response.on('close', () => this.open.delete(response))
  })

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
