import type {Graph} from '../graphs/locate.js'
import {readRecord} from '../lock/record-file.js'
import {isSameProcess} from '../process/identity.js'
import {servesGraph} from '../process/match.js'
import {realPath, scanForOrphans, type ScanOutcome} from '../process/scan.js'
import {livenessOfServer} from '../process/server-liveness.js'
import type {System} from '../process/system.js'
import {terminate} from '../process/terminate.js'
import type {Operation} from './operation.js'

export interface OrphansEnded {
  /** True if the record names one of them by now, so the caller has to inspect again. */
  named: boolean
  outcome: ScanOutcome
  pids: number[]
}

/** Finds the live servers of a graph that its record does not name. */
export async function findOrphans(system: System, graph: Graph): Promise<{outcome: ScanOutcome; pids: number[]}> {
  const named = await namedPid(system, graph)
  const {found, outcome} = await scanForOrphans(system, graph, named)
  return {outcome, pids: found.map(({pid}) => pid)}
}

/**
 * Stops every live server of a graph that no record names, of any owner, and waits until they are gone. The record is
 * read again before each signal.
 */
export async function endOrphans(op: Operation): Promise<OrphansEnded> {
  const {outcome, pids: found} = await findOrphans(op.system, op.graph)
  if (found.length > 0) op.report.progress(`Stopping a leftover server (pid ${found.join(', ')})`)
  const ended = await Promise.all(found.map((pid) => endOrphan(op, pid)))
  return {
    named: ended.includes('named'),
    outcome,
    pids: found.filter((_, i) => ended[i] === 'ended'),
  }
}

async function endOrphan(op: Operation, pid: number): Promise<'ended' | 'left' | 'named'> {
  const first = await op.system.processes.getProcess(pid)
  let named = false
  const how = await terminate(op.system, async () => {
    named = (await namedPid(op.system, op.graph)) === pid
    const now = await op.system.processes.getProcess(pid)
    const isMeant = !named && isSameProcess(first, now) && servesGraph(now, op.graph, realPath)
    return isMeant ? now : undefined
  })
  if (named) return 'named'
  op.report.debug(`orphan ${pid}: ${how}`)
  return how === 'sigterm' || how === 'sigkill' ? 'ended' : 'left'
}

/** Returns the pid of the live process that the record names, or undefined. */
async function namedPid(system: System, graph: Graph): Promise<number | undefined> {
  const read = readRecord(graph.dir)
  if (read.kind !== 'present') return undefined
  const liveness = await livenessOfServer(
    system,
    graph,
    read.record,
    await system.processes.getProcess(read.record.pid),
  )
  return liveness === 'alive' || liveness === 'possible' ? read.record.pid : undefined
}
