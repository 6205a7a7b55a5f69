import {ServerError} from '../errors.js'
import type {ServerOptions} from './operation.js'
import type {StatusResult} from './results.js'
import {serverStatus} from './status.js'
import {waitUntilReady} from './wait-ready.js'

/** Variables by which a program reaches a graph's server. */
export interface EnvironmentResult {
  graph: string
  repo: string
  env: {
    LOGSEQ_SERVER_PID: string
    LOGSEQ_SERVER_REPO: string
    /** Absent for one of Logseq's own servers, which has none. */
    LOGSEQ_SERVER_TOKEN?: string
    LOGSEQ_SERVER_URL: string
  }
}

/**
 * Returns the variables by which a program reaches a graph's running server. The token is among them. A server that is starting is
 * waited for.
 * @throws ServerError `server-not-found` if none runs, `server-unresponsive`, and the errors of `serverStatus`
 */
export async function serverEnvironment(options: ServerOptions): Promise<EnvironmentResult> {
  const {'auth-token': token, 'base-url': url, graph, hint, pid, repo, status} = await usableStatus(options)
  if (url === undefined || pid === undefined)
    throw new ServerError('server-not-found', `No server of ${graph} is ready: it is ${status}`, {
      details: {repo, status},
      ...(hint !== undefined && {hint}),
    })
  const env = {
    LOGSEQ_SERVER_PID: String(pid),
    LOGSEQ_SERVER_REPO: repo,
    ...(token !== undefined && {LOGSEQ_SERVER_TOKEN: token}),
    LOGSEQ_SERVER_URL: url,
  }
  return {graph, repo, env}
}

/** Returns the status of a server that is ready, or absent. A silent one is an error at once: nothing would change in a moment. */
async function usableStatus(options: ServerOptions): Promise<StatusResult> {
  const found = await serverStatus(options)
  if (['ready', 'stopped', 'stale', 'corrupt'].includes(found.status)) return found
  await waitUntilReady(found.status === 'starting' ? options : {...options, timeoutMs: 0})
  return serverStatus(options)
}
