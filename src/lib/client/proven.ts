import {statSync} from 'node:fs'
import {setImmediate} from 'node:timers/promises'

import {systemClock} from '../clock.js'
import type {Graph} from '../graphs/locate.js'
import {serves} from '../lifecycle/inspect/classify.js'
import type {Connection} from '../lifecycle/inspect/connection.js'
import {enter} from '../lifecycle/inspect/inspect.js'
import {authorization} from '../lifecycle/shutdown.js'
import {readRecord} from '../lock/record-file.js'
import type {LockRecord} from '../lock/record.js'
import {realSystem} from '../process/system.js'

/** Maximum idle time of a connection, in ms: the server closes it after five seconds. */
const IDLE_MS = 4000

/** Connection whose listener has proven to be the server of the graph's record, and the headers it requires. */
export interface Proven {
  connection: Connection
  /** True if the server stores the IDs of writes, so that a write may be repeated. */
  keepsIds: boolean
  /** Name of the graph at its server; a link in another data directory may have another name. */
  repo: string
  /** Directory and record of the graph when the connection was opened. */
  placeAndRecord: string
  /** Record of the server. */
  record: LockRecord
  /** True if it has served a request before, so its server may be gone. */
  reused: boolean
  /** Header with the token; empty for Logseq's own server, which has none. */
  headers: Record<string, string>
}

/** Connections to a graph's server. Each serves one request at a time and is kept here in between. */
export class ProvenConnections {
  readonly #force: boolean
  readonly #graph: Graph
  #idle: Array<Proven & {since: number}> = []

  /** @param force trust a directory of another user */
  constructor(graph: Graph, force: boolean) {
    this.#force = force
    this.#graph = graph
  }

  /** Takes an idle connection. @returns undefined if missing */
  async acquire(): Promise<Proven | undefined> {
    const oldest = systemClock.now() - IDLE_MS
    for (let rested = this.#idle.pop(); rested; rested = this.#idle.pop()) {
      // The directory or the record may have been replaced since the inspection.
      if (rested.since > oldest && rested.placeAndRecord === placeAndRecordOf(this.#graph)) {
        await flushSocketEvents()
        return rested
      }

      rested.connection.close()
    }

    return undefined
  }

  /** Opens a connection to the graph's server. @returns undefined if none is ready */
  async open(): Promise<Proven | undefined> {
    return openProven(this.#graph, this.#force)
  }

  /** Keeps a connection after the response to its request. */
  release(proven: Proven): void {
    this.#idle.push({...proven, reused: true, since: systemClock.now()})
  }

  close(): void {
    for (const {connection} of this.#idle) connection.close()
    this.#idle = []
  }
}

/** Yields twice to the event loop, so that a pending FIN or RST on an idle socket is processed before reuse. */
async function flushSocketEvents(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

async function openProven(graph: Graph, force: boolean): Promise<Proven | undefined> {
  const placeAndRecord = placeAndRecordOf(graph)
  const {connection, keepsIds = false, seen} = await enter(await realSystem(), graph, {force})
  if (!connection) return undefined
  if (serves(seen)) {
    const {record} = seen
    const {repo} = record
    return {connection, headers: authorization(record), keepsIds, record, repo, reused: false, placeAndRecord}
  }

  connection.close()
  return undefined
}

/** Identifies the current directory and record of a graph. A different value means a different server. */
function placeAndRecordOf({dir}: Graph): string {
  const read = readRecord(dir)
  const {dev, ino} = statSync(dir, {throwIfNoEntry: false}) ?? {dev: 0, ino: 0}
  const record = read.kind === 'present' ? `${read.record.pid} ${read.record['lock-id']}` : read.kind
  return `${dev}-${ino} ${record}`
}
