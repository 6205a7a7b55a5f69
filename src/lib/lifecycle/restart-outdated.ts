import {messageOf, ServerError} from '../errors.js'
import {inspect} from './inspect/inspect.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withLifecycle} from './operation.js'
import {isOtherBuild, ofOtherBuilds, type OtherBuild} from './other-build.js'
import type {StartResult, StatusResult} from './results.js'
import {startWithLock} from './start.js'
import {listServers} from './status.js'
import {stopWithLock} from './stop.js'

/** What became of one server of another build: it was replaced, it is not the requester's, or it could not be replaced. */
type RestartOutcome =
  | (OtherBuild & {outcome: 'not-owned'})
  | (StartResult & {outcome: 'restarted'})
  | {error: {code: string; hint: string; message: string}; graph: string; outcome: 'failed'; repo: string}

/** What became of the servers of other builds in a data directory, in the order of the graphs' names. */
export interface RestartOutdatedResult {
  'data-dir': string
  servers: RestartOutcome[]
}

/**
 * Replaces the servers of other builds that the requester may stop by servers of this build, one after the other. Those of
 * others go on. One that cannot be replaced keeps none of the others from it.
 * @param options `repo` names one graph; without it all of the data directory are meant
 */
export async function restartOutdated(
  options: Omit<StartOptions, 'create' | 'lifetime' | 'repo'> & {repo?: string},
): Promise<RestartOutdatedResult> {
  const listed = await listServers(options)
  const servers: RestartOutcome[] = []
  for (const server of ofOtherBuilds(listed.servers, options.repo)) {
    const outcome = await outcomeOf(server, options)
    if (outcome) servers.push(outcome)
  }

  return {'data-dir': listed['data-dir'], servers}
}

async function outcomeOf(
  server: OtherBuild & StatusResult,
  options: Omit<StartOptions, 'repo'>,
): Promise<RestartOutcome | undefined> {
  const {graph, lifetime, owned, 'owner-source': source, repo, revision} = server
  if (!owned) return {graph, repo, outcome: 'not-owned', 'owner-source': source, revision}
  try {
    const op = await begin({...options, repo})
    requireOwnGraph(op)
    const restarted = await replace(op, {...options, lifetime, repo})
    return restarted && {...restarted, outcome: 'restarted'}
  } catch (error) {
    options.signal?.throwIfAborted()
    const {code, hint, message} =
      error instanceof ServerError ? error : new ServerError('exception', messageOf(error), {cause: error})
    return {graph, repo, outcome: 'failed', error: {code, hint, message}}
  }
}

/** Replaces one server, unless another process has replaced or stopped it since it was listed. */
function replace(op: Operation, options: StartOptions): Promise<StartResult | undefined> {
  return withLifecycle(op, async () => {
    const seen = await inspect(op.system, op.graph, op)
    if (!('record' in seen) || seen.state === 'stale' || !isOtherBuild(seen.record.revision)) return undefined
    await stopWithLock(op)
    return startWithLock(op, options)
  })
}
