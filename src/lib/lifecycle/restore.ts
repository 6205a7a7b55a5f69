import {existsSync, linkSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'

import {poll} from '../clock.js'
import {messageOf, ServerError} from '../errors.js'
import {type Backup, backupDirectory, listBackups} from '../graphs/backups.js'
import {permissionError} from '../graphs/data-dir.js'
import {DATABASE, temporaryOf} from '../graphs/files.js'
import {copyOwnFile, makeOwnDirectory, requireUsableFile, syncDirectory} from '../graphs/own-files.js'
import {markSearchStale} from '../graphs/search-index.js'
import {takeGuard} from '../lock/guard.js'
import {isBusy, openSqlite, type Sqlite} from '../sqlite.js'
import {begin, type Operation, requireOwnGraph, type StartOptions, withLifecycle} from './operation.js'
import {startUnderMutex} from './start.js'
import {stopUnderMutex} from './stop.js'

/** How long to try for a guard that a dying daemon may still hold, in ms. */
const GUARD_MS = 2000

/** What a restore is told. */
export interface RestoreOptions extends Omit<StartOptions, 'create'> {
  /** Name of the backup; the newest unless given. */
  backup?: string
}

export interface RestoreResult {
  graph: string
  repo: string
  /** Name of the backup that the graph is again. */
  backup: string
  /** Where its database from before lies now; it is not there when there was none. */
  'set-aside': string
  /** A server ran, and a new one was started. */
  restarted: boolean
  warnings: string[]
}

/**
 * Puts a backup in the place of a graph's database, which is kept beside the backups. Where a server runs it is stopped
 * first, if it is the requester's, and a new one is started.
 * @throws ServerError `backup-not-found`, `graph-damaged` for a backup that is none, `server-owned-by-other`,
 *   `repo-locked`, ...; whatever it throws, the graph is either as it was or as the backup is
 */
export async function restoreGraph(options: RestoreOptions): Promise<RestoreResult> {
  const op = await begin(options)
  requireOwnGraph(op)
  const backup = choose(op, options.backup)
  requireSound(backup)
  return withLifecycle(op, async () => {
    const ran = await stopped(op)
    const restart = async () => ran && startUnderMutex(op, options)
    let aside: string
    try {
      aside = await replaceDatabase(op, backup)
    } catch (error) {
      await restart()
      throw error
    }

    const index = staleIndex(op)
    await restart()
    const {name: graph, repo, warnings} = op.graph
    const all = [...warnings, ...index]
    return {graph, repo, backup: backup.name, 'set-aside': aside, restarted: ran, warnings: all}
  })
}

/** What is indexed is the graph from before. @returns a warning when that could not be told to Logseq */
function staleIndex({graph}: Operation): string[] {
  try {
    markSearchStale(graph.dir)
    return []
  } catch (error) {
    return [`Logseq’s searches may find what is no longer there: ${messageOf(error)}`]
  }
}

function choose({graph}: Operation, name: string | undefined): Backup {
  const backups = listBackups(graph.dir)
  const found = name === undefined ? backups[0] : backups.find((backup) => backup.name === name)
  if (found) return found
  const what = name === undefined ? 'any backup' : `a backup ${JSON.stringify(name)}`
  throw new ServerError('backup-not-found', `${graph.name} does not have ${what}`, {
    details: {repo: graph.repo, backups: backups.map((backup) => backup.name)},
  })
}

/** @returns whether a server ran until now */
async function stopped(op: Operation): Promise<boolean> {
  try {
    await stopUnderMutex(op)
    return true
  } catch (error) {
    if (error instanceof ServerError && error.code === 'server-not-found' && !error.details['orphans']) return false
    throw error
  }
}

/**
 * The new database is complete, and on disk, before it takes the place of the old one, which then has two names or one.
 * @returns where the old one is now
 */
async function replaceDatabase(op: Operation, backup: Backup): Promise<string> {
  const {dir} = op.graph
  const guard = await takeGuard(dir, op.system.clock, GUARD_MS, op.signal)
  if (!guard) throw new ServerError('repo-locked', `A process holds ${op.graph.name}`, {details: {repo: op.graph.repo}})
  const path = join(dir, DATABASE)
  const incoming = temporaryOf(path)
  const aside = join(makeOwnDirectory(backupDirectory(dir)), `before-restore-${Date.now()}.sqlite`)
  try {
    copyOwnFile(backup.path, incoming)
    if (requireUsableFile(path)) await setAside(op, path, aside)
    renameSync(incoming, path)
    syncDirectory(dir)
    return aside
  } catch (error) {
    rmSync(incoming, {force: true})
    throw error instanceof ServerError ? error : permissionError(path, error)
  } finally {
    guard.release()
  }
}

/** The log goes first: beside the new database it would be taken for that one's. */
async function setAside(op: Operation, path: string, aside: string): Promise<void> {
  requireUsableFile(`${path}-wal`)
  await emptyLog(op, path)
  linkSync(path, aside) // before the log is parted from it: where this fails, nothing has changed
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`)
  rmSync(`${path}-shm`, {force: true})
}

/**
 * Puts what is in the log into the database. The guard keeps our own servers out; another program is found by its lock.
 * @throws ServerError `repo-locked`
 */
async function emptyLog({graph, signal, system: {clock}}: Operation, path: string): Promise<void> {
  const db = openSqlite(path)
  try {
    // A dying process holds its locks a little into its zombie state.
    const emptied = await poll(clock, clock.now() + GUARD_MS, () => tryEmptyLog(db), signal)
    if (!emptied)
      throw new ServerError('repo-locked', `Another program has ${path} open`, {details: {repo: graph.repo}})
  } finally {
    db.close()
  }
}

/** @returns undefined when another process holds the database */
function tryEmptyLog(db: Sqlite): true | undefined {
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    if (isBusy(error)) return undefined
    // Any other refusal is that of a database that is damaged: this is what a restore is for.
  }

  return true
}

/** @throws ServerError `graph-damaged` */
function requireSound({name, path}: Backup): void {
  requireUsableFile(path)
  const db = openSqlite(path)
  try {
    const [row] = db.all('PRAGMA quick_check(1)')
    const verdict = String(Object.values(row ?? {})[0])
    if (verdict !== 'ok') throw new Error(verdict)
    if (db.all('SELECT addr FROM kvs WHERE addr = 0').length === 0) throw new Error('it holds no graph')
  } catch (error) {
    throw new ServerError('graph-damaged', `The backup ${name} is damaged: ${messageOf(error)}`, {
      hint: 'Choose another one: `logseq graph backup --list` shows them. The graph was left as it is.',
    })
  } finally {
    db.close()
  }
}
