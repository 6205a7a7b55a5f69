import {messageOf, ServerError} from '../errors.js'
import type {ServerOptions} from './operation.js'
import type {ListResult, StatusResult, StopResult} from './results.js'
import {listServers} from './status.js'
import {stopServer} from './stop.js'

/** Options of `stopServers`: those of a stop, for all graphs of a data directory. */
export type StopAllOptions = Omit<ServerOptions, 'repo'>

/** What became of one server: it was stopped, it is not the requester's, or it could not be stopped. */
export type StopOutcome =
  | (StopResult & {outcome: 'stopped'})
  | {error: {code: string; hint: string; message: string}; graph: string; outcome: 'failed'; repo: string}
  | {graph: string; outcome: 'not-owned'; 'owner-id'?: string; 'owner-source'?: string; pid?: number; repo: string}

/** What became of the servers of a data directory, in the order of the graphs' names. */
export interface StopAllResult {
  'data-dir': string
  servers: StopOutcome[]
}

const RUNNING = new Set<StatusResult['status']>(['elsewhere', 'ready', 'starting', 'unresponsive', 'unsupported'])

/**
 * Stops all servers of a data directory that the requester may stop, side by side. Those of others go on. One that cannot be
 * stopped keeps none of the others from it.
 * @returns an outcome for each server that runs
 */
export async function stopServers(options: StopAllOptions): Promise<StopAllResult> {
  const {'data-dir': dataDir, servers}: ListResult = await listServers(options)
  const running = servers.filter(({status}) => RUNNING.has(status))
  const outcomes = await Promise.all(running.map((server) => outcomeOf(server, options)))
  return {'data-dir': dataDir, servers: outcomes.filter((outcome) => outcome !== undefined)}
}

/** Stops one of them. @returns undefined when it had ended by itself */
async function outcomeOf(server: StatusResult, options: StopAllOptions): Promise<StopOutcome | undefined> {
  const {graph, repo} = server
  try {
    return {...(await stopServer({...options, repo: graph})), outcome: 'stopped'}
  } catch (error) {
    if (!(error instanceof ServerError)) return failed(server, new ServerError('exception', messageOf(error)))
    if (error.code === 'interrupted') throw error
    if (error.code === 'server-not-found') return undefined
    if (error.code !== 'server-owned-by-other') return failed(server, error)
    const {'owner-id': id, 'owner-source': source, pid} = server
    return {
      graph,
      repo,
      outcome: 'not-owned',
      ...(pid !== undefined && {pid}),
      ...(source !== undefined && {'owner-source': source}),
      ...(id !== undefined && {'owner-id': id}),
    }
  }
}

function failed({graph, repo}: StatusResult, {code, hint, message}: ServerError): StopOutcome {
  return {graph, repo, outcome: 'failed', error: {code, hint, message}}
}
