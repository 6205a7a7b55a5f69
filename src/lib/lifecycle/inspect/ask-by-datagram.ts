import type {createSocket as CreateSocket, Socket} from 'node:dgram'

import type {HealthRequest} from '../../../protocol/health-datagram.js'
import {parseObject} from '../../fields.js'
import {patientTimeout} from '../../patient-timeout.js'
import {LOOPBACK} from './exchange.js'

type Health = Record<string, unknown>

/**
 * Most requests that wait on one socket. Linux keeps about 170 responses that were not read yet, and drops the others, while this program
 * inspects more graphs.
 */
const MAX_WAITING = 100

/** Socket of the next request. */
let shared: SharedSocket | undefined

/**
 * Asks a server of this build for its health by a datagram. Any local program may send a response: the caller checks the proof.
 * @param timeoutMs time to respond, in ms
 * @returns undefined without a response: lost, or the server has no such port, or is busy
 */
export function askByDatagram(port: number, request: HealthRequest, timeoutMs: number): Promise<Health | undefined> {
  if (!shared?.takesMore()) shared = new SharedSocket()
  return shared.ask(port, request, timeoutMs)
}

/** Socket of requests that wait at the same time. It closes itself after the last one. */
class SharedSocket {
  #isClosed = false
  readonly #socket = createSocket()
  /** Requests without a response so far, by their challenge. */
  readonly #waiting = new Map<string, (health?: Health) => void>()

  constructor() {
    this.#socket.on('error', () => this.#close()) // no descriptor or port is left: a connection fails with the reason
    this.#socket.on('message', (bytes) => this.#receive(bytes))
    this.#socket.bind({address: LOOPBACK, exclusive: true, port: 0}) // may fail before it returns
  }

  takesMore(): boolean {
    return !this.#isClosed && this.#waiting.size < MAX_WAITING
  }

  async ask(port: number, request: HealthRequest, timeoutMs: number): Promise<Health | undefined> {
    if (this.#isClosed) return undefined
    return new Promise((resolve) => {
      const settle = (health?: Health) => {
        if (!this.#waiting.delete(request.challenge)) return
        cancel()
        resolve(health)
        if (this.#waiting.size === 0) setImmediate(() => this.#closeUnused())
      }

      const cancel = patientTimeout(timeoutMs, settle)
      this.#waiting.set(request.challenge, settle)
      this.#socket.send(JSON.stringify(request), port, LOOPBACK, (error) => {
        if (error) settle()
      })
    })
  }

  #receive(bytes: Buffer): void {
    const health = parseObject(bytes.toString('utf8'))
    const challenge = health?.['challenge']
    if (typeof challenge === 'string') this.#waiting.get(challenge)?.(health)
  }

  #closeUnused(): void {
    if (this.#waiting.size === 0) this.#close()
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.close()
    for (const settle of this.#waiting.values()) settle()
  }
}

function createSocket(): Socket {
  const dgram = process.getBuiltinModule('node:dgram') as {createSocket: typeof CreateSocket}
  // The address is a number: without node:dns.
  return dgram.createSocket({lookup: (host, _, found) => found(null, host, 4), type: 'udp4'})
}
