import {readFileSync} from 'node:fs'
import type {Socket} from 'node:net'
import {endianness} from 'node:os'
import {setTimeout as delay} from 'node:timers/promises'

import {systemClock} from '../../lib/clock.js'

/** The kernel's tables of TCP sockets. A client that connects over IPv6 to 127.0.0.1 is in the second one. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/**
 * A connection that both ends hold, as the kernel prints it: both addresses, state, `tx_queue:rx_queue tr:tm->when retrnsmt`,
 * user, timeout, inode.
 */
const ESTABLISHED = /^ *\d+: (\S+ \S+) 01 \S+ \S+ \S+ +(\d+) +\d+ +(\d+)/gm

/** A reading of the tables takes a part of the time, as each connection adds a row: this many times as long it waits. */
const REST = 4

/** Maximum wait, in ms: a client asks twice at most, and health has to be answered within 250 ms. */
const MAX_REST_MS = 60

/** One end of a connection, as Node.js has it. */
export interface Address {
  address: string
  port: number
}

/** Users by the two addresses of a connection, as the kernel prints them. */
export type UsersByEnds = ReadonlyMap<string, number>

/**
 * Returns the users who hold connections. An abandoned connection is listed too, with root as its user and no inode: it is
 * left out.
 * @param tables texts of `/proc/net/tcp` and `/proc/net/tcp6`
 */
export function usersByEnds(tables: readonly string[]): UsersByEnds {
  const users = new Map<string, number>()
  for (const table of tables) {
    for (const [, ends = '', uid, inode] of table.matchAll(ESTABLISHED)) if (inode !== '0') users.set(ends, Number(uid))
  }

  return users
}

/**
 * Returns the user who holds the other end of a connection.
 * @param client other end, @param server this end
 * @returns undefined if no user does
 */
export function userOfPeer(users: UsersByEnds, client: Address, server: Address): number | undefined {
  return users.get(`${ipv4(client)} ${ipv4(server)}`) ?? users.get(`${mappedIpv4(client)} ${mappedIpv4(server)}`)
}

/** As the kernel prints it: the four bytes as one number of this machine, and the port. */
function ipv4({address, port}: Address): string {
  const bytes = address.replace('::ffff:', '').split('.').map(Number)
  if (endianness() === 'LE') bytes.reverse()
  return `${hex(bytes)}:${hex([port >> 8, port & 0xff])}`
}

function mappedIpv4(address: Address): string {
  const mark = endianness() === 'LE' ? 'FFFF0000' : '0000FFFF'
  return `${'0'.repeat(16)}${mark}${ipv4(address)}`
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

/**
 * Identifies the user at the other end of a connection, by the kernel's table. Linux only: macOS and Windows do not
 * report the user of a connection.
 */
export class Peers {
  readonly #known = new WeakMap<Socket, Promise<boolean>>()
  /** The reading that has not begun yet: it serves all who ask until then. */
  #next: Promise<UsersByEnds> | undefined
  /** When the next reading may begin. */
  #notBefore = 0
  readonly #uid = canTellUsers() ? process.geteuid?.() : undefined

  /** True if the system reports the user of a connection. */
  get canTell(): boolean {
    return this.#uid !== undefined
  }

  /** Returns true if a process of the server's own user holds the other end. False if that is unknown. */
  isOwnUser(socket: Socket): Promise<boolean> {
    const known = this.#known.get(socket) ?? this.#look(socket)
    this.#known.set(socket, known)
    return known
  }

  async #look(socket: Socket): Promise<boolean> {
    const {localAddress, localPort, remoteAddress, remotePort} = socket
    if (this.#uid === undefined || !localAddress || !localPort || !remoteAddress || !remotePort) return false
    const client = {address: remoteAddress, port: remotePort}
    const server = {address: localAddress, port: localPort}
    // Twice: the kernel prints its table in parts, and may pass over a row while others come and go.
    for (let tries = 0; tries < 2; tries++) {
      const uid = userOfPeer(await this.#users(), client, server)
      if (uid !== undefined) return uid === this.#uid
      if (socket.destroyed) return false
    }

    return false
  }

  /**
   * Reads the tables as they are after this call. However many ask at once, they are read once: in one piece, since a reading
   * in turns takes long where others compute.
   */
  #users(): Promise<UsersByEnds> {
    this.#next ??= delay(Math.max(0, this.#notBefore - systemClock.now())).then(() => {
      this.#next = undefined
      const began = systemClock.now()
      const users = usersByEnds(TABLES.map((path) => readTable(path)))
      const ended = systemClock.now()
      this.#notBefore = ended + Math.min(MAX_REST_MS, REST * (ended - began))
      return users
    })
    return this.#next
  }
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // no IPv6, or no /proc
  }
}

/**
 * In a user namespace, all users without a number there are shown as one, `overflowuid`. A server that runs as that one
 * cannot distinguish its own user from them.
 */
function canTellUsers(): boolean {
  if (process.platform !== 'linux') return false
  try {
    const isWhole = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'))
    return isWhole || process.geteuid?.() !== Number(readFileSync('/proc/sys/kernel/overflowuid', 'latin1'))
  } catch {
    return false // /proc is not there, or hidden
  }
}
