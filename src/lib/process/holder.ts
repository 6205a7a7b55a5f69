import {type Identity, type Life, lifeOf, type ProcessFacts} from './identity.js'
import {type GraphRef, servesGraph} from './match.js'
import {realPath} from './orphans.js'
import type {System} from './system.js'

/**
 * Does the daemon that a record names live? A process of its pid and start time whose exact command line does not
 * serve this graph is an innocent: then the record is wrong, and its daemon is `dead`. A record without a start time
 * (Logseq's own) is believed only if the command line says db-worker-node for this graph; else anything is `possible`.
 * @param found what the process table says of the record's pid
 */
export async function lifeOfHolder(
  system: System,
  graph: GraphRef,
  record: Identity,
  found: ProcessFacts | undefined,
): Promise<Life> {
  const life = lifeOf(record, await system.processes.place(), found)
  const told = found?.argv !== undefined || found?.commandLine !== undefined
  if (!found || !told || (life !== 'alive' && life !== 'possible')) return life
  const ours = record['process-start'] !== undefined
  if (servesGraph(found, graph, realPath, ours)) return 'alive'
  return ours ? 'dead' : 'possible'
}
