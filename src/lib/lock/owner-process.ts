import {ServerError} from '../errors.js'
import {livenessOf, scopeOf} from '../process/identity.js'
import type {System} from '../process/system.js'
import type {Requester} from './owner.js'
import type {LockRecord} from './record.js'

/** Returns true if the record names an owner process that is proven dead. */
export async function ownerIsDead(system: System, record: LockRecord): Promise<boolean> {
  const {'owner-pid': pid, 'owner-start': start} = record
  if (record['owner-source'] !== 'electron' || pid === undefined || start === undefined) return false
  const here = await system.processes.hostIdentity()
  if (scopeOf(record, here) !== 'here') return false
  return livenessOf({...record, pid, 'process-start': start}, here, await system.processes.getProcess(pid)) === 'dead'
}

/**
 * Adds the start time to the process that a requester names, so that a reused pid is recognized.
 * @throws ServerError `usage` if there is no such process
 */
export async function identifyRequester(system: System, requester: Requester): Promise<Requester> {
  const {process} = requester
  if (process === undefined || process.start !== undefined) return requester
  const found = await system.processes.getProcess(process.pid)
  if (found && !found.zombie) return {...requester, process: {pid: process.pid, start: found.start}}
  throw new ServerError('usage', `No process with pid ${process.pid}`, {
    details: {'owner-pid': process.pid},
    hint: 'Pass the pid of the app’s main process with --owner-pid.',
  })
}
