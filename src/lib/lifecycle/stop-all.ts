import {ServerError} from '../errors.js'
import {actOnAll} from './act-on-all.js'
import {
  type AllOptions,
  failedOutcome,
  type FailedOutcome,
  isRunning,
  listAllServers,
  type ListedServer,
} from './all-servers.js'
import type {StopResult} from './results.js'
import {stopServer} from './stop.js'

/** Outcome for one server: it was stopped, it is not the requester's, or it could not be stopped. */
export type StopOutcome =
  | FailedOutcome
  | (StopResult & {'data-dir': string; outcome: 'stopped'})
  | {
      'data-dir': string
      graph: string
      outcome: 'not-owned'
      'owner-id'?: string
      'owner-source'?: string
      pid?: number
      repo: string
    }

/** Outcomes for the servers of all graphs, in the order of data directories and names. */
export interface StopAllResult {
  'data-dir': string
  servers: StopOutcome[]
}

/**
 * Stops all servers of data directories that the requester may stop, side by side. Those of others go on. One that cannot be
 * stopped keeps none of the others from it.
 * @returns an outcome for each server that runs
 */
export async function stopServers(options: AllOptions): Promise<StopAllResult> {
  const {dataDir, servers} = await listAllServers(options)
  const outcomes = await actOnAll(
    servers.filter((server) => isRunning(server)),
    (server) => outcomeOf(server, options),
    (outcome) => outcome?.outcome === 'failed' && outcome.error.code === 'too-many-open-files',
  )
  return {'data-dir': dataDir, servers: outcomes.filter((outcome) => outcome !== undefined)}
}

/** Stops one of them. @returns undefined when it had ended by itself */
async function outcomeOf(server: ListedServer, options: AllOptions): Promise<StopOutcome | undefined> {
  const {'data-dir': dataDir, graph, 'owner-id': id, 'owner-source': source, pid, repo} = server
  try {
    return {...(await stopServer({...options, dataDir, repo: graph})), 'data-dir': dataDir, outcome: 'stopped'}
  } catch (error) {
    if (!(error instanceof ServerError)) return failedOutcome(server, error)
    if (error.code === 'interrupted') throw error
    if (error.code === 'server-not-found') return undefined
    if (error.code !== 'server-owned-by-other') return failedOutcome(server, error)
    return {
      'data-dir': dataDir,
      graph,
      repo,
      outcome: 'not-owned',
      ...(pid !== undefined && {pid}),
      ...(source !== undefined && {'owner-source': source}),
      ...(id !== undefined && {'owner-id': id}),
    }
  }
}
