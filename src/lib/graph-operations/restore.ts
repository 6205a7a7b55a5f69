import {existsSync, statSync} from 'node:fs'
import {join} from 'node:path'

import {poll} from '../clock.js'
import {machineError, messageOf, ServerError} from '../errors.js'
import {
  backupDirectory,
  type BackupFile,
  findBackup,
  listBackups,
  markChecked,
  newBackupPath,
  thinBackups,
} from '../files/backups.js'
import {logsOf, separateLogs} from '../files/beside-database.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE} from '../files/names.js'
import {makeOwnDirectory, requireUsableDatabase} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {markSearchStale} from '../files/search-index.js'
import {replaceDatabase, settleReplacement} from '../graphs/replacement.js'
import {isSupervised, keptBy} from '../lifecycle/kept-options.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withStartLock} from '../lifecycle/operation.js'
import {acquireUnsharedLock} from '../lifecycle/shared-files.js'
import {startWithLock} from '../lifecycle/start.js'
import {stopWithLockIfRunning} from '../lifecycle/stop.js'
import {DYING_MS} from '../lock/server-lock.js'
import {isBusy, isDiskFailure, isFull, isUnusable, openSqlite, type Sqlite} from '../sqlite.js'
import {findProblems} from './closed-files.js'
import {hintOfStart} from './hint-of-start.js'
import {type Incoming, prepareDatabase, requireSourceFile, type Source} from './incoming.js'
import {requireClosedDatabase} from './move.js'
import {otherGraphWarning} from './other-graph.js'
import {requireBackup} from './remove-backups.js'

/** Description of a restore, for the confirmation. */
export interface RestorePlan {
  graph: string
  /** Time of the backup, ISO 8601; undefined for a file. */
  made?: string
  /** Name of the backup, or path of the file. */
  source: string
  /** Warnings to show before the question: the source is from another graph. */
  warnings: string[]
}

/** Options of a restore. `force` also restores a damaged source. */
export interface RestoreOptions extends Omit<StartOptions, 'create'> {
  /** Name of the backup. Default: the newest intact one. */
  backup?: string
  /** Called before anything is done; false cancels the restore. The time that it takes does not count. */
  confirm?: (plan: RestorePlan) => Promise<boolean>
  /** Path of a database file, instead of a backup. */
  file?: string
}

/** Result of a restore. */
export interface RestoreResult {
  graph: string
  repo: string
  /** Name of the restored backup; absent for a file. */
  backup?: string
  /** Path of the restored file; absent for a backup. */
  file?: string
  /** Path of the previous database; absent if there was none. */
  'set-aside': string
  /** True if a server ran and was restarted. */
  restarted: boolean
  warnings: string[]
}

/**
 * Replaces a graph's database by a backup or another database file, and keeps the previous one among the backups. The
 * whole source is checked first. A running server of the requester is stopped first and restarted afterwards.
 * @throws ServerError `backup-not-found`, `graph-damaged`, `server-owned-by-other`, `repo-locked`, ...; `interrupted`
 * if the user declines; the graph is then either unchanged or restored
 */
export async function restoreGraph(options: RestoreOptions): Promise<RestoreResult> {
  const begun = await begin(options)
  requireOwnGraph(begun)
  const {backup, source} = choose(begun, options)
  const other = await otherGraphWarning(begun, source)
  const doubts = other === undefined ? [] : [other]
  await confirm(begun, options, {graph: begun.graph.name, source: source.name, made: backup?.time, warnings: doubts})
  const op = {...begun, until: begun.system.clock.now() + begun.timeoutMs}
  return withStartLock(op, async () => {
    const incoming = await prepare(op, backup, source)
    const {aside, restarted} = await swap(op, options, incoming.path)
    const {name: graph, repo, warnings} = op.graph
    return {
      graph,
      repo,
      ...(backup ? {backup: backup.name} : {file: source.name}),
      'set-aside': await reviewAside(op, aside),
      restarted,
      warnings: [...warnings, ...doubts, ...incoming.warnings, ...staleIndex(op)],
    }
  })
}

async function confirm(op: Operation, options: RestoreOptions, plan: RestorePlan): Promise<void> {
  if (!options.confirm || (await options.confirm(plan))) return
  throw new ServerError('interrupted', 'Not restored', {
    hint: `Nothing was changed. To restore ${op.graph.name}, answer yes or pass --yes.`,
  })
}

/** Copies and checks a source. The server's check of a backup renames it, and may remove it, at any time. */
async function prepare(op: Operation, backup: BackupFile | undefined, source: Source): Promise<Incoming> {
  for (let {path} = source; ;) {
    try {
      return await prepareDatabase(op, {...source, path})
    } catch (error) {
      if (!backup || existsSync(path)) throw error
      path = requireBackup(op.graph, listBackups(op.graph.dir), backup.name).path
    }
  }
}

/** @returns path of the previous database */
async function swap(
  op: Operation,
  options: RestoreOptions,
  incoming: string,
): Promise<{aside: string; restarted: boolean}> {
  let aside: string | undefined
  let restarted = false
  const kept = keptBy(op, options)
  const supervised = isSupervised(op)
  try {
    restarted = await stopWithLockIfRunning(op)
    aside = await replace(op, incoming)
    return {aside, restarted}
  } finally {
    removeIfThere(incoming) // the path exists if nothing was replaced
    if (restarted && !supervised) await startAgain(op, kept, aside)
  }
}

/** @throws the error of the start; if the database was replaced, it says so, because to restore again would not help */
async function startAgain(op: Operation, options: StartOptions, aside: string | undefined): Promise<void> {
  try {
    await startWithLock(op, options)
  } catch (error) {
    if (!(error instanceof ServerError) || aside === undefined) throw error
    const {code, details, message} = error
    const {name} = op.graph
    throw new ServerError(code, `${name} was restored, but its server was not started again: ${message}`, {
      cause: error,
      details,
      hint: hintOfStart(error, name),
    })
  }
}

/** Marks the search index as stale, because it is of the previous graph. @returns a warning if that failed */
export function staleIndex({graph}: Operation): string[] {
  try {
    markSearchStale(graph.dir)
    return []
  } catch (error) {
    return [`Logseq’s search may find removed content: ${messageOf(error)}`]
  }
}

function choose(op: Operation, {backup: name, file}: RestoreOptions): {backup?: BackupFile; source: Source} {
  if (file !== undefined) return {source: requireSourceFile(file)}
  const {dir, name: graph, repo} = op.graph
  const backups = listBackups(dir)
  const newest = backups.find(({damaged, kind}) => !damaged && kind !== 'before-restore')
  const backup = name === undefined ? newest : requireBackup(op.graph, backups, name)
  if (backup) return {backup, source: {name: `The backup ${backup.name}`, path: backup.path}}
  const what = backups.length === 0 ? 'no backups' : 'no intact own or automatic backup'
  throw new ServerError('backup-not-found', `${graph} has ${what}`, {
    details: {repo, backups: backups.map((other) => other.name)},
    ...(backups.length === 0 && {hint: 'You can also restore a database file: `logseq graph restore --file PATH`.'}),
  })
}

/** @returns path of the previous database */
async function replace(op: Operation, incoming: string): Promise<string> {
  const {dir, name} = op.graph
  op.report.progress(`Waiting until no program has ${name} open`)
  const lock = await acquireUnsharedLock(op)
  if (!lock) throw new ServerError('repo-locked', `Another process has ${name} open`, {details: {repo: op.graph.repo}})

  const path = join(dir, DATABASE)
  try {
    requireUsableDatabase(path)
    separateLogs(path)
    const readable = !existsSync(path) || (await canEmptyLog(op, path))
    makeOwnDirectory(backupDirectory(dir))
    const aside = newBackupPath(dir, 'before-restore', Date.now(), readable ? undefined : '-damaged')
    replaceDatabase(dir, incoming, aside)
    return aside
  } catch (error) {
    settleReplacement(dir)
    throw error instanceof ServerError ? error : permissionError(path, error)
  } finally {
    lock.release()
  }
}

/** Size in bytes of the smallest database. */
const MIN_PAGE = 512

/** Opens no file that is too small for a database: SQLite would delete the log or journal beside it, which may be all that is left. */
async function canEmptyLog(op: Operation, path: string): Promise<boolean> {
  if (statSync(path).size >= MIN_PAGE || logsOf(path).length === 0) return emptyLog(op, path)
  await requireClosedDatabase(op)
  return false
}

/**
 * Puts what is in the log into the database. The server lock keeps our own servers out; another program is found by its lock.
 * @returns false when the database is too damaged for that
 * @throws ServerError `repo-locked`
 */
async function emptyLog({graph, signal, system: {clock}}: Operation, path: string): Promise<boolean> {
  const db = openSqlite(path)
  try {
    // A dying process keeps its locks for some ms while it is a zombie.
    const emptied = await poll(clock, clock.now() + DYING_MS, () => tryEmptyLog(db), signal)
    if (emptied === undefined)
      throw new ServerError('repo-locked', `Another program has ${path} open`, {details: {repo: graph.repo}})
    return emptied
  } finally {
    db.close()
  }
}

/** @returns undefined if another process has locked the database */
function tryEmptyLog(db: Sqlite): boolean | undefined {
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return true
  } catch (error) {
    if (isBusy(error)) return undefined
    // No word about what is in the file.
    if (machineError(error) || isDiskFailure(error) || isFull(error) || isUnusable(error)) throw error
    return false // any other error is that of a damaged database, which a restore repairs
  }
}

/**
 * Checks the replaced database, and thins earlier ones. The restore is complete, so failures are left to the next
 * review.
 * @returns path of the replaced database
 */
async function reviewAside({graph, report, signal}: Operation, aside: string): Promise<string> {
  try {
    report.progress(`Checking the previous database of ${graph.name}`)
    const backup = listBackups(graph.dir).find(({path}) => path === aside)
    const marked = backup?.unchecked ? markChecked(backup, (await findProblems(aside, signal)).length === 0) : undefined
    thinBackups(graph.dir)
    return marked?.path ?? aside
  } catch (error) {
    report.debug(`the previous database was not checked: ${messageOf(error)}`)
    return findBackup(listBackups(graph.dir), aside.slice(aside.lastIndexOf('/') + 1))?.path ?? aside
  }
}
