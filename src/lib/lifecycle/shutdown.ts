import type {Requester} from '../lock/owner.js'
import type {LockRecord} from '../lock/record.js'
import type {System} from '../process/system.js'
import {openProbe, PROBE_MS} from './inspect/probe.js'

/** What became of a request to stop: it was taken, refused to this requester, or not answered in a second. */
export type ShutdownAnswer = 'accepted' | 'refused' | 'silent'

/** Asks the daemon of a record, known to live, to stop. The token is sent only to a listener that has proven itself on this connection. */
export async function requestShutdown(
  system: System,
  record: LockRecord,
  requester: Requester,
): Promise<ShutdownAnswer> {
  const {connection, probe} = await openProbe(system, record, true)
  try {
    if (probe === 'silent' || probe === 'stranger') return 'silent'
    const {status} = await connection.ask({
      body: {'owner-source': requester.source, ...(requester.id !== undefined && {'owner-id': requester.id})},
      headers: authorization(record),
      method: 'POST',
      path: '/v1/shutdown',
      signal: AbortSignal.timeout(PROBE_MS),
    })
    if (status === 403) return 'refused'
    return status === 200 ? 'accepted' : 'silent'
  } catch {
    return 'silent' // cut off or out of time: the next step, a signal, is taken either way
  } finally {
    connection.close()
  }
}

/** The header that a daemon of ours asks for; Logseq's own asks for none. */
function authorization(record: Pick<LockRecord, 'auth-token'>): Record<string, string> {
  return record['auth-token'] === undefined ? {} : {authorization: `Bearer ${record['auth-token']}`}
}
