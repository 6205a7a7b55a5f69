import {lstatSync, statfsSync, statSync} from 'node:fs'

import {permissionError} from '../../graphs/data-dir.js'
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
import {openProbe} from './probe.js'

/** File systems on which another machine's locks may be out of sight. Magic numbers: statfs(2) */
const NETWORK_FILE_SYSTEMS = new Set([
  0x69_69, 0x51_7b, 0xff_53_4d_42, 0xfe_53_4d_42, 0x01_02_19_97, 0x65_73_55_46, 0x00_c3_64_00, 0x53_46_41_4f,
  0x01_16_19_70, 0x74_61_63_6f,
])

export interface InspectOptions {
  /** Treat a daemon of another machine as gone, and trust the directory of another user: the user says so. */
  force?: boolean
  /** How long the daemon may take to answer, in ms. Default a second. */
  probeMs?: number
}

/** An inspection, and the connection over which the daemon has proven itself; none when it has not. */
export interface Entered {
  connection?: Connection
  /** Does the daemon remember the ids of writes, so that one may be repeated? */
  keepsIds?: boolean | undefined
  seen: Inspection
}

/** Looks at a graph's record and at what it names, and says in one word how things stand. Changes nothing. */
export async function inspect(system: System, graph: Graph, options: InspectOptions = {}): Promise<Inspection> {
  const {connection, seen} = await enter(system, graph, options)
  connection?.close()
  return seen
}

/**
 * The one way to a server. The same look, which keeps the connection: record, owner of the directory, process and place
 * have been seen, and the listener has proven itself on it. The caller closes it.
 */
export async function enter(system: System, graph: Graph, options: InspectOptions = {}): Promise<Entered> {
  const entered = await look(system, graph, options)
  // A daemon may have gone, or another have come, while it was being asked: then one more look tells.
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
  const process = liveness === 'alive' ? found : undefined
  if (liveness === 'dead' || provablyNotListening(system, read.record, liveness))
    return {seen: classify({answer: 'silent', liveness, process, read})}
  const {connection, damage, keepsIds, probe, provesPlace} = await openProbe(system, read.record, {
    graph,
    guarded: () => !isServerLockFree(graph.dir),
    identified: liveness === 'alive',
    timeoutMs: options.probeMs,
  })
  const seen = classify({answer: probe, liveness, process, read})
  if ('record' in seen && damage !== undefined) seen.damage = damage
  if ('record' in seen && provesPlace) seen.provesPlace = true
  if (probe === 'ready' || probe === 'starting') return {connection, keepsIds, seen}
  connection.close()
  return {seen}
}

/**
 * Who else made this directory, or the record in it? In a data directory where all may write, anybody can put there a
 * graph of a person's, and a server of their own that reads what the person writes.
 */
function findStranger({dir}: Graph): undefined | {path: string; uid: number} {
  const self = process.getuid?.()
  if (self === undefined) return undefined
  const owner = statSync(dir).uid
  if (owner !== self) return {path: dir, uid: owner}
  const path = recordPath(dir)
  const uid = lstatSync(path, {throwIfNoEntry: false})?.uid
  return uid === undefined || uid === self || uid === 0 ? undefined : {path, uid}
}

/** Does the process that is possibly the daemon not listen on the daemon's port? Then it is not, whoever answers there. */
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
 * Where a record's pid means nothing here, or names a process that does not say it serves this graph, the server lock
 * decides: nobody has it, nobody lives.
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
  const unsaid = liveness === 'possible' && record['auth-token'] !== undefined // a legacy daemon holds no server lock
  const guarded = liveness === 'other-machine' || liveness === 'other-namespace' || unsaid
  if (guarded && isServerLockFree(graph.dir)) return 'dead'
  // Somebody holds the server lock, and nothing more can be seen of the process (no /proc): a server that does not answer is not dead.
  return unsaid && found?.start === undefined ? 'alive' : liveness
}

/** Does a process see the same files under the same paths as this one? Where the system does not tell (macOS), all do. */
async function sharesMounts(system: System, found: ProcessFacts | undefined): Promise<boolean> {
  const self = await system.processes.getProcess(process.pid)
  return found !== undefined && found.mountNamespace === self?.mountNamespace
}

function onNetwork(dir: string): boolean {
  return NETWORK_FILE_SYSTEMS.has(statfsSync(dir).type)
}
