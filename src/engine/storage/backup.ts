import {randomUUID} from 'node:crypto'
import {closeSync, constants, fsyncSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {type Backup, backupDirectory, backupPath, listBackups} from '../../lib/graphs/backups.js'
import {makeOwnDirectory, openOwnFile, syncDirectory} from '../../lib/graphs/own-files.js'
import type {Sqlite} from '../../lib/sqlite.js'
import type {Task} from '../task.js'
import {CREATE_KVS} from './open.js'

/** How many backups of a graph are kept. */
export const KEPT_BACKUPS = 5

/** What is not complete yet has this behind its name. */
const PART = '.part'

/** So many rows are copied before others are let in: a few ms. */
const ROWS = 1000

/**
 * Makes a backup of an open graph, and removes the oldest of those that are more than enough. Nothing may be written
 * meanwhile.
 * @throws SQLite's error, or that of the file system; then there is no new backup, and all old ones
 */
export function* backUp(db: Sqlite, graphDir: string, at: Date): Task<Backup> {
  makeOwnDirectory(backupDirectory(graphDir))
  removeParts(graphDir)
  yield* copyGraph(db, backupPath(graphDir, at))
  const [newest, ...others] = listBackups(graphDir)
  for (const old of others.slice(KEPT_BACKUPS - 1)) rmSync(old.path, {force: true})
  return newest as Backup
}

/**
 * Copies an open graph into a new file, through the handle that holds the graph, a few rows at a time: to open the file
 * a second time would cost the lock on it. Nothing may be written meanwhile. The copy is complete and on disk before it
 * has its name.
 * @param path in a directory that is there
 * @throws SQLite's error, or that of the file system; then nothing is left at the path
 */
export function* copyGraph(db: Sqlite, path: string): Task<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}${PART}` // one that a killed server has left is in nobody’s way
  closeSync(openOwnFile(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL))
  let complete = false
  try {
    yield* copyRows(db, part)
    sync(part)
    renameSync(part, path)
    complete = true
  } finally {
    if (!complete) rmSync(part, {force: true}) // also when the task is ended from outside
  }

  syncDirectory(dirname(path))
}

function* copyRows(db: Sqlite, path: string): Task<void> {
  db.exec(`ATTACH '${path.replaceAll("'", "''")}' AS backup`)
  try {
    // It is synced once, when it is complete; until then it is worth nothing.
    db.exec('PRAGMA backup.journal_mode = OFF; PRAGMA backup.synchronous = OFF')
    db.exec(CREATE_KVS.replace('kvs', 'backup.kvs'))
    for (let [from, to] = [-1, 0]; ; from = to) {
      to = lastOf(db, from)
      if (to === from) return
      db.exec(
        `INSERT INTO backup.kvs SELECT addr, content, addresses FROM main.kvs WHERE addr > ${from} AND addr <= ${to}`,
      )
      yield
    }
  } finally {
    db.exec('DETACH backup')
  }
}

/** The address of the last of the next rows; the one given when there are none. */
function lastOf(db: Sqlite, from: number): number {
  const rows = `SELECT addr FROM main.kvs WHERE addr > ${from} ORDER BY addr LIMIT ${ROWS}`
  return Number(db.all(`SELECT coalesce(max(addr), ${from}) AS last FROM (${rows})`)[0]?.['last'])
}

/** Those of a server that died while it made one. */
function removeParts(graphDir: string): void {
  for (const name of readdirSync(backupDirectory(graphDir)))
    if (name.endsWith(PART)) rmSync(join(backupDirectory(graphDir), name), {force: true})
}

/** The file first, so that its name never stands for less than all of it. */
function sync(path: string): void {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
