import {randomUUID} from 'node:crypto'
import {linkSync, lstatSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../errors.js'
import {listBackups, removeBackup} from '../files/backups.js'
import {logsOf} from '../files/beside-database.js'
import {giveNewName} from '../files/give-name.js'
import {DATABASE, SESSION} from '../files/names.js'
import {copyOwnFile, copyOwnFileSync} from '../files/own-copies.js'
import {BESIDE_DATABASE, syncDirectory} from '../files/own-files.js'
import {removeIfThere} from '../files/remove.js'
import {openSqlite} from '../sqlite.js'

/**
 * Replaces a database in steps, each of which leaves the old or the new one if the process is killed. The new one is
 * prepared under its own name (`incoming`). Then the old one gets a second name among the backups, or is copied there. Renaming the new one
 * to `db.sqlite.replacing` commits: the next holder of the server lock completes the rest.
 */

/** New database, committed but not yet in place. */
export const REPLACING = `${DATABASE}.replacing`

const INCOMING = /^db\.sqlite\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.incoming(?:-wal|-shm|-journal)?$/

/** Chooses the path of a new database. */
export function incomingPath(graphDir: string): string {
  return join(graphDir, `${DATABASE}.${randomUUID()}.incoming`)
}

/**
 * Copies a database and its log or journal to a new file of its owner. It is on disk on return.
 * @throws the error of the file system; SQLite's for an unreadable log, unless `force`, which then omits it
 */
export async function copyDatabase(from: string, to: string, force: boolean, signal?: AbortSignal): Promise<void> {
  await copyOwnFile(from, to, signal)
  if (logsOf(from).length > 0) await absorbLogs(from, to, {force, signal})
}

async function absorbLogs(
  from: string,
  to: string,
  {force, signal}: {force: boolean; signal: AbortSignal | undefined},
): Promise<void> {
  try {
    for (const log of logsOf(from)) await copyOwnFile(log, to + log.slice(from.length), signal)
    const db = openSqlite(to)
    try {
      db.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE')
    } finally {
      db.close()
    }
  } catch (error) {
    if (!force) throw error
    signal?.throwIfAborted()
    rmSync(to) // the log may have been applied in part
    await copyOwnFile(from, to, signal)
  } finally {
    for (const suffix of BESIDE_DATABASE) removeIfThere(to + suffix)
  }
}

/**
 * Replaces the graph's database, which is kept under another name, by a prepared one. Under the server lock, with the old log
 * emptied, or not to be read.
 * @param aside the path that the old database gets; it has its log or journal beside it when that could not be emptied
 */
export function replaceDatabase(graphDir: string, incoming: string, aside: string): void {
  const path = join(graphDir, DATABASE)
  if (isFile(path)) keepUnder(aside, path)
  syncDirectory(join(aside, '..'))
  renameSync(incoming, join(graphDir, REPLACING))
  syncDirectory(graphDir)
  finish(graphDir)
}

/** Gives a database and its logs a second name; on a file system without hard links, that of a copy. */
function keepUnder(aside: string, path: string): void {
  const second = (log: string) => aside + log.slice(path.length)
  const logs = logsOf(path)
  try {
    linkSync(path, aside)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error
    // Such file systems have several codes for that. For anything else the copy fails, too.
    copyUnder(aside, path, () => {
      for (const log of logs) copyOwnFileSync(log, second(log))
    })
    return
  }

  for (const log of logs) linkSync(log, second(log))
}

/** The database gets its name last, and complete: if the process is killed before, there is no backup of this name. */
function copyUnder(aside: string, path: string, copyLogs: () => void): void {
  const part = `${aside}.part`
  try {
    copyLogs()
    copyOwnFileSync(path, part)
    giveNewName(part, aside)
  } catch (error) {
    for (const file of [part, ...BESIDE_DATABASE.map((suffix) => aside + suffix)]) removeIfThere(file)
    throw error
  }
}

/**
 * Completes a replacement that a killed process had committed, and undoes one that was not committed. The caller holds
 * the server lock.
 */
export function settleReplacement(graphDir: string): void {
  if (isFile(join(graphDir, REPLACING))) finish(graphDir)
  removeIncoming(graphDir)
  const database = lstatSync(join(graphDir, DATABASE), {throwIfNoEntry: false})
  // A second name of a database that stayed in place is not a backup: later writes change it. A copy is one.
  for (const backup of listBackups(graphDir)) {
    const {dev, ino} = lstatSync(backup.path, {throwIfNoEntry: false}) ?? {}
    if (backup.kind === 'before-restore' && database && dev === database.dev && ino === database.ino)
      removeBackup(backup)
  }
}

/** Removes databases that were prepared and not committed. By the holder of the start lock or the server lock: only they prepare one. */
export function removeIncoming(graphDir: string): void {
  for (const entry of readdirSync(graphDir, {withFileTypes: true}))
    if (entry.isFile() && isIncoming(entry.name)) removeIfThere(join(graphDir, entry.name))
}

/** Returns true for the name of a database that is being prepared, or was. */
export function isIncoming(name: string): boolean {
  return INCOMING.test(name)
}

/** The log and the journal are removed first: beside the new database they would be applied to that one. */
function finish(graphDir: string): void {
  const path = join(graphDir, DATABASE)
  for (const file of [...BESIDE_DATABASE.map((suffix) => path + suffix), join(graphDir, SESSION)]) removeIfThere(file)
  syncDirectory(graphDir)
  renameSync(join(graphDir, REPLACING), path)
  syncDirectory(graphDir)
}

function isFile(path: string): boolean {
  return lstatSync(path, {throwIfNoEntry: false})?.isFile() ?? false
}
