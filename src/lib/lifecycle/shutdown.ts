import {requesterFields} from '../lock/owner.js'
import type {LockRecord} from '../lock/record.js'
import {patientSignal} from '../patient-timeout.js'
import {PROBE_MS, repeatIfClosed} from './inspect/exchange.js'
import {enter, type Entered} from './inspect/inspect.js'
import type {Operation} from './operation.js'

/** Result of a request to stop: accepted, refused to this requester, or no response within a second. */
export type ShutdownAnswer = 'accepted' | 'refused' | 'silent'

/** Server to stop. */
export interface ShutdownTarget {
  /** Inspection that has found it; its connection is used, and closed. */
  entered: Entered
  record: LockRecord
  /** True if its supervisor, if it has one, is to start it again. */
  restarts: boolean
}

/**
 * Asks a server to stop. Asks again if the connection is closed, and the graph's record still names the server: a signal is for
 * a server that does not answer.
 */
export async function requestShutdown(op: Operation, target: ShutdownTarget): Promise<ShutdownAnswer> {
  let entered: Entered | undefined = target.entered
  try {
    return await repeatIfClosed(op.system.clock, async () => {
      const used = entered ?? (await enter(op.system, op.graph, op))
      entered = undefined
      return ask(op, used, target)
    })
  } catch {
    return 'silent' // interrupted or timed out: the next step, a signal, follows in any case
  }
}

async function ask(
  op: Operation,
  {connection, seen}: Entered,
  {record, restarts}: ShutdownTarget,
): Promise<ShutdownAnswer> {
  if (!connection) return 'silent'
  try {
    if (!('record' in seen) || seen.record.pid !== record.pid || seen.record['lock-id'] !== record['lock-id'])
      return 'silent'
    const {status} = await connection.send({
      body: {...requesterFields(op.requester), ...(restarts && {restart: true})},
      headers: authorization(seen.record),
      method: 'POST',
      path: '/v1/shutdown',
      signal: patientSignal(PROBE_MS),
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
