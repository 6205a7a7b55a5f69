import {type Identity, type Liveness, livenessOf, type ProcessFacts} from './identity.js'
import {type GraphRef, servesGraph} from './match.js'
import {realPath} from './scan.js'
import type {System} from './system.js'

/**
 * Does the daemon that a record names live? The exact command line has to agree: a process of its pid and start time
 * that does not say it serves this graph is `possible` only. It is an innocent that a wrong record names, unless the
 * listener on the record's port proves the record right (the graph may be known by another path, a bind mount).
 * @param found what the process table says of the record's pid
 */
export async function livenessOfServer(
  system: System,
  graph: GraphRef,
  record: Identity,
  found: ProcessFacts | undefined,
): Promise<Liveness> {
  const liveness = livenessOf(record, await system.processes.hostIdentity(), found)
  const told = found?.argv !== undefined || found?.commandLine !== undefined
  if (!found || !told || (liveness !== 'alive' && liveness !== 'possible')) return liveness
  const anyScript = record['process-start'] !== undefined
  return servesGraph(found, graph, realPath, anyScript) ? 'alive' : 'possible'
}
