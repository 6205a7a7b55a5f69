import {ServerError} from '../errors.js'
import type {ServerOptions} from './operation.js'
import {serverStatus} from './status.js'

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
 * Returns the variables by which a program reaches a graph's running server. The token is among them.
 * @throws ServerError `server-not-found` if none is ready, and the errors of `serverStatus`
 */
export async function serverEnvironment(options: ServerOptions): Promise<EnvironmentResult> {
  const {'auth-token': token, 'base-url': url, graph, hint, pid, repo, status} = await serverStatus(options)
  if (status !== 'ready' || url === undefined || pid === undefined)
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
