import {requesterFields} from '../lock/owner.js'
import type {LockRecord} from '../lock/record.js'
import {PROBE_MS, repeatIfClosed} from './inspect/exchange.js'
import {enter} from './inspect/inspect.js'
import type {Operation} from './operation.js'

/** Result of a request to stop: accepted, refused to this requester, or no response within a second. */
export type ShutdownAnswer = 'accepted' | 'refused' | 'silent'

/**
 * Asks the server of a record to stop, if the graph's record still names it and it has proven itself. Asks again if the
 * connection is closed: a signal is for a server that does not answer.
 */
export async function requestShutdown(op: Operation, target: LockRecord, restarts = false): Promise<ShutdownAnswer> {
  try {
    return await repeatIfClosed(op.system.clock, () => ask(op, target, restarts))
  } catch {
    return 'silent' // interrupted or timed out: the next step, a signal, follows in any case
  }
}

async function ask(op: Operation, target: LockRecord, restarts: boolean): Promise<ShutdownAnswer> {
  const {connection, seen} = await enter(op.system, op.graph, op)
  if (!connection) return 'silent'
  try {
    if (!('record' in seen) || seen.record.pid !== target.pid || seen.record['lock-id'] !== target['lock-id'])
      return 'silent'
    const {status} = await connection.send({
      // Its supervisor, if it has one, is then to start it again.
      body: {...requesterFields(op.requester), ...(restarts && {restart: true})},
      headers: authorization(seen.record),
      method: 'POST',
      path: '/v1/shutdown',
      signal: AbortSignal.timeout(PROBE_MS),
    })
    if (status === 403) return 'refused'
    return status === 200 ? 'accepted' : 'silent'
  } finally {
    connection.close()
  }
}

/** Returns the header that our server requires; Logseq's own requires none. */
export function authorization(record: Pick<LockRecord, 'auth-token'>): Record<string, string> {
  return record['auth-token'] === undefined ? {} : {authorization: `Bearer ${record['auth-token']}`}
}
