import {type Identity, type Liveness, livenessOf, type ProcessFacts} from './identity.js'
import {type GraphRef, servesGraph} from './match.js'
import {realPath} from './scan.js'
import type {System} from './system.js'

/**
 * Returns whether the server that a record names lives. Its exact command line has to match: a process with its pid and
 * start time that does not serve this graph is `possible` only. It is an unrelated process unless the listener on the
 * port proves the record right, for example because the graph is known by another path (bind mount).
 * @param found entry of the record's pid in the process table
 */
export async function livenessOfServer(
  system: System,
  graph: GraphRef,
  record: Identity,
  found: ProcessFacts | undefined,
): Promise<Liveness> {
  const liveness = livenessOf(record, await system.processes.hostIdentity(), found)
  const reported = found?.argv !== undefined || found?.commandLine !== undefined
  if (!found || !reported || (liveness !== 'alive' && liveness !== 'possible')) return liveness
  const anyScript = record['process-start'] !== undefined
  return servesGraph(found, graph, realPath, anyScript) ? 'alive' : 'possible'
}
