import {realpathSync} from 'node:fs'

import {messageOf} from '../errors.js'
import type {ProcessFacts} from './identity.js'
import {type GraphRef, mayBeWorker, servesGraph} from './match.js'
import type {System} from './system.js'

/** How a scan went: `done`, `unsupported` (not Linux or macOS), or why it failed. Only `done` means "there are no others". */
export type ScanOutcome = 'done' | 'unsupported' | `failed: ${string}`

export interface OrphanScan {
  found: ProcessFacts[]
  outcome: ScanOutcome
}

/**
 * Every live daemon of this graph that the caller may see and signal: same user, same pid and mount namespace, its
 * exact command line says so.
 * @param named the pid that the graph's record names: no orphan
 */
export async function scanForOrphans(system: System, graph: GraphRef, named?: number): Promise<OrphanScan> {
  if (!system.processes.scans) return {found: [], outcome: 'unsupported'}
  try {
    const {processes} = system
    const [all, self] = await Promise.all([processes.list(), processes.getProcess(process.pid)])
    // One cheap look at every command line, a full one only at those that might be daemons.
    const candidates = all.filter((facts) => facts.pid !== process.pid && facts.pid !== named && mayBeWorker(facts))
    const seen = await Promise.all(candidates.map(({pid}) => processes.getProcess(pid)))
    const found = seen.filter(
      (facts): facts is ProcessFacts =>
        facts !== undefined &&
        !facts.zombie &&
        facts.uid === system.uid &&
        facts.pidNamespace === self?.pidNamespace &&
        facts.mountNamespace === self?.mountNamespace &&
        servesGraph(facts, graph, realPath),
    )
    return {found, outcome: 'done'}
  } catch (error) {
    return {found: [], outcome: `failed: ${messageOf(error)}`}
  }
}

/** The real path of a directory that another process names; undefined when there is none any more. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined // gone, or not ours to see
  }
}
