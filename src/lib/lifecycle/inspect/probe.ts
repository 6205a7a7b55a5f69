import {CHALLENGE_HEADER, CLIENT_PROOF_HEADER} from '../../../protocol/http.js'
import {present} from '../../../values/present.js'
import {machineError} from '../../errors.js'
import {parseObject} from '../../fields.js'
import type {Graph} from '../../graphs/locate.js'
import {isSameRepo} from '../../graphs/name.js'
import {clientProofOf, datagramChallenge, newChallenge, proofOf, sameSecret} from '../../lock/proof.js'
import type {LockRecord} from '../../lock/record.js'
import {ownRevision} from '../../package-root.js'
import {patientSignal} from '../../patient-timeout.js'
import type {System} from '../../process/system.js'
import {askByDatagram} from './ask-by-datagram.js'
import {Connection} from './connection.js'
import {PROBE_MS, repeatIfClosed} from './exchange.js'
import {readUse, type Use} from './reported-use.js'

/** Part of the time for a response that a server has to respond to a datagram. In the rest, it is asked over a connection. */
const DATAGRAM_PART = 0.2

/** Graph to probe, and how well its record's process is known. */
export interface Asked {
  /** Prove to the server that this client knows the token, so that its answer includes who uses it. */
  asksUse?: boolean | undefined
  graph: Pick<Graph, 'id'>
  /** True if a living process holds the server lock of the graph's directory, under any of its paths. */
  guarded(): boolean
  /** True if the record's process is known to be its server. Otherwise the listener has to identify itself. */
  identified: boolean
  /** Time to respond, in ms. */
  timeoutMs?: number
}

/**
 * State of a record's port: `ready` or `starting` if the recorded server responds, `stranger` if something responds
 * without proof, `silent` if nothing responds within a second.
 */
export type Probe = 'ready' | 'silent' | 'starting' | 'stranger'

/** Response to a probe. */
export interface Answer {
  /** Reason why the server treats its graph as damaged and read-only. */
  damage?: string
  /** True if the server stores the IDs of writes, so that a write may be repeated. */
  keepsIds?: boolean
  probe: Probe
  /** True if the server proved that it serves the directory under this path. One under another mount does not. */
  provesPlace?: boolean
  /** Use of the server, if it was asked for; absent for a server of an older build. */
  use?: Use | undefined
}

/** Response, and the connection over which it came, which stays open for further requests; the caller closes it. */
export interface OpenProbe extends Answer {
  connection: Connection
}

/**
 * Probes the port of a record, by a datagram if that is enough. Only a server that proves itself and its place responds to one; over a
 * connection, it is found out what else there is.
 * @throws as `openProbe`
 */
export async function probePort(
  system: System,
  record: LockRecord,
  asked: Asked & {looksOnly: boolean},
): Promise<Answer & {connection?: Connection}> {
  const token = record['auth-token']
  if (!asked.looksOnly || token === undefined || !record.port || record.revision !== ownRevision())
    return openProbe(system, record, asked)
  const {timeoutMs = PROBE_MS} = asked
  const wait = timeoutMs * DATAGRAM_PART
  const answer = await probeByDatagram(record, token, {...asked, timeoutMs: wait})
  return answer ?? openProbe(system, record, {...asked, timeoutMs: timeoutMs - wait})
}

/** Probes a server of this build without a connection. @returns undefined without a response, or without proof */
async function probeByDatagram(
  record: LockRecord,
  token: string,
  {asksUse, graph, timeoutMs}: Asked & {timeoutMs: number},
): Promise<Answer | undefined> {
  const challenge = newChallenge()
  const lockId = record['lock-id'] ?? ''
  const proven = datagramChallenge(challenge)
  const proof = asksUse && {'client-proof': clientProofOf(token, lockId, proven)}
  const health = await askByDatagram(present(record.port), {challenge, ...proof}, timeoutMs)
  const isProven = isProof(health?.['graph-proof'], proofOf(token, lockId, proven, graph.id))
  return health && isProven ? {...readHealth(health, asksUse), provesPlace: true} : undefined
}

/**
 * Probes the port of a record. The connection stays open, because a proof holds only for its connection.
 * @throws ServerError `too-many-open-files`: nothing was asked, so that no response says nothing
 */
export async function openProbe(system: System, record: LockRecord, asked: Asked): Promise<OpenProbe> {
  let connection = new Connection(record.port || 1)
  if (!record.port) return {connection, probe: 'silent'}
  const signal = patientSignal(asked.timeoutMs ?? PROBE_MS)
  try {
    const answer = await repeatIfClosed(system.clock, () => {
      connection.close()
      connection = new Connection(present(record.port))
      return probe(system, record, asked, {connection, signal})
    })
    return {connection, ...answer}
  } catch (error) {
    const failure = machineError(error)
    if (failure) throw failure
    return {connection, probe: 'silent'} // refused, closed again and again, or timed out: no response in any case
  }
}

async function probe(
  system: System,
  record: LockRecord,
  asked: Asked,
  exchange: {connection: Connection; signal: AbortSignal},
): Promise<Answer> {
  const token = record['auth-token']
  if (token !== undefined) return probeOurs(record, token, asked, exchange)
  return {probe: await probeLegacy(system, record, asked.identified, exchange)}
}

async function probeOurs(
  record: LockRecord,
  token: string,
  asked: Asked,
  {connection, signal}: {connection: Connection; signal: AbortSignal},
): Promise<Answer> {
  const challenge = newChallenge()
  const lockId = record['lock-id'] ?? ''
  const headers = {
    [CHALLENGE_HEADER]: challenge,
    ...(asked.asksUse && {[CLIENT_PROOF_HEADER]: clientProofOf(token, lockId, challenge)}),
  }
  const {body} = await connection.send({headers, path: '/healthz', signal})
  const health = parseObject(body)
  if (!health) return {probe: 'stranger'}
  const provesPlace = isProof(health['graph-proof'], proofOf(token, lockId, challenge, asked.graph.id))
  if (!provesPlace) {
    if (!isProof(health['proof'], proofOf(token, lockId, challenge))) return {probe: 'stranger'}
    // It serves this record, and another path: that of the original, or this directory's under another mount. Only a
    // server of this directory holds the server lock in it. An older build proves no path; what was inspected says enough.
    if (health['graph-proof'] !== undefined && !asked.guarded()) return {probe: 'stranger'}
  }

  return {...readHealth(health, asked.asksUse), provesPlace}
}

/** Reads the health of a server that has proven itself. */
function readHealth(health: Record<string, unknown>, asksUse: boolean | undefined): Answer {
  return {
    ...(typeof health['damage'] === 'string' && {damage: health['damage']}),
    keepsIds: health['request-ids'] === true,
    probe: health['status'] === 'ready' ? 'ready' : 'starting',
    ...(asksUse && {use: readUse(health['use'])}),
  }
}

/** Compares what a server has sent with the proof that is expected. */
function isProof(sent: unknown, proof: string): boolean {
  return typeof sent === 'string' && sameSecret(sent, proof)
}

/**
 * Probes Logseq's own server, which proves nothing. Since April 2026 its health names repo and pid. Before, it says
 * `ok`, which is believed only of a known process that owns the port, as far as the system reports.
 */
async function probeLegacy(
  system: System,
  record: LockRecord,
  identified: boolean,
  {connection, signal}: {connection: Connection; signal: AbortSignal},
): Promise<Probe> {
  const health = await connection.send({path: '/healthz', signal})
  const named = parseObject(health.body)
  if (named?.['pid'] === undefined) {
    if (!identified || system.processes.listens(record.pid, present(record.port)) === false) return 'stranger'
    const ready = health.status === 200 && (await connection.send({path: '/readyz', signal})).status === 200
    return ready ? 'ready' : 'starting'
  }

  const {pid, repo} = named
  if (pid !== record.pid || typeof repo !== 'string' || !isSameRepo(repo, record.repo)) return 'stranger'
  return named['status'] === 'ready' && health.status === 200 ? 'ready' : 'starting'
}
