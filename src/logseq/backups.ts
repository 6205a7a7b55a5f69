import {randomUUID} from 'node:crypto'
import {closeSync, constants, fsyncSync, linkSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {checkFile, type FileCheck} from '../engine/integrity/whole-file.js'
import {CREATE_KVS} from '../engine/storage/shape.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {systemCode} from '../lib/errors.js'
import {
  backupDirectory,
  type BackupFile,
  type BackupKind,
  findAgain,
  isPartOfBackup,
  listBackups,
  markChecked,
  newBackupPath,
  thinBackups,
} from '../lib/files/backups.js'
import {makeOwnDirectory, openOwnFile, syncDirectory} from '../lib/files/own-files.js'
import {removeIfThere} from '../lib/files/remove.js'
import type {Sqlite} from '../lib/sqlite.js'

/** Suffix of an incomplete file. */
const PART = '.part'

/** Rows that are copied before the task yields: at first, and at most. Rows with long texts take longer: then fewer. */
const FIRST_ROWS = 100
const MAX_ROWS = 1000

/** Time that so many rows may take, in ms. */
const SLICE_MS = 10

/** The copy is synced after this number of rows, because to sync all of a large one at once takes a second. */
const SYNC_ROWS = 4000

/**
 * Makes a backup of an open graph. Nothing may be written meanwhile. It removes no other backup, and counts as unchecked.
 * @param now in ms since 1970
 * @throws SQLite's error, or that of the file system; then there is no new backup, and all old ones
 */
export function* makeBackup(db: Sqlite, graphDir: string, kind: BackupKind, now: number): CooperativeTask<BackupFile> {
  makeOwnDirectory(backupDirectory(graphDir))
  removeParts(graphDir)
  const path = newBackupPath(graphDir, kind, now)
  yield* copyGraph(db, path)
  const made = listBackups(graphDir).find((backup) => backup.path === path)
  if (!made) throw new Error(`${path} was removed by another program`)
  return made
}

/**
 * Checks a backup, and marks it in its name when it is damaged. Another check may do the same meanwhile.
 * @returns the backup as it is now; as it was if it was removed
 */
export function* checkBackup(
  backup: BackupFile,
  execution: ExecutionContext,
  check: FileCheck = checkFile,
): CooperativeTask<BackupFile> {
  for (let current = backup; ;) {
    try {
      const {ok} = yield* check(current.path, execution)
      return markChecked(current, ok) ?? findAgain(backup) ?? backup
    } catch (error) {
      const found = findAgain(backup)
      if (!found?.unchecked) return found ?? backup
      if (found.path === current.path) throw error
      current = found
    }
  }
}

/**
 * Checks the backups that no check has ended for, then removes those that are more than enough. In this order: a damaged
 * copy must not take the place of a good one.
 */
export function* reviewBackups(
  graphDir: string,
  execution: ExecutionContext,
  check: FileCheck = checkFile,
): CooperativeTask<void> {
  for (const backup of listBackups(graphDir)) if (backup.unchecked) yield* checkBackup(backup, execution, check)
  thinBackups(graphDir)
}

/**
 * Copies an open graph into a new file, through the handle that holds the graph, a few rows at a time: to open the file
 * a second time would cost the lock on it. Nothing may be written meanwhile. The copy is complete and on disk before it
 * has its name.
 * @param path in a directory that is there
 * @throws SQLite's error, or that of the file system; then nothing is left at the path
 */
export function* copyGraph(db: Sqlite, path: string): CooperativeTask<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}${PART}` // a random name: a part that a killed server has left is in no one's way
  closeSync(openOwnFile(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL))
  let complete = false
  try {
    yield* copyRows(db, part)
    giveName(part, path)
    complete = true
  } finally {
    if (!complete) removeIfThere(part) // also when the task is cancelled
  }

  syncDirectory(dirname(path))
}

/** Gives a complete copy its name. A file of that name, which may have come meanwhile, is not replaced. */
function giveName(part: string, path: string): void {
  try {
    linkSync(part, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error
    renameSync(part, path) // a file system without hard links
    return
  }

  rmSync(part)
}

function* copyRows(db: Sqlite, path: string): CooperativeTask<void> {
  db.exec(`ATTACH '${path.replaceAll("'", "''")}' AS backup`)
  try {
    // It is synced once, when it is complete; until then it is worth nothing.
    db.exec('PRAGMA backup.journal_mode = OFF; PRAGMA backup.synchronous = OFF')
    db.exec(CREATE_KVS.replace('kvs', 'backup.kvs'))
    for (let [from, rows, unsynced] = ['-1', FIRST_ROWS, 0]; ;) {
      const began = performance.now()
      const to = lastOf(db, from, rows)
      if (to === from) break
      db.exec(
        `INSERT INTO backup.kvs SELECT addr, content, addresses FROM main.kvs WHERE addr > ${from} AND addr <= ${to}`,
      )
      from = to
      unsynced += rows
      rows = performance.now() - began > SLICE_MS ? Math.max(1, rows >> 1) : Math.min(MAX_ROWS, rows * 2)
      yield
      if (unsynced < SYNC_ROWS) continue
      sync(path)
      unsynced = 0
      yield
    }
  } finally {
    db.exec('DETACH backup')
  }

  sync(path)
}

/**
 * The address of the last of the next rows; the given one if there are no rows. As text: another program may have made rows
 * whose addresses are no exact numbers in JavaScript.
 */
function lastOf(db: Sqlite, from: string, rows: number): string {
  const next = `SELECT addr FROM main.kvs WHERE addr > ${from} ORDER BY addr LIMIT ${rows}`
  return String(db.all(`SELECT CAST(coalesce(max(addr), ${from}) AS TEXT) AS last FROM (${next})`)[0]?.['last'])
}

/** Removes incomplete copies of a killed server. Other files with that suffix may belong to another program. */
function removeParts(graphDir: string): void {
  const dir = backupDirectory(graphDir)
  for (const entry of readdirSync(dir, {withFileTypes: true}))
    if (entry.isFile() && isPartOfBackup(entry.name)) removeIfThere(join(dir, entry.name))
}

/** Syncs the file before its directory, so that its name never refers to an incomplete file. */
function sync(path: string): void {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
