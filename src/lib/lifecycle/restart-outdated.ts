import {type ErrorCode, messageOf, ServerError} from '../errors.js'
import {DEFAULT_DATA_DIR, expandDataDir} from '../graphs/data-dir.js'
import {inspect} from './inspect/inspect.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withLifecycle} from './operation.js'
import {isOtherBuild, ofOtherBuilds, type OtherBuild} from './other-build.js'
import type {StartResult} from './results.js'
import {startWithLock} from './start.js'
import {listServers} from './status.js'
import {stopWithLock} from './stop.js'

/** What became of the servers of other builds. */
export interface RestartOutdatedResult {
  'data-dir': string
  restarted: StartResult[]
  /** Those of other owners, which were left alone. */
  skipped: OtherBuild[]
  failed: {code: ErrorCode; graph: string; hint: string; message: string; repo: string}[]
}

/**
 * Replaces the servers of other builds that the requester may stop, one after the other, by servers of this build. Those of
 * other owners are left alone.
 * @param options `repo` names one graph; without it all of the data directory are meant
 */
export async function restartOutdated(
  options: Omit<StartOptions, 'create' | 'lifetime' | 'repo'> & {repo?: string},
): Promise<RestartOutdatedResult> {
  const {servers} = await listServers(options)
  const outdated = ofOtherBuilds(servers, options.repo)
  const result: RestartOutdatedResult = {
    'data-dir': expandDataDir(options.dataDir ?? DEFAULT_DATA_DIR),
    restarted: [],
    skipped: outdated
      .filter(({owned}) => !owned)
      .map(({graph, 'owner-source': source, repo, revision}) => ({graph, repo, 'owner-source': source, revision})),
    failed: [],
  }
  for (const {graph, lifetime, owned, repo} of outdated) {
    if (!owned) continue
    try {
      const op = await begin({...options, repo})
      requireOwnGraph(op)
      const restarted = await replace(op, {...options, lifetime, repo})
      if (restarted) result.restarted.push(restarted)
    } catch (error) {
      options.signal?.throwIfAborted()
      // One that cannot be replaced must not keep the others from it.
      const {code, hint, message} =
        error instanceof ServerError ? error : new ServerError('exception', messageOf(error), {cause: error})
      result.failed.push({graph, repo, code, message, hint})
    }
  }

  return result
}

/** Replaces one server, unless somebody else has done so, or ended it, since it was listed. */
function replace(op: Operation, options: StartOptions): Promise<StartResult | undefined> {
  return withLifecycle(op, async () => {
    const seen = await inspect(op.system, op.graph, op)
    if (!('record' in seen) || seen.state === 'stale' || !isOtherBuild(seen.record.revision)) return undefined
    await stopWithLock(op)
    return startWithLock(op, options)
  })
}
