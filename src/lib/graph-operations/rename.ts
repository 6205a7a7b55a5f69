import {lstatSync, statSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError} from '../errors.js'
import {isSameFile} from '../files/own-files.js'
import {encodeGraphDir, type GraphName, parseGraphName, reservedReason, spellings} from '../graphs/name.js'
import {requireShortPath} from '../graphs/short-path.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withStartLock} from '../lifecycle/operation.js'
import {startServer} from '../lifecycle/start.js'
import {graphExists, nameTaken} from '../lifecycle/state-errors.js'
import {requireText} from '../require-argument.js'
import {hintOfStart} from './hint-of-start.js'
import {moveGraph, requireOwnPlace, unlessGone} from './move.js'

/** Options of a renaming. */
export interface RenameGraphOptions extends Omit<StartOptions, 'create'> {
  /** New name. */
  to: string
}

/** Result of a renaming. The keys are those of the CLI's JSON. */
export interface RenameGraphResult {
  /** New name. */
  graph: string
  repo: string
  /** Directory in which the graph is now. */
  dir: string
  /** Previous name. */
  'renamed-from': string
  /** True if a server ran, and was started again under the new name. */
  restarted: boolean
  warnings: string[]
}

/**
 * Renames a graph: its directory gets the name that Logseq would give it. A running server of the requester is stopped first
 * and started again under the new name.
 * @throws ServerError `invalid-graph-name`, `graph-exists`, `server-owned-by-other`, `repo-locked`, `graph-is-link`, ...; the
 * graph then has its old name, unless its server could not be started again
 */
export async function renameGraph(options: RenameGraphOptions): Promise<RenameGraphResult> {
  requireText(options, 'repo')
  const to = requireNewName(options.to)
  const op = await begin(options)
  requireOwnGraph(op)
  requireOwnPlace(op, options.repo)
  const path = join(op.graph.dataDir, encodeGraphDir(to.name))
  requireFreeName(op, to, path)
  requireShortPath(path)
  const {stopped} = await unlessGone(op, () =>
    withStartLock(op, () =>
      moveGraph(op, options, () => {
        requireFreeName(op, to, path)
        return path
      }),
    ),
  )
  if (stopped) await startRenamed({...options, repo: to.name}, op.graph.name)
  return {
    graph: to.name,
    repo: to.repo,
    dir: path,
    'renamed-from': op.graph.name,
    restarted: stopped,
    warnings: op.graph.warnings,
  }
}

/** @throws the error of the start, which says that the graph has its new name */
async function startRenamed(options: StartOptions, from: string): Promise<void> {
  try {
    await startServer(options)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const {code, details, message} = error
    throw new ServerError(code, `${from} is now ${options.repo}, but its server was not started: ${message}`, {
      cause: error,
      details: {...details, graph: options.repo, 'renamed-from': from},
      hint: hintOfStart(error, options.repo),
    })
  }
}

/** @throws ServerError `invalid-graph-name`, also for a name under which Logseq would not list the graph */
function requireNewName(given: string): GraphName {
  const name = parseGraphName(given)
  const reserved = reservedReason(name.name)
  if (reserved === undefined) return name
  throw new ServerError('invalid-graph-name', `${JSON.stringify(name.name)} is not a valid graph name: ${reserved}`, {
    details: {repo: name.repo},
  })
}

/**
 * Refuses a name that something has, in any spelling. On a disk that ignores case, `Demo` is the directory of `demo` itself.
 * @throws ServerError `graph-exists`
 */
function requireFreeName({graph}: Operation, to: GraphName, path: string): void {
  const own = lstatSync(graph.dir, {throwIfNoEntry: false})
  const taken = spellings(to.name)
    .map((spelling) => join(graph.dataDir, spelling))
    .find((dir) => {
      const stat = lstatSync(dir, {throwIfNoEntry: false})
      return stat !== undefined && !isSameFile(stat, own)
    })
  if (taken !== undefined) {
    const isGraph = statSync(taken, {throwIfNoEntry: false})?.isDirectory() ?? false
    const place = {...graph, ...to, dir: taken}
    throw isGraph
      ? graphExists(place)
      : nameTaken(place, lstatSync(taken, {throwIfNoEntry: false})?.isSymbolicLink() ?? false)
  }

  if (graph.dir === path) throw graphExists(graph)
}
