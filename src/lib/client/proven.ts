import {statSync} from 'node:fs'
import {setImmediate} from 'node:timers/promises'

import {ServerError} from '../errors.js'
import type {Graph} from '../graphs/locate.js'
import {serves} from '../lifecycle/inspect/classify.js'
import type {Connection} from '../lifecycle/inspect/connection.js'
import {enter} from '../lifecycle/inspect/inspect.js'
import {authorization} from '../lifecycle/shutdown.js'
import {readRecord} from '../lock/record-file.js'
import {realSystem} from '../process/system.js'

/** How long a connection may rest before it is taken for closed, in ms: the server closes it after five seconds. */
const IDLE_MS = 4000

/** A connection whose listener has proven to be the daemon of the graph's record, and what it wants to see. */
export interface Proven {
  connection: Connection
  /** Does the server remember the ids of writes, so that one may be repeated? */
  keepsIds: boolean
  /** The graph as its server calls it: links in another data directory may lead to it under another name. */
  repo: string
  /** The graph's directory and record when it was opened. */
  standing: string
  /** It has served a request before: its server may have gone since. */
  reused: boolean
  /** The header with the token; none for Logseq's own daemon, which asks for none. */
  headers: Record<string, string>
}

/** Connections to the daemon of a graph. Each serves one request at a time, and rests here between two. */
export class ProvenConnections {
  readonly #force: boolean
  readonly #graph: Graph
  #idle: Array<Proven & {since: number}> = []

  /** @param force trust the directory of another user */
  constructor(graph: Graph, force: boolean) {
    this.#force = force
    this.#graph = graph
  }

  /** A connection that rests. @returns undefined when there is none */
  async acquire(): Promise<Proven | undefined> {
    const oldest = performance.now() - IDLE_MS
    for (let rested = this.#idle.pop(); rested; rested = this.#idle.pop()) {
      // Another directory or record may have come in the place of the one that was inspected.
      if (rested.since > oldest && rested.standing === standingOf(this.#graph)) {
        await flushSocketEvents()
        return rested
      }

      rested.connection.close()
    }

    return undefined
  }

  /** Opens a connection to the graph's daemon. @returns undefined when none is ready */
  async open(): Promise<Proven | undefined> {
    return openProven(this.#graph, this.#force)
  }

  /** Puts a connection to rest after its request was answered. */
  release(proven: Proven): void {
    this.#idle.push({...proven, reused: true, since: performance.now()})
  }

  close(): void {
    for (const {connection} of this.#idle) connection.close()
    this.#idle = []
  }
}

/** Two turns of the event loop: in one the end of a connection is read, after it the connection is closed. */
async function flushSocketEvents(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

async function openProven(graph: Graph, force: boolean): Promise<Proven | undefined> {
  const standing = standingOf(graph)
  const {connection, keepsIds = false, seen} = await enter(await realSystem(), graph, {force})
  if (!connection) return undefined
  if (serves(seen)) {
    const {record} = seen
    return {connection, headers: authorization(record), keepsIds, repo: record.repo, reused: false, standing}
  }

  connection.close()
  return undefined
}

/** The directory and the record of a graph as they are now, in one word: another word, another server. */
function standingOf({dir}: Graph): string {
  const read = readRecord(dir)
  const {dev, ino} = statSync(dir, {throwIfNoEntry: false}) ?? {dev: 0, ino: 0}
  const record = read.kind === 'present' ? `${read.record.pid} ${read.record['lock-id']}` : read.kind
  return `${dev}-${ino} ${record}`
}

/** The error of a daemon that was ready, and does not answer. */
export function unreachable(graph: Graph, cause?: unknown): ServerError {
  return new ServerError('server-unresponsive', `The server of ${graph.name} does not answer`, {
    cause,
    details: {repo: graph.repo},
  })
}
