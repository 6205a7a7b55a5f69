import {readFileSync} from 'node:fs'
import type {Server, Socket} from 'node:net'

import {ServerError} from '../../lib/errors.js'
import type {Response} from './exchange.js'

/** However many descriptors there are, there are no more connections than this. */
const MAX_CONNECTIONS = 4096

/** Descriptors that are never a connection's: SQLite's files, a backup, the record, the log, and what Node.js itself has. */
const OWN_DESCRIPTORS = 96

/** Connections that long requests and streams leave to those who look, stop, and hold leases. */
const RESERVE = 32

/** Maximum number of concurrent requests of one connection; the others wait in its socket. */
const PIPELINED = 8

/**
 * Number of descriptors to assume if the system leaves the limit of Node.js unstated. On macOS, a program that is
 * started from the desktop gets at most this many.
 */
const USUAL_DESCRIPTORS = 256

/** Returns the maximum numbers of connections, and of those in use at once, for a number of descriptors. */
export function connectionLimits(descriptors: number): {busy: number; connections: number} {
  const own = Math.min(OWN_DESCRIPTORS, Math.ceil(descriptors / 2))
  const connections = Math.max(8, Math.min(MAX_CONNECTIONS, descriptors - own))
  return {busy: connections - Math.min(RESERVE, Math.ceil(connections / 4)), connections}
}

/** Returns the maximum number of descriptors that this process may have open. */
export function maxDescriptors(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? USUAL_DESCRIPTORS)
  } catch {
    return reportedDescriptors() // there is no /proc: macOS, or something is mounted over it
  }
}

function reportedDescriptors(): number {
  const report = process.report.getReport() as {userLimits?: {open_files?: {soft?: number | string}}}
  const soft = report.userLimits?.open_files?.soft
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? USUAL_DESCRIPTORS)
}

/**
 * Bounds the connections of a server. If there is no room for another one, the oldest one without an authorized
 * request is closed, even if its request is being answered: many such requests would exclude every client. If all had one, the
 * connection that has been idle for longest is closed. Authorized requests are bounded, and leave a reserve.
 */
export class Connections {
  #busy = 0
  #served = 0
  readonly #idleOwners = new Set<Socket>()
  #inFlight = 0
  readonly #limits: {busy: number; connections: number}
  #open = 0
  readonly #owners = new WeakSet<Socket>()
  /** Connections without an authorized request so far, the oldest first. */
  readonly #strangers = new Set<Socket>()
  readonly #working = new WeakMap<Socket, number>()

  constructor(limits = connectionLimits(maxDescriptors())) {
    this.#limits = limits
  }

  /** Open connections, requests that are being served, and requests that were served so far: those that use the graph. */
  get use(): {busy: number; connections: number; served: number} {
    return {busy: this.#busy, connections: this.#open, served: this.#served}
  }

  /** Counts what connects to a server from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#connected(socket))
  }

  /** Requests that are being answered. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Counts a request of a connection, until it is answered. */
  begin(socket: Socket, response: Response): void {
    this.#inFlight++
    const begun = (this.#working.get(socket) ?? 0) + 1
    this.#working.set(socket, begun)
    if (begun > PIPELINED) socket.pause()
    this.#idleOwners.delete(socket)
    response.once('close', () => {
      this.#inFlight--
      const working = (this.#working.get(socket) ?? 1) - 1
      this.#working.set(socket, working)
      if (working === PIPELINED) socket.resume()
      if (working === 0 && !socket.destroyed && this.#owners.has(socket)) this.#idleOwners.add(socket)
    })
  }

  /** Marks the connection of an authorized request. */
  markAuthorized(socket: Socket): void {
    this.#owners.add(socket)
    this.#strangers.delete(socket)
  }

  /**
   * Counts a request that may take long, until it is answered.
   * @throws ServerError `server-busy` when the rest of the connections is kept for those who look or stop
   */
  requireRoom(response: Response): void {
    if (this.#busy >= this.#limits.busy)
      throw new ServerError('server-busy', `${this.#busy} requests and streams are open, which is the maximum`)
    this.#busy++
    this.#served++
    response.once('close', () => this.#busy--)
  }

  #connected(socket: Socket): void {
    if (++this.#open > this.#limits.connections) this.#closeOne(socket)
    if (!socket.destroyed) this.#strangers.add(socket)
    socket.once('close', () => {
      this.#open--
      this.#strangers.delete(socket)
      this.#idleOwners.delete(socket)
    })
  }

  /** Closes a connection that no authorized request uses, to make room; without one, the one that came last. */
  #closeOne(last: Socket): void {
    const [stranger] = this.#strangers
    const [owner] = this.#idleOwners
    const closed = stranger ?? owner ?? last
    this.#strangers.delete(closed) // its end is reported later: another one is closed for the next client
    this.#idleOwners.delete(closed)
    closed.destroy()
  }
}
