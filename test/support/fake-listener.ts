import {once} from 'node:events'
import {createServer, type IncomingMessage, type RequestListener} from 'node:http'
import {type AddressInfo, createServer as createTcpServer, type Socket} from 'node:net'

/** Something that listens on a port of this machine and is not a server of ours. */
export interface Listener {
  /** How many connections there have been. */
  connections(): number
  close(): Promise<void>
  port: number
  requests: IncomingMessage[]
}

/** An HTTP server that answers as it is told. */
export async function listen(answer: RequestListener): Promise<Listener> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  let connections = 0
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    async close() {
      server.closeAllConnections()
      server.close()
    },
    connections: () => connections,
    port: (server.address() as AddressInfo).port,
    requests,
  }
}

/** A server that speaks no HTTP: what it does with a connection is the test's. */
export async function listenRaw(accept: (socket: Socket) => void): Promise<Pick<Listener, 'close' | 'port'>> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // cut off by the other side
    accept(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
    port: (server.address() as AddressInfo).port,
  }
}

/** A port on which nothing listens: it was free a moment ago. */
export async function closedPort(): Promise<number> {
  const listener = await listenRaw(() => {})
  await listener.close()
  return listener.port
}
