import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

import type {Sandbox} from './sandbox.js'

/** What becomes of a request that is to be lost: it never arrives, or it is done and its answer never arrives. */
type Loss = 'answer' | 'request'

/** Stands between the clients of a graph and its server, and loses what the test says. */
export interface CuttingProxy {
  close(): void
  /** Loses the next request with this text. @param onLost called at that moment */
  lose(text: string, what: Loss, onLost?: () => void): void
  /** How many requests with this text have passed, lost ones included. */
  seen(text: string): number
}

/** Puts a proxy before the server that the record of `demo` names: the record names the proxy's port from now on. */
export async function cutBefore(sandbox: Sandbox): Promise<CuttingProxy> {
  const record = sandbox.record()!
  const target = record['port'] as number
  let port = 0
  const sockets = new Set<Socket>()
  const requests: string[] = []
  let next: {lost: string; onLost: (() => void) | undefined; what: Loss} | undefined
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // cut off by either side
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  const server = createServer((client) => {
    const upstream = keep(connect(target, '127.0.0.1'))
    let lose: (() => void) | undefined
    keep(client).on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1')
      requests.push(text)
      if (next && text.includes(next.lost)) {
        const {onLost, what} = next
        next = undefined
        if (what === 'request') {
          client.resetAndDestroy()
          return
        }

        lose = () => {
          onLost?.()
          client.resetAndDestroy()
        }
      }

      // The server answers to its own address only.
      upstream.write(text.replace(`Host: 127.0.0.1:${port}`, `Host: 127.0.0.1:${target}`), 'latin1')
    })
    upstream.on('data', (bytes: Buffer) => (lose ? lose() : client.write(bytes)))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  sandbox.writeRecord({...record, port})
  return {
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
    lose(lost, what, onLost) {
      next = {lost, onLost, what}
    },
    seen: (text) => requests.filter((request) => request.includes(text)).length,
  }
}
