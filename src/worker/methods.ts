import {existsSync} from 'node:fs'
import {join} from 'node:path'

import {DATABASE} from '../lib/graph/files.js'
import {type Graph, listGraphs} from '../lib/graph/locate.js'
import {parseGraphName} from '../lib/graph/name.js'
import type {Store} from './graph/store/open.js'
import {HttpError} from './http/answer.js'

/** What the methods work on. */
export interface MethodContext {
  graph: Graph
  /** Throws unless the record still names this daemon and its files are in their places. */
  requireMine(): void
  revision: string
  store: Store
}

interface Method {
  /** Its first argument names the graph, which must be the one that this daemon serves. */
  repo: boolean
  run(context: MethodContext): unknown
  /** It may write: the interlock is asked first. */
  writes: boolean
}

/** The methods of `/v1/invoke`. Each returns plain data. */
const METHODS: Record<string, Method> = {
  /** Everything is on disk afterwards. Nothing is let go of: the daemon holds its graph for as long as it lives. */
  'thread-api/close-db': {
    repo: true,
    run({store}) {
      store.checkpoint()
      return null
    },
    writes: false,
  },
  /** The graph is open already, since the daemon started; what is checked is that it is still this daemon's. */
  'thread-api/create-or-open-db': {repo: true, run: () => null, writes: true},
  'thread-api/db-exists': {repo: true, run: ({graph}) => existsSync(join(graph.dir, DATABASE)), writes: false},
  'thread-api/get-version': {
    repo: false,
    run: ({revision, store}) => ({revision, sqlite: store.sqliteVersion}),
    writes: false,
  },
  'thread-api/list-db': {
    repo: false,
    run: ({graph}) => listGraphs(graph.dataDir).map(({repo}) => ({name: repo})),
    writes: false,
  },
}

/**
 * Runs a method.
 * @throws HttpError 400 `missing-repo`, 404 `unknown-method`, 409 `repo-mismatch` or `repo-locked`
 */
export function invokeMethod(context: MethodContext, name: string, args: readonly unknown[]): unknown {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (!method) throw new HttpError(404, 'unknown-method', `there is no method ${JSON.stringify(name)}`, {method: name})
  if (method.repo) requireRepo(context.graph, args[0])
  if (method.writes) context.requireMine()
  return method.run(context)
}

function requireRepo(graph: Graph, given: unknown): void {
  if (typeof given !== 'string' || given.trim() === '') throw new HttpError(400, 'missing-repo', 'repo is required')
  if (repoOf(given) !== graph.repo) {
    throw new HttpError(409, 'repo-mismatch', 'repo does not match bound repo', {'bound-repo': graph.repo, repo: given})
  }
}

function repoOf(given: string): string | undefined {
  try {
    return parseGraphName(given).repo
  } catch {
    return undefined // a name that no graph can have
  }
}
