import {existsSync, lstatSync, renameSync, rmSync, type Stats} from 'node:fs'
import {dirname, join} from 'node:path'

import {poll} from '../clock.js'
import {messageOf, ServerError, systemCode} from '../errors.js'
import {logsOf} from '../files/beside-database.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE, START_LOCK, START_LOCK_HOLDER} from '../files/names.js'
import {isSameFile, requireUsableDatabase, syncDirectory} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {requireWritable} from '../graphs/data-dir.js'
import {missingGraph} from '../graphs/locate.js'
import {parseGraphName} from '../graphs/name.js'
import {isSupervised, keptBy} from '../lifecycle/kept-options.js'
import type {Operation, StartOptions} from '../lifecycle/operation.js'
import {acquireUnsharedLock} from '../lifecycle/shared-files.js'
import {startWithLock} from '../lifecycle/start.js'
import {stopWithLockIfRunning} from '../lifecycle/stop.js'
import {DYING_MS} from '../lock/server-lock.js'
import {shellQuote} from '../shell-quote.js'
import {isBusy, openSqlite} from '../sqlite.js'

/**
 * Refuses to move a graph that was reached through a link: the name would be gone, and the graph would be in another place
 * than the user sees.
 * @param given name of the graph as the user wrote it
 * @throws ServerError `graph-is-link`
 */
export function requireOwnPlace({graph}: Operation, given: string): void {
  const {dataDir, dir, name, repo} = graph
  const {name: wanted} = parseGraphName(given)
  if (dirname(dir) === dataDir && wanted === name) return
  const own = dirname(dir) === dataDir ? `the graph itself is ${JSON.stringify(name)}` : `the graph itself is in ${dir}`
  throw new ServerError('graph-is-link', `${JSON.stringify(wanted)} is a link in ${dataDir}; ${own}`, {
    details: {graph: wanted, repo, dir},
    hint:
      dirname(dir) === dataDir
        ? `Name the graph itself: \`logseq COMMAND --repo ${shellQuote(name)}\`. Remove or rename the link with rm or mv.`
        : 'Name the data directory that holds the graph itself with --data-dir. Remove or rename the link with rm or mv.',
  })
}

/**
 * Runs a move. If another move of the graph was first, a file that is missing is only a consequence.
 * @throws ServerError `graph-not-exists` then, otherwise the error of the move
 */
export async function unlessGone<T>({graph}: Operation, move: () => Promise<T>): Promise<T> {
  try {
    return await move()
  } catch (error) {
    const isMissing = error instanceof ServerError && error.code === 'data-dir-permission' && !existsSync(graph.dir)
    throw isMissing ? missingGraph(graph, graph.dataDir) : error
  }
}

/**
 * Stops the server of the requester, and moves the directory of a graph while no program has it open. The caller holds the
 * start lock, which does not survive the move. The move is one rename: the graph is in one of both places at any time.
 * @param options of the start that follows a failure, so that a graph that was served is served again
 * @param chooseTarget returns the new path, which does not exist; called when the graph is held
 * @returns the new path, and true if a server was stopped
 * @throws ServerError `repo-locked`, `graph-exists` if the target exists by now, and the errors of a stop; the graph is then
 * where it was
 */
export async function moveGraph(
  op: Operation,
  options: StartOptions,
  chooseTarget: () => string,
): Promise<{path: string; stopped: boolean}> {
  const before = requireDirectory(op)
  requireWritable(op.graph.dataDir)
  const kept = keptBy(op, options)
  const supervised = isSupervised(op)
  const stopped = await stopWithLockIfRunning(op)
  try {
    return {path: await moveUnserved(op, before, chooseTarget), stopped}
  } catch (error) {
    if (stopped && !supervised) await serveAgain(op, {...kept, create: false}, error)
    throw error
  }
}

/** Starts the server that was stopped for a move. If that fails too, the error of the move says so. */
async function serveAgain(op: Operation, options: StartOptions, moveError: unknown): Promise<void> {
  try {
    await startWithLock(op, options)
  } catch (error) {
    if (!(moveError instanceof ServerError)) return // a bug, which is reported as it is
    const {code, details, hint, message} = moveError
    throw new ServerError(
      code,
      `${message}; its server was stopped, and could not be started again:  ${messageOf(error)}`,
      {
        cause: moveError,
        details,
        hint,
      },
    )
  }
}

async function moveUnserved(op: Operation, before: Stats, chooseTarget: () => string): Promise<string> {
  const {dataDir, name} = op.graph
  if (!isSameFile(before, requireDirectory(op))) throw missingGraph(op.graph, dataDir)
  op.report.progress(`Waiting until no program has ${name} open`)
  const lock = await acquireUnsharedLock(op)
  try {
    if (!lock) throw lockedError(op, `Another process has ${name} open`)
    await requireClosedDatabase(op)
    if (!isSameFile(before, requireDirectory(op))) throw missingGraph(op.graph, dataDir)
    op.signal?.throwIfAborted()
    const path = chooseTarget()
    rename(op, path)
    return path
  } finally {
    lock?.release()
  }
}

/** Other starters wait for the start lock by its path, so the moved one is not needed. */
function rename({graph: {dir, name, repo}}: Operation, path: string): void {
  try {
    renameSync(dir, path)
  } catch (error) {
    const code = systemCode(error) ?? ''
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw permissionError(dir, error)
    throw new ServerError('graph-exists', `${path} exists; ${name} was not moved`, {details: {dir: path, repo}})
  }

  // The lock goes last: the next process that takes it writes a holder file, which must stay.
  removeIfThere(join(path, START_LOCK_HOLDER))
  rmSync(join(path, START_LOCK), {force: true, recursive: true})
  syncDirectory(dirname(path))
  if (dirname(path) !== dirname(dir)) syncDirectory(dirname(dir))
}

/** @throws ServerError `graph-not-exists` if another process moved the directory meanwhile */
function requireDirectory({graph}: Operation): Stats {
  const stat = lstatSync(graph.dir, {throwIfNoEntry: false})
  if (stat?.isDirectory()) return stat
  throw missingGraph(graph, graph.dataDir)
}

/**
 * Refuses to move or replace the database of a graph that a program without the server lock has open, such as an older Logseq.
 * A database with a log or a journal is not opened here: that would write them into it, and they may belong to another one.
 */
export async function requireClosedDatabase(op: Operation): Promise<void> {
  const path = join(op.graph.dir, DATABASE)
  const stat = requireUsableDatabase(path)
  if (!stat) return
  const {clock, processes} = op.system
  const opener = async () => {
    const all = await processes.list().catch(() => []) // unreadable: the lock of the database decides
    return all.find(({pid}) => pid !== process.pid && processes.opens(pid, path) === true)?.pid
  }

  const busy = async () =>
    (await opener()) ?? (stat.size > 0 && logsOf(path).length === 0 && isLocked(path) ? 'locked' : undefined)
  let by: Awaited<ReturnType<typeof busy>>
  const closed = await poll(
    clock,
    clock.now() + DYING_MS,
    async () => {
      by = await busy()
      return by === undefined || undefined
    },
    op.signal,
  )
  if (closed) return
  const who = typeof by === 'number' ? `Process ${by}` : 'Another program'
  throw lockedError(op, `${who} has ${path} open`, typeof by === 'number' ? {pid: by} : {})
}

function lockedError({graph: {repo}}: Operation, message: string, details: object = {}): ServerError {
  return new ServerError('repo-locked', message, {details: {repo, ...details}})
}

/** Returns true if another process has locked the database. The content does not matter: a damaged graph can be moved. */
function isLocked(path: string): boolean {
  const db = openSqlite(path)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    db.close()
  }
}
