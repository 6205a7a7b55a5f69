import type {createSocket as CreateSocket, Socket} from 'node:dgram'

import {parseObject} from '../../lib/fields.js'
import {datagramChallenge} from '../../lib/lock/proof.js'
import {type HealthRequest, MAX_CHALLENGE_LENGTH, MAX_HEALTH_REQUEST_BYTES} from '../../protocol/health-datagram.js'
import {provenHealthOf} from './health.js'
import type {Service} from './service.js'

/** Visible characters, as in a header: without NUL, which separates the parts of a proof. */
const CHALLENGE = new RegExp(`^[!-~]{1,${MAX_CHALLENGE_LENGTH}}$`)

/**
 * The UDP port of a server, with the number of its TCP port. A client that only looks asks for the health by a datagram, which costs
 * both sides less than a connection. It shows no more than `/healthz`.
 */
export class DatagramListener {
  readonly #service: Service
  #socket: Socket | undefined

  constructor(service: Service) {
    this.#service = service
  }

  /** Opens the port. If another program has it, or the system allows none, clients get no response and connect. */
  listen(port: number): Promise<void> {
    const {createSocket} = process.getBuiltinModule('node:dgram') as {createSocket: typeof CreateSocket}
    // The address is a number: without node:dns.
    const socket = createSocket({lookup: (host, _, found) => found(null, host, 4), type: 'udp4'})
    this.#socket = socket
    return new Promise((resolve) => {
      socket.on('error', (error) => {
        this.#service.log('info', 'no health by datagrams', {err: error})
        this.#closeSocket()
        resolve()
      })
      socket.on('message', (bytes, sender) => this.#respond(bytes, sender))
      socket.bind({address: '127.0.0.1', exclusive: true, port}, resolve)
    })
  }

  /** Closes the port. */
  close(): void {
    this.#closeSocket()
  }

  #closeSocket(): void {
    this.#socket?.close()
    this.#socket = undefined
  }

  #respond(bytes: Buffer, {address, port}: {address: string; port: number}): void {
    const request = readRequest(bytes)
    if (!request) return
    this.#service.wake()
    const {challenge} = request
    const health = provenHealthOf(this.#service, {...request, challenge: datagramChallenge(challenge)}, 0)
    this.#service.log('debug', 'health by datagram', {})
    // A response that is too long, or whose client has left, is lost: a client without a response connects.
    this.#socket?.send(JSON.stringify({challenge, ...health}), port, address, () => {})
  }
}

/** Reads a request. @returns undefined for anything else, such as a response of another server, which gets no response */
function readRequest(bytes: Buffer): HealthRequest | undefined {
  if (bytes.length > MAX_HEALTH_REQUEST_BYTES) return undefined
  const {challenge, 'client-proof': proof, ...rest} = parseObject(bytes.toString('utf8')) ?? {}
  if (typeof challenge !== 'string' || !CHALLENGE.test(challenge) || Object.keys(rest).length > 0) return undefined
  if (proof === undefined) return {challenge}
  return typeof proof === 'string' ? {challenge, 'client-proof': proof} : undefined
}
