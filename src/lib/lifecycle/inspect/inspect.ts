import {lstatSync, statfsSync, statSync} from 'node:fs'

import {permissionError} from '../../files/file-error.js'
import {isNetwork} from '../../files/file-system.js'
import type {Graph} from '../../graphs/locate.js'
import {readRecord, recordPath} from '../../lock/record-file.js'
import type {LockRecord} from '../../lock/record.js'
import {isServerLockFree} from '../../lock/server-lock.js'
import {type Liveness, livenessOf, type ProcessFacts} from '../../process/identity.js'
import {livenessOfServer} from '../../process/server-liveness.js'
import type {System} from '../../process/system.js'
import {classify, type Inspection} from './classify.js'
import type {Connection} from './connection.js'
import {isCopiedRecord} from './copied-record.js'
import {withListedPort} from './listed-port.js'
import {probePort} from './probe.js'
import type {Use} from './reported-use.js'

export interface InspectOptions {
  /** Ask the server who uses it. */
  asksUse?: boolean
  /** Treat a server on another machine as gone, and trust a directory of another user. */
  force?: boolean
  /** Nothing is sent after the inspection: the connection may be missing. */
  looksOnly?: boolean
  /** Time for the server to respond, in ms. Default one second. */
  probeMs?: number
}

/** Inspection, with the connection on which the server has proven itself, if it has. */
export interface Entered {
  connection?: Connection
  /** True if the server stores the IDs of writes, so that a write may be repeated. */
  keepsIds?: boolean | undefined
  seen: Inspection
  /** Use of the server, if it was asked for and the server reports it with its health. */
  use?: Use | undefined
}

/** Inspects a graph's record and what it names, and returns the status. Changes nothing. */
export async function inspect(system: System, graph: Graph, options: InspectOptions = {}): Promise<Inspection> {
  const {connection, seen} = await enter(system, graph, {...options, looksOnly: true})
  connection?.close()
  return seen
}

/**
 * Inspects and keeps the connection: the only way to a server. Record, owner of the directory, process and path have
 * been checked, and the listener has proven itself. The caller closes the connection.
 */
export async function enter(system: System, graph: Graph, options: InspectOptions = {}): Promise<Entered> {
  const entered = await look(system, graph, options)
  // A server may have stopped or started during the probe, so a second look decides.
  return entered.seen.state === 'unresponsive' && (await hasChanged(system, graph, entered.seen.record))
    ? look(system, graph, options)
    : entered
}

async function look(system: System, graph: Graph, options: InspectOptions): Promise<Entered> {
  const read = readRecord(graph.dir)
  if (read.kind === 'failed') throw permissionError(recordPath(graph.dir), read.error)
  if (read.kind !== 'present') return {seen: classify({read})}
  const stranger = options.force ? undefined : findStranger(graph)
  if (stranger) return {seen: {...stranger, state: 'unreadable'}}
  const found = await system.processes.getProcess(read.record.pid)
  read.record = withListedPort(system, graph, read.record, found)
  const liveness = await resolveLiveness(system, graph, read.record, found, options)
  const process = liveness === 'alive' && found?.start !== undefined ? found : undefined // invisible, it is not proven
  if (liveness === 'dead' || provablyNotListening(system, read.record, liveness))
    return {seen: classify({answer: 'silent', liveness, process, read})}
  const {connection, damage, keepsIds, probe, provesPlace, use} = await probePort(system, read.record, {
    asksUse: options.asksUse,
    graph,
    guarded: () => !isServerLockFree(graph.dir),
    identified: liveness === 'alive',
    looksOnly: options.looksOnly ?? false,
    timeoutMs: options.probeMs,
  })
  const seen = classify({answer: probe, liveness, process, read})
  if ('record' in seen && damage !== undefined) seen.damage = damage
  if ('record' in seen && provesPlace) seen.provesPlace = true
  if (probe === 'ready' || probe === 'starting') return {connection, keepsIds, seen, use}
  connection?.close()
  return {seen}
}

/**
 * Returns the other user who created this directory or its record. In a shared data directory, any user could create a
 * graph with a user's name, and a server that reads what the user writes.
 */
function findStranger({dir}: Graph): undefined | {path: string; uid: number} {
  const self = process.getuid?.()
  if (self === undefined) return undefined
  const owner = statSync(dir, {throwIfNoEntry: false})?.uid
  if (owner === undefined) return undefined // moved meanwhile
  if (owner !== self) return {path: dir, uid: owner}
  const path = recordPath(dir)
  const uid = lstatSync(path, {throwIfNoEntry: false})?.uid
  return uid === undefined || uid === self || uid === 0 ? undefined : {path, uid}
}

/**
 * Returns true if the candidate process provably does not listen on the recorded port. A response there then comes from
 * another process.
 */
function provablyNotListening(system: System, record: LockRecord, liveness: Liveness): boolean {
  return liveness === 'possible' && system.processes.listens(record.pid, record.port ?? 0) === false
}

async function hasChanged(system: System, graph: Graph, record: LockRecord): Promise<boolean> {
  const read = readRecord(graph.dir)
  if (read.kind !== 'present' || read.record.pid !== record.pid || read.record['lock-id'] !== record['lock-id'])
    return true
  return (
    livenessOf(record, await system.processes.hostIdentity(), await system.processes.getProcess(record.pid)) === 'dead'
  )
}

/**
 * Decides by the server lock if the record's pid means nothing here, or names a process that does not identify itself
 * as the server: if the lock is free, no server lives.
 */
async function resolveLiveness(
  system: System,
  graph: Graph,
  record: LockRecord,
  found: ProcessFacts | undefined,
  {force}: InspectOptions,
): Promise<Liveness> {
  const liveness = await livenessOfServer(system, graph, record, found)
  if (liveness !== 'alive' && (await isCopiedRecord(system, graph, record, found, () => sharesMounts(system, found))))
    return 'dead'
  if (liveness === 'other-machine' && force) return 'dead'
  if (liveness === 'other-machine' && onNetwork(graph.dir)) return liveness
  const unsaid = liveness === 'possible' && record['auth-token'] !== undefined // a legacy server holds no server lock
  const guarded = liveness === 'other-machine' || liveness === 'other-namespace' || unsaid
  if (guarded && isServerLockFree(graph.dir)) return 'dead'
  // The lock is held, and nothing more is known of the process (no /proc): a silent server is not dead.
  return unsaid && found?.start === undefined ? 'alive' : liveness
}

/**
 * Returns true if a process sees the same files under the same paths as this one. True where the system does not report
 * it (macOS).
 */
async function sharesMounts(system: System, found: ProcessFacts | undefined): Promise<boolean> {
  const self = await system.processes.getProcess(process.pid)
  return found !== undefined && found.mountNamespace === self?.mountNamespace
}

function onNetwork(dir: string): boolean {
  return isNetwork(statfsSync(dir).type)
}
