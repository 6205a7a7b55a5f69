import {lstatSync, rmSync} from 'node:fs'
import {basename, dirname} from 'node:path'

import {present} from '../../values/present.js'
import {messageOf} from '../errors.js'
import {isAbandoned, removeStaleFiles} from '../files/stale-files.js'
import {isIncoming, removeIncoming} from '../graphs/replacement.js'
import {inspect} from '../lifecycle/inspect/inspect.js'
import {begin, requireOwnGraph, type ServerOptions, withStartLock} from '../lifecycle/operation.js'
import {findOrphans} from '../lifecycle/orphans.js'
import {clearDeadRecord} from '../lifecycle/records.js'
import {readRecord, removeRecord} from '../lock/record-file.js'
import {acquireServerLock} from '../lock/server-lock.js'
import type {Finding} from './findings.js'

/** One thing that `--fix` did, or could not do. */
export interface Fix {
  done: boolean
  message: string
}

/** Maximum wait for a start or stop of a graph that is under way, in ms. */
const BUSY_MS = 2000

/**
 * Removes what dead processes have left, by the rules of a start: a dead record under the start lock and the server lock, temporary
 * files that no process writes any more. Sends no signal, and touches no database.
 */
export async function fixFindings(findings: readonly Finding[], options: Omit<ServerOptions, 'repo'>): Promise<Fix[]> {
  const fixes: Fix[] = []
  for (const finding of findings.filter(({fixable}) => fixable)) {
    options.signal?.throwIfAborted()
    try {
      const message = await fix(finding, options)
      if (message !== undefined) fixes.push({done: true, message})
    } catch (error) {
      options.signal?.throwIfAborted()
      fixes.push({done: false, message: `${subjectOf(finding)} was left as it is: ${messageOf(error)}`})
    }
  }

  return fixes
}

function subjectOf({graph, path}: Finding): string {
  return path ?? `The lock file of ${present(graph)}`
}

/** @returns what was done; undefined if it was no longer to be done */
async function fix(finding: Finding, options: Omit<ServerOptions, 'repo'>): Promise<string | undefined> {
  const {code, graph, path} = finding
  if (code === 'leftover-file') return removeLeftover(present(path), graph, options)
  return clearRecord({...options, repo: present(graph), timeoutMs: BUSY_MS})
}

async function removeLeftover(
  path: string,
  graph: string | undefined,
  options: Omit<ServerOptions, 'repo'>,
): Promise<string | undefined> {
  const stat = lstatSync(path, {throwIfNoEntry: false})
  if (!stat) return undefined
  if (graph !== undefined && isIncoming(basename(path)))
    return removePrepared(path, {...options, repo: graph, timeoutMs: BUSY_MS})
  if (!stat.isFile() || !isAbandoned(stat.mtimeMs, Date.now())) throw new Error('it has changed since')
  // The rules of a start know the files of a graph; what is beside graphs is only found here.
  const removed = removeStaleFiles(dirname(path), Date.now())
  if (!removed.includes(path)) rmSync(path)
  return `Removed ${path}`
}

/** Removes a database that a killed restore had prepared: by the holder of both locks, as `removeIncoming` asks. */
async function removePrepared(path: string, options: ServerOptions): Promise<string> {
  const op = await begin(options)
  requireOwnGraph(op)
  return withStartLock(op, async () => {
    const lock = await acquireServerLock(op.graph.dir, op.system.clock, 0)
    if (!lock) throw new Error('a server has the graph open')
    try {
      removeIncoming(op.graph.dir)
      return `Removed ${path}`
    } finally {
      lock.release()
    }
  })
}

/** Removes a record that names a dead server, or that is not valid. */
async function clearRecord(options: ServerOptions): Promise<string | undefined> {
  const op = await begin(options)
  requireOwnGraph(op)
  return withStartLock(op, async () => {
    const seen = await inspect(op.system, op.graph, op)
    if (seen.state === 'stale') await clearDeadRecord(op.system, op.graph, seen.record)
    else if (seen.state === 'corrupt') await clearCorruptRecord(op)
    else return undefined
    const {kind} = readRecord(op.graph.dir)
    if (kind === 'absent') return `Removed the lock file of ${op.graph.name}`
    throw new Error('a server may hold the graph')
  })
}

/** One of Logseq's own servers holds no server lock: whether one lives, only the processes say. */
async function clearCorruptRecord({graph, system}: Awaited<ReturnType<typeof begin>>): Promise<void> {
  const {outcome, pids} = await findOrphans(system, graph)
  if (outcome !== 'done' || pids.length > 0) throw new Error('a server without a lock file may hold the graph')
  const lock = await acquireServerLock(graph.dir, system.clock, 0)
  if (!lock) return
  try {
    if (readRecord(graph.dir).kind === 'corrupt') removeRecord(graph.dir)
  } finally {
    lock.release()
  }
}
