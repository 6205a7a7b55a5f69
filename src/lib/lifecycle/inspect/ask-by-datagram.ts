import type {createSocket as CreateSocket, Socket} from 'node:dgram'

import type {HealthRequest} from '../../../protocol/health-datagram.js'
import {parseObject} from '../../fields.js'
import {patientTimeout} from '../../patient-timeout.js'
import {LOOPBACK} from './exchange.js'

type Health = Record<string, unknown>

/** Requests without a response so far, by their challenge. */
const waiting = new Map<string, (health?: Health) => void>()

/** Socket of all requests that wait at the same time. */
let socket: Socket | undefined

/**
 * Asks a server of this build for its health by a datagram. Any local program may send a response: the caller checks the proof.
 * @param timeoutMs time to respond, in ms
 * @returns undefined without a response: lost, or the server has no such port, or is busy
 */
export function askByDatagram(port: number, request: HealthRequest, timeoutMs: number): Promise<Health | undefined> {
  return new Promise((resolve) => {
    const settle = (health?: Health) => {
      if (!waiting.delete(request.challenge)) return
      cancel()
      resolve(health)
      if (waiting.size === 0) setImmediate(closeUnused)
    }

    const cancel = patientTimeout(timeoutMs, settle)
    waiting.set(request.challenge, settle)
    if (!socket) open()
    socket?.send(JSON.stringify(request), port, LOOPBACK, (error) => {
      if (error) settle()
    })
  })
}

/** Opens the socket. If this fails, it is missing, and no request waits any more: a connection fails with the reason. */
function open(): void {
  const {createSocket} = process.getBuiltinModule('node:dgram') as {createSocket: typeof CreateSocket}
  // The address is a number: without node:dns.
  const opened = createSocket({lookup: (host, _, found) => found(null, host, 4), type: 'udp4'})
  socket = opened // before it is bound: without a descriptor, the error is emitted meanwhile
  opened.on('error', () => {
    socket = undefined
    opened.close()
    for (const settle of waiting.values()) settle()
  })
  opened.on('message', (bytes) => {
    const health = parseObject(bytes.toString('utf8'))
    const challenge = health?.['challenge']
    if (typeof challenge === 'string') waiting.get(challenge)?.(health)
  })
  opened.bind({address: LOOPBACK, exclusive: true, port: 0})
}

function closeUnused(): void {
  if (waiting.size > 0) return
  socket?.close()
  socket = undefined
}
