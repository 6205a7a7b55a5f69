import {renameSync, rmdirSync, statSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError} from '../errors.js'
import {setBesideAside} from '../files/beside-database.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE, SESSION} from '../files/names.js'
import {syncDirectory} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {type Graph, hasDatabase} from '../graphs/locate.js'
import {settleReplacement} from '../graphs/replacement.js'
import {begin, type Operation, requireOwnGraph, type ServerOptions, withStartLock} from '../lifecycle/operation.js'
import {acquireUnsharedLock} from '../lifecycle/shared-files.js'
import {graphExists} from '../lifecycle/state-errors.js'
import {requireText} from '../require-argument.js'
import {prepareGraph, requireSourceFile} from './incoming.js'
import {requireClosedDatabase} from './move.js'
import {requirePlace} from './require-place.js'
import {staleIndex} from './restore.js'

/** Options of an import. `repo` is the name of the new graph; `force` also imports what is damaged or not valid. */
export interface ImportOptions extends ServerOptions {
  /** Path of a database file or of an EDN export. */
  file: string
}

/** Result of an import. */
export interface ImportResult {
  graph: string
  repo: string
  /** Directory of the new graph. */
  dir: string
  /** Path of the imported file. */
  file: string
  /** Of the new database, in bytes. */
  size: number
  warnings: string[]
}

/**
 * Creates a graph from a database file or an EDN export, which is checked first and not changed. Starts no server. The graph
 * is created completely or not at all.
 * @throws ServerError `graph-exists`, `graph-damaged`, `graph-not-valid`, `not-a-db-graph`, `usage`, ...; no graph is created
 *   then
 */
export async function importGraph(options: ImportOptions): Promise<ImportResult> {
  for (const name of ['repo', 'file']) requireText(options, name)
  const source = requireSourceFile(options.file)
  const op = await begin(options, 'create')
  requireGraphless(op.graph)
  requireOwnGraph(op)
  try {
    return await withStartLock(op, async () => {
      const incoming = await prepareGraph(op, source)
      try {
        await place(op, incoming.path)
      } finally {
        removeIfThere(incoming.path) // the path exists if it was not placed
      }

      const {dir, name: graph, repo, warnings} = op.graph
      const {size} = statSync(join(dir, DATABASE))
      return {
        graph,
        repo,
        dir,
        file: source.name,
        size,
        warnings: [...warnings, ...incoming.warnings, ...staleIndex(op)],
      }
    })
  } catch (error) {
    removeEmpty(op.graph.dir)
    throw error
  }
}

/** Requires that no graph is there, nor what may be one. Without a database, what lies beside its place is set aside later. */
function requireGraphless(graph: Graph): void {
  if (hasDatabase(graph) && requirePlace(graph).is === 'other') throw graphExists(graph)
}

/** Renames the prepared database to its final name, unless that exists by now. */
async function place(op: Operation, incoming: string): Promise<void> {
  const {graph} = op
  const path = join(graph.dir, DATABASE)
  const lock = await acquireUnsharedLock(op)
  try {
    if (!lock)
      throw new ServerError('repo-locked', `Another process has ${graph.name} open`, {details: {repo: graph.repo}})
    if (hasDatabase(graph)) {
      requireGraphless(graph)
      await requireClosedDatabase(op) // another program may be creating the graph
      requireGraphless(graph)
    }

    removeIfThere(join(graph.dir, SESSION)) // of a server that could not create the graph
    setBesideAside(path) // a log or journal of another database would be applied to the new one
    renameSync(incoming, path)
    syncDirectory(graph.dir)
  } catch (error) {
    if (lock) settleReplacement(graph.dir)
    throw error instanceof ServerError ? error : permissionError(path, error)
  } finally {
    lock?.release()
  }
}

/** Removes the directory that a failed import created, unless it contains something. */
function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir)
  } catch {
    // it held something before, or somebody else makes a graph in it
  }
}
