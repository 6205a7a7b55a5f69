import {lifeOf, locate} from '../process/identity.js'
import type {System} from '../process/system.js'
import type {LockRecord} from './record.js'

/** Is the app process that owns an electron daemon proven dead? One that no record names is not. */
export async function ownerIsDead(system: System, record: LockRecord): Promise<boolean> {
  const {'owner-pid': pid, 'owner-start': start} = record
  if (record['owner-source'] !== 'electron' || pid === undefined || start === undefined) return false
  const here = await system.processes.place()
  if (locate(record, here) !== 'here') return false
  return lifeOf({...record, pid, 'process-start': start}, here, await system.processes.look(pid)) === 'dead'
}
