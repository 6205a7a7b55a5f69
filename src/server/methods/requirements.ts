import {ServerError} from '../../lib/errors.js'
import {type Graph, leadsTo} from '../../lib/graphs/locate.js'
import {parseGraphName} from '../../lib/graphs/name.js'
import type {Value} from '../../values/types.js'
import type {MethodContext} from './method.js'

/** @throws ServerError `graph-read-only` */
export function requireWritable({graph, open}: Pick<MethodContext, 'graph' | 'open'>): void {
  if (open.readOnly === undefined) return
  throw new ServerError('graph-read-only', `${graph.name} is served for reading only: ${open.readOnly}`, {
    details: {reason: open.readOnly},
  })
}

/** @returns the graph as it was named @throws ServerError `missing-repo`, `repo-mismatch` */
export function requireRepo(graph: Graph, given: Value | undefined): string {
  if (typeof given !== 'string' || given.trim() === '') throw new ServerError('missing-repo', 'repo is required')
  if (repoOf(given) !== graph.repo && !leadsTo(given, graph)) {
    throw new ServerError('repo-mismatch', 'repo does not match bound repo', {
      details: {'bound-repo': graph.repo, repo: given},
    })
  }

  return given
}

function repoOf(given: string): string | undefined {
  try {
    return parseGraphName(given).repo
  } catch {
    return undefined // a name that no graph can have
  }
}
