import {Connection} from '../../client/connection.js'
import {CHALLENGE_HEADER, newChallenge, proofOf, sameSecret} from '../../lock/proof.js'
import type {LockRecord} from '../../lock/record.js'
import type {System} from '../../process/system.js'

/** How long a daemon has to answer before it counts as unresponsive, in ms. */
export const PROBE_MS = 1000

/**
 * What a record's port says: `ready` or `starting` when the daemon of the record answers, `stranger` when something
 * answers that cannot prove to be it, `silent` when nothing does within a second.
 */
export type Probe = 'ready' | 'silent' | 'starting' | 'stranger'

/** A probe whose connection is kept open for what follows; the caller closes it. */
export interface OpenProbe {
  connection: Connection
  probe: Probe
}

/**
 * Asks the port that a record names whether its daemon is there, and ready.
 * @param identified the record's process is known to be its daemon; else the listener has to name itself
 */
export async function probe(system: System, record: LockRecord, identified: boolean): Promise<Probe> {
  const open = await openProbe(system, record, identified)
  open.connection.close()
  return open.probe
}

/** The same, leaving the connection open: what a listener has proven holds only for that connection. */
export async function openProbe(system: System, record: LockRecord, identified: boolean): Promise<OpenProbe> {
  const connection = new Connection(record.port || 1)
  if (!record.port) return {connection, probe: 'silent'}
  const signal = AbortSignal.timeout(PROBE_MS)
  try {
    const asked =
      record['auth-token'] === undefined
        ? probeLegacy(system, record, identified, {connection, signal})
        : probeOurs(record, record['auth-token'], connection, signal)
    return {connection, probe: await asked}
  } catch {
    return {connection, probe: 'silent'} // refused, cut off, or out of time: whatever the cause, no answer
  }
}

async function probeOurs(
  record: LockRecord,
  token: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<Probe> {
  const challenge = newChallenge()
  const {body} = await connection.ask({headers: {[CHALLENGE_HEADER]: challenge}, path: '/healthz', signal})
  const health = parseObject(body)
  const expected = proofOf(token, record['lock-id'] ?? '', challenge)
  if (typeof health?.['proof'] !== 'string' || !sameSecret(health['proof'], expected)) return 'stranger'
  return health['status'] === 'ready' ? 'ready' : 'starting'
}

/**
 * Logseq's own daemon proves nothing. Its health names repo and pid (since April 2026); before that it says `ok`,
 * which is believed only of a process that is known, and that owns the port as far as the system tells.
 */
async function probeLegacy(
  system: System,
  record: LockRecord,
  identified: boolean,
  {connection, signal}: {connection: Connection; signal: AbortSignal},
): Promise<Probe> {
  const health = await connection.ask({path: '/healthz', signal})
  const named = parseObject(health.body)
  if (named?.['pid'] === undefined) {
    if (!identified || system.processes.listens(record.pid, record.port!) === false) return 'stranger'
    const ready = health.status === 200 && (await connection.ask({path: '/readyz', signal})).status === 200
    return ready ? 'ready' : 'starting'
  }

  if (named['pid'] !== record.pid || named['repo'] !== record.repo) return 'stranger'
  return named['status'] === 'ready' && health.status === 200 ? 'ready' : 'starting'
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined // plain text, as Logseq's first daemon answers
  }
}
