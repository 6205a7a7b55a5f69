import {realpathSync} from 'node:fs'

import {messageOf} from '../errors.js'
import type {ProcessFacts} from './identity.js'
import {type GraphRef, mayBeWorker, servesGraph} from './match.js'
import type {System} from './system.js'

/**
 * Outcome of a scan: `done`, `unsupported` (not Linux or macOS), or the reason of a failure. Only `done` means that
 * there are no others.
 */
export type ScanOutcome = 'done' | 'unsupported' | `failed: ${string}`

export interface OrphanScan {
  found: ProcessFacts[]
  outcome: ScanOutcome
}

/**
 * Finds every live server of this graph that the caller may see and signal: same user, same pid and mount namespace,
 * matching exact command line.
 * @param named pid in the graph's record, which is not an orphan
 */
export async function scanForOrphans(system: System, graph: GraphRef, named?: number): Promise<OrphanScan> {
  const {found, outcome} = await scanForWorkers(system, named)
  return {found: found.filter((facts) => servesGraph(facts, graph, realPath)), outcome}
}

/**
 * Finds every live process that the caller may see and signal, and whose command line may be that of a server of any graph.
 * @param named pid to leave out
 */
export async function scanForWorkers(system: System, named?: number): Promise<OrphanScan> {
  if (!system.processes.scans) return {found: [], outcome: 'unsupported'}
  try {
    const {processes} = system
    const [all, self] = await Promise.all([processes.list(), processes.getProcess(process.pid)])
    // A cheap look at every command line, a full one only at candidates.
    const candidates = all.filter((facts) => facts.pid !== process.pid && facts.pid !== named && mayBeWorker(facts))
    const seen = await Promise.all(candidates.map(({pid}) => processes.getProcess(pid)))
    const found = seen.filter(
      (facts): facts is ProcessFacts =>
        facts !== undefined &&
        !facts.zombie &&
        facts.uid === system.uid &&
        facts.pidNamespace === self?.pidNamespace &&
        facts.mountNamespace === self?.mountNamespace,
    )
    return {found, outcome: 'done'}
  } catch (error) {
    return {found: [], outcome: `failed: ${messageOf(error)}`}
  }
}

/** Returns the real path of a directory that another process names, or undefined if it no longer exists. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined // gone, or not accessible
  }
}
