import {closeSync, constants, lstatSync, readSync, type Stats} from 'node:fs'
import {join} from 'node:path'

import {type Clock, poll} from '../../lib/clock.js'
import {machineError, messageOf, ServerError} from '../../lib/errors.js'
import {backupsThere, listBackups} from '../../lib/files/backups.js'
import {separateLogs} from '../../lib/files/beside-database.js'
import {diskFailed} from '../../lib/files/disk-failed.js'
import {DATABASE} from '../../lib/files/names.js'
import {isSameFile, moveCommand, openOwnFile, requireUsableDatabase} from '../../lib/files/own-files.js'
import {diskFailure} from '../../lib/files/readable.js'
import {isBusy, isCorrupt, isDiskError, isFull, openSqlite, type Sqlite} from '../../lib/sqlite.js'
import {HEADER, isEmptyDatabase, requireWritableFormat} from '../storage/shape.js'
import {DatabaseFiles} from './database-files.js'
import {requireFittingJournal} from './journal.js'
import {leaveAsItWas, OpenStore, type Store} from './open-store.js'
import {fileState, Session} from './session.js'

/** Time in ms that a process may hold the database while it exits. */
const BUSY_MS = 2000

/** Size in bytes of the smallest page of a database. */
const MIN_PAGE = 512

/** Options for opening a database. */
export interface StoreOptions {
  /** Names the present run of the operating system; empty where that is not known. */
  boot?: string
  clock: Clock
  /** Create the database if it does not exist. */
  create: boolean
  signal?: AbortSignal | undefined
}

/**
 * Opens `db.sqlite` for this process alone, and checks that it is a graph before anything is written. A file that this code
 * does not understand stays as it is.
 * @throws ServerError `graph-not-exists`, `graph-invalid`, `graph-in-use` (another program has it open), `disk-full`
 */
export async function openStore(graphDir: string, options: StoreOptions): Promise<Store> {
  const {boot = '', clock, create, signal} = options
  const path = join(graphDir, DATABASE)
  const found = requireFile(path)
  if (!create && !found) throw new ServerError('graph-not-exists', `${path} does not exist`)
  const session = new Session(graphDir, boot)
  let lostLog = session.inspect(fileState(`${path}-wal`))
  // Until it was copied, the server of another directory could write it back, and then begin it anew.
  if (separateLogs(path)) lostLog = session.inspect(fileState(`${path}-wal`))
  const log = fileState(`${path}-wal`)
  if (found) requireFittingJournal(path)
  // Before it is opened for writing: then an empty file would get a first page.
  if (found?.size === 0) requireCreatable(graphDir, {create, found})
  const before = found ?? make(path)
  // Never closed before the process exits: to close it would drop the locks that SQLite has on the file.
  const fd = openOwnFile(path, constants.O_RDONLY)
  const db = open(path)
  try {
    const header = Buffer.alloc(HEADER)
    requireWritableFormat(header.subarray(0, readSync(fd, header, 0, HEADER, 0)))
    // One handle for every try: a second one in this process would meet the locks of the first.
    const held = await poll(clock, clock.now() + BUSY_MS, () => lockAndCheck(db, path), signal)
    if (held === undefined) throw new ServerError('graph-in-use', `Another program has ${path} open`)
    // A log without a complete write is what a creation that was killed has left, and holds nothing that SQLite would read.
    if (held.empty) requireCreatable(graphDir, {create, found})
    if (!isSameFile(before, requireFile(path)))
      throw new ServerError('graph-in-use', `Another program has replaced ${path} while it was opened`)
    const store = new OpenStore(db, path, new DatabaseFiles(path, fd, session), {created: held.empty, log, lostLog})
    if (held.empty) store.startWriting()
    return store
  } catch (error) {
    leaveAsItWas(db, path, log !== undefined)
    if (signal?.aborted && error === signal.reason) throw error
    throw (isCorrupt(error) && diskFailure(fd)) || explain(error, path)
  }
}

/** @throws ServerError `graph-invalid` for an empty database that may not become a new graph: it was not requested, or one was lost */
function requireCreatable(graphDir: string, {create, found}: {create: boolean; found: Stats | undefined}): void {
  if (found) requireNotLost(graphDir)
  if (!create) throw notCreated(join(graphDir, DATABASE))
}

/** @throws ServerError `graph-invalid` when there are backups of the graph that an empty database should have */
function requireNotLost(graphDir: string): void {
  const {length} = listBackups(graphDir)
  if (length === 0) return
  const what = `its graph was lost, but ${backupsThere(length)}`
  throw new ServerError('graph-invalid', `${join(graphDir, DATABASE)} is empty: ${what}`, {
    hint: 'Restore it: `logseq graph restore`. `logseq graph backup --list` shows its backups.',
  })
}

/** @throws ServerError `graph-invalid` for anything but a file, `data-dir-permission` for one that may not be used */
function requireFile(path: string): Stats | undefined {
  try {
    return requireUsableDatabase(path)
  } catch (error) {
    if (!(error instanceof ServerError) || error.details['problem'] === undefined) throw error
    throw new ServerError('graph-invalid', error.message, {cause: error, details: error.details, hint: error.hint})
  }
}

function make(path: string): Stats | undefined {
  closeSync(openOwnFile(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL))
  return requireFile(path)
}

function open(path: string): Sqlite {
  try {
    return openSqlite(path)
  } catch (error) {
    throw explain(error, path)
  }
}

/** @returns whether the database is empty; undefined if another process holds it */
function lockAndCheck(db: Sqlite, path: string): {empty: boolean} | undefined {
  try {
    // Exclusive before the first access, and before WAL: a later lock does not keep other processes out.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }

  const empty = isEmptyDatabase(db, path)
  db.exec('ROLLBACK') // of an empty transaction: the lock stays
  return {empty}
}

/** Creates the error of a database without a graph: its creation was interrupted, or not requested. */
export function notCreated(path: string): ServerError {
  return new ServerError('graph-invalid', `${path} is empty: its graph has not been created yet`, {
    hint: 'Create it with `logseq server start --create`; the file has nothing that could be lost.',
  })
}

/** Creates the error for a file whose creation was cut off, by a power failure perhaps: no database is that short. */
function incomplete(path: string, size: number, cause: unknown): ServerError {
  return new ServerError('graph-invalid', `${path} has only ${size} bytes, which is less than a database has`, {
    cause,
    hint: `Set it aside, and create the graph: \`${moveCommand(path, '.incomplete')}\`, then \`logseq server start --create\`.`,
  })
}

function explain(error: unknown, path: string): unknown {
  const known = error instanceof ServerError ? error : machineError(error)
  if (known) return known
  if (isFull(error)) return new ServerError('disk-full', `${path}: the disk is full`, {cause: error})
  const size = lstatSync(path, {throwIfNoEntry: false})?.size ?? 0
  if (size > 0 && size < MIN_PAGE) return incomplete(path, size, error)
  const what = `${path} cannot be opened`
  if (isDiskError(error)) return diskFailed(what, path, error)
  return new ServerError('graph-invalid', `${what}: ${messageOf(error)}`, {cause: error})
}
