import {ServerError} from '../errors.js'
import {livenessOf, scopeOf} from '../process/identity.js'
import type {System} from '../process/system.js'
import type {Requester} from './owner.js'
import type {LockRecord} from './record.js'

/** Is the app process that owns an electron daemon proven dead? One that no record names is not. */
export async function ownerIsDead(system: System, record: LockRecord): Promise<boolean> {
  const {'owner-pid': pid, 'owner-start': start} = record
  if (record['owner-source'] !== 'electron' || pid === undefined || start === undefined) return false
  const here = await system.processes.hostIdentity()
  if (scopeOf(record, here) !== 'here') return false
  return livenessOf({...record, pid, 'process-start': start}, here, await system.processes.getProcess(pid)) === 'dead'
}

/**
 * Completes the process that a requester names: with its start time, a pid cannot be mistaken for another one later.
 * @throws ServerError `usage` when there is no such process
 */
export async function identifyRequester(system: System, requester: Requester): Promise<Requester> {
  const {process} = requester
  if (process === undefined || process.start !== undefined) return requester
  const found = await system.processes.getProcess(process.pid)
  if (found && !found.zombie) return {...requester, process: {pid: process.pid, start: found.start}}
  throw new ServerError('usage', `There is no process ${process.pid} that could own the server`, {
    details: {'owner-pid': process.pid},
    hint: 'Give the pid of the main process of the app with --owner-pid.',
  })
}
