import {setImmediate} from 'node:timers/promises'

import {ServerError} from '../errors.js'
import type {Graph} from '../graphs/locate.js'
import {openProbe} from '../lifecycle/inspect/probe.js'
import {readRecord} from '../lock/record-file.js'
import {realSystem} from '../process/system.js'
import type {Connection} from './connection.js'

/** How long a connection may rest before it is taken for closed, in ms: the server closes it after five seconds. */
const REST_MS = 4000

/** A connection whose listener has proven to be the daemon of the graph's record, and what it wants to see. */
export interface Proven {
  connection: Connection
  /** It has served a request before: its server may have gone since. */
  reused: boolean
  /** The header with the token; none for Logseq's own daemon, which asks for none. */
  headers: Record<string, string>
}

/** Connections to the daemon of a graph. Each serves one request at a time, and rests here between two. */
export class ProvenConnections {
  readonly #graph: Graph
  #resting: Array<Proven & {since: number}> = []

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** A connection that rests. @returns undefined when there is none */
  async takeRested(): Promise<Proven | undefined> {
    const oldest = performance.now() - REST_MS
    for (let rested = this.#resting.pop(); rested; rested = this.#resting.pop()) {
      if (rested.since > oldest) {
        await seeWhatCameMeanwhile()
        return rested
      }

      rested.connection.close()
    }

    return undefined
  }

  /**
   * Opens a connection, whose listener proves itself.
   * @param identified the record's process is known to be its daemon
   * @returns undefined when no daemon that is ready answers
   */
  async open(identified: boolean): Promise<Proven | undefined> {
    return openProven(this.#graph, identified)
  }

  /** Puts a connection to rest after its request was answered. */
  rest({connection, headers}: Proven): void {
    this.#resting.push({connection, headers, reused: true, since: performance.now()})
  }

  close(): void {
    for (const {connection} of this.#resting) connection.close()
    this.#resting = []
  }
}

/** Two turns of the event loop: in one the end of a connection is read, after it the connection is closed. */
async function seeWhatCameMeanwhile(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

async function openProven(graph: Graph, identified: boolean): Promise<Proven | undefined> {
  const read = readRecord(graph.dir)
  if (read.kind !== 'present') return undefined
  const token = read.record['auth-token']
  if (token === undefined && !identified) return undefined // it proves nothing by itself
  const {connection, probe} = await openProbe(await realSystem(), read.record, identified)
  const headers: Record<string, string> = token === undefined ? {} : {authorization: `Bearer ${token}`}
  if (probe === 'ready') return {connection, headers, reused: false}
  connection.close()
  return undefined
}

/** The error of a daemon that was ready, and does not answer. */
export function unreachable(graph: Graph, cause?: unknown): ServerError {
  return new ServerError('server-unresponsive', `The server of ${graph.name} does not answer`, {
    cause,
    details: {repo: graph.repo},
  })
}
