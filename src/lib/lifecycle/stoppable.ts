import {isOwnDirectory} from '../graphs/data-dir.js'
import type {Graph} from '../graphs/locate.js'
import {ownerIsDead} from '../lock/owner-process.js'
import {authority, ownerOf, type Requester} from '../lock/owner.js'
import type {System} from '../process/system.js'
import {decideStop, type StopStep} from './decide.js'
import type {Inspection} from './inspect/classify.js'

/**
 * Returns what a stop by a requester does with the inspected server. Used by `stop` and by every result that reports
 * it.
 */
export async function stopStepOf(system: System, requester: Requester, seen: Inspection): Promise<StopStep> {
  if (!('record' in seen)) return decideStop(seen, {canStop: true, takesOver: false})
  const {record} = seen
  return decideStop(seen, authority(requester, ownerOf(record), await ownerIsDead(system, record)))
}

/**
 * Returns true if a stop by the requester, without `--force`, would end the inspected server. This is `owned` in every
 * result.
 */
export async function mayStop(system: System, graph: Graph, requester: Requester, seen: Inspection): Promise<boolean> {
  const step = await stopStepOf(system, requester, seen)
  return step.do === 'stop' && isOwnDirectory(graph.dir)
}
