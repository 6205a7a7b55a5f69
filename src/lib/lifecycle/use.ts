import {isObject, parseObject} from '../fields.js'
import type {Graph} from '../graphs/locate.js'
import type {LockRecord} from '../lock/record.js'
import {patientSignal} from '../patient-timeout.js'
import type {System} from '../process/system.js'
import type {Connection} from './inspect/connection.js'
import {isBroken, isClosed, PROBE_MS, repeatIfClosed} from './inspect/exchange.js'
import {enter} from './inspect/inspect.js'
import {readUse, type Use} from './inspect/reported-use.js'
import {authorization} from './shutdown.js'

/**
 * Asks a server that has proven itself who uses it. Newer builds report it with their health: see `InspectOptions.asksUse`.
 * @returns undefined for a server that does not report it
 */
export async function askUse(connection: Connection, record: LockRecord): Promise<Use | undefined> {
  if (record['auth-token'] === undefined) return undefined // one of Logseq's own
  try {
    const {body, status} = await connection.send({
      headers: authorization(record),
      path: '/v1/status',
      signal: patientSignal(PROBE_MS),
    })
    return status === 200 ? readUse(JSON.parse(body)) : undefined
  } catch {
    return undefined // it has ended, or is busy: what else is known of it is shown
  }
}

/**
 * Uses a server that ends when it is not used, so that its time begins again.
 * @returns false if it is about to end
 */
export async function keepFromEnding(system: System, graph: Graph, {force}: {force: boolean}): Promise<boolean> {
  try {
    return await repeatIfClosed(system.clock, () => use(system, graph, force))
  } catch (error) {
    return !isBroken(error) && !isClosed(error) // it has just ended, or is busy: then it is not idle
  }
}

async function use(system: System, graph: Graph, force: boolean): Promise<boolean> {
  const {connection, seen} = await enter(system, graph, {force})
  if (!connection) return false
  try {
    if (!('record' in seen)) return false
    const {body, status} = await connection.send({
      body: {args: [], method: 'thread-api/get-version'},
      headers: authorization(seen.record),
      method: 'POST',
      path: '/v1/invoke',
      signal: patientSignal(PROBE_MS),
    })
    return status !== 503 || codeOf(body) !== 'server-stopping'
  } finally {
    connection.close()
  }
}

/** Reads the code of an error that a server sent. @returns undefined for a body of another form */
function codeOf(body: string): unknown {
  const error = parseObject(body)?.['error']
  return isObject(error) ? error['code'] : undefined
}
