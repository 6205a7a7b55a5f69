import {ServerError} from '../errors.js'
import type {LockRecord, OwnerSource} from '../lock/record.js'
import {
  type AllOptions,
  failedOutcome,
  type FailedOutcome,
  isRunning,
  listAllServers,
  type ListedServer,
} from './all-servers.js'
import {inspect} from './inspect/inspect.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withStartLock} from './operation.js'
import {isOtherBuild, ofOtherBuilds} from './other-build.js'
import {awaitSupervisor, replaceWithLock} from './restart.js'
import type {StartResult} from './results.js'

/** Outcome for one server: it was replaced, it is not the requester's, or it could not be replaced. */
export type RestartOutcome =
  | FailedOutcome
  | (StartResult & {'data-dir': string; outcome: 'restarted'})
  | {
      'data-dir': string
      graph: string
      outcome: 'not-owned'
      'owner-source'?: OwnerSource
      repo: string
      revision?: string
    }

/** Outcomes for the servers of all graphs, in the order of data directories and names. */
export interface RestartAllResult {
  'data-dir': string
  servers: RestartOutcome[]
}

/** Options of a restart of all servers. */
export type RestartAllOptions = AllOptions & Pick<StartOptions, 'idleTimeoutMs' | 'logLevel' | 'workerScript'>

/**
 * Replaces all servers of data directories that the requester may stop, one after the other. Those of others go on. One that cannot
 * be replaced keeps none of the others from it.
 */
export async function restartServers(options: RestartAllOptions): Promise<RestartAllResult> {
  const {dataDir, servers} = await listAllServers(options)
  return replaceEach(
    dataDir,
    servers.filter((server) => isRunning(server)),
    options,
    (record, {pid}) => record.pid === pid,
  )
}

/**
 * Replaces the servers of other builds as `restartServers` does, by servers of this build.
 * @param options `repo` names one graph; without it all are meant
 */
export async function restartOutdated(options: RestartAllOptions & {repo?: string}): Promise<RestartAllResult> {
  const {dataDir, servers} = await listAllServers(options)
  const outdated = ofOtherBuilds(servers, options.repo)
  return replaceEach(dataDir, outdated, options, ({revision}) => isOtherBuild(revision))
}

/** @param isMeant returns false for a server that another program has started since the list was made */
async function replaceEach(
  dataDir: string,
  servers: readonly ListedServer[],
  options: RestartAllOptions,
  isMeant: (record: LockRecord, listed: ListedServer) => boolean,
): Promise<RestartAllResult> {
  const outcomes: RestartOutcome[] = []
  for (const server of servers) {
    const outcome = isKnownAsOthers(server)
      ? notOwned(server)
      : await outcomeOf(server, options, (record) => isMeant(record, server))
    if (outcome) outcomes.push(outcome)
  }

  return {'data-dir': dataDir, servers: outcomes}
}

/** One that is out of reach is tried, so that its outcome has the reason. */
function isKnownAsOthers({owned, status}: ListedServer): boolean {
  return owned === false && (status === 'ready' || status === 'starting' || status === 'unresponsive')
}

function notOwned({
  'data-dir': dataDir,
  graph,
  'owner-source': source,
  repo,
  revision,
}: ListedServer): Extract<RestartOutcome, {outcome: 'not-owned'}> {
  return {
    'data-dir': dataDir,
    graph,
    repo,
    outcome: 'not-owned',
    ...(source !== undefined && {'owner-source': source}),
    ...(revision !== undefined && {revision}),
  }
}

async function outcomeOf(
  server: ListedServer,
  options: RestartAllOptions,
  isMeant: (record: LockRecord) => boolean,
): Promise<RestartOutcome | undefined> {
  const {'data-dir': dataDir, lifetime, repo} = server
  const start: StartOptions = {...options, dataDir, repo, ...(lifetime !== undefined && {lifetime})}
  try {
    const op = await begin(start)
    requireOwnGraph(op)
    const started = await replace(op, start, isMeant)
    const restarted = started === 'by its supervisor' ? await awaitSupervisor(op) : started
    return restarted && {...restarted, 'data-dir': dataDir, outcome: 'restarted'}
  } catch (error) {
    options.signal?.throwIfAborted()
    const isOthers = error instanceof ServerError && error.code === 'server-owned-by-other'
    return isOthers ? notOwned(server) : failedOutcome(server, error)
  }
}

/** Replaces one server, unless another program has done so, or ended it, since it was listed. */
function replace(
  op: Operation,
  options: StartOptions,
  isMeant: (record: LockRecord) => boolean,
): Promise<'by its supervisor' | StartResult | undefined> {
  return withStartLock(op, async () => {
    const seen = await inspect(op.system, op.graph, op)
    if (!('record' in seen) || seen.state === 'stale' || !isMeant(seen.record)) return undefined
    return replaceWithLock(op, options)
  })
}
