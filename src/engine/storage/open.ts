import {closeSync, constants, type Stats} from 'node:fs'
import {join} from 'node:path'

import {type Clock, poll} from '../../lib/clock.js'
import {messageOf, ServerError} from '../../lib/errors.js'
import {DATABASE} from '../../lib/graphs/files.js'
import {isSameFile, openOwnFile, requireUsableFile} from '../../lib/graphs/own-files.js'
import {isBusy, isFull, openSqlite, type Sqlite} from '../../lib/sqlite.js'

/** The one table of a graph, as Logseq creates it. */
export const CREATE_KVS = 'CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)'

const KVS_COLUMNS = ['addr', 'addresses', 'content']

/** How long a process that is dying may still hold the database, in ms. */
const BUSY_MS = 2000

/** A graph's database, held for this process alone. */
export interface Store {
  /** Writes the log back into the database file. Keeps the lock. */
  checkpoint(): void
  close(): void
  /** It was made by this opening. */
  created: boolean
  /** The one handle of this file: to close any other would drop its locks. */
  db: Sqlite
  path: string
  sqliteVersion: string
}

/**
 * Opens `db.sqlite` for this process alone, and checks that it is a graph before anything is written: what this code
 * does not understand it leaves as it is.
 * @throws ServerError `graph-not-exists`, `graph-invalid`, `graph-in-use` (another program has it open), `disk-full`
 */
export async function openStore(graphDir: string, create: boolean, clock: Clock, signal?: AbortSignal): Promise<Store> {
  const path = join(graphDir, DATABASE)
  // SQLite opens all of these by path, the log of a server that was killed with the database.
  for (const beside of ['-wal', '-shm', '-journal']) requireFile(`${path}${beside}`)
  const before = requireFile(path) ?? make(path, create)
  const db = open(path)
  try {
    // One handle for every try: a second one in this process would meet the locks of the first.
    const created = await poll(clock, clock.now() + BUSY_MS, () => lockAndCheck(db, path), signal)
    if (created === undefined) throw new ServerError('graph-in-use', `Another program has ${path} open`)
    if (!isSameFile(before, requireFile(path)))
      throw new ServerError('graph-in-use', `Another program has replaced ${path} while it was opened`)
    return storeOf(db, path, created)
  } catch (error) {
    db.close()
    throw signal?.aborted && error === signal.reason ? error : explain(error, path)
  }
}

/** @throws ServerError `graph-invalid` for anything but a file, `data-dir-permission` for one that may not be used */
function requireFile(path: string): Stats | undefined {
  try {
    return requireUsableFile(path)
  } catch (error) {
    if (!(error instanceof ServerError) || error.details['problem'] === undefined) throw error
    throw new ServerError('graph-invalid', error.message, {cause: error, details: error.details, hint: error.hint})
  }
}

function make(path: string, create: boolean): Stats | undefined {
  if (!create) throw new ServerError('graph-not-exists', `${path} is not there`)
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

/** @returns whether the graph was made by this; undefined when another process holds the database */
function lockAndCheck(db: Sqlite, path: string): boolean | undefined {
  try {
    // Exclusive before the first access, and before WAL: a lock that comes later does not keep others out.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    const empty = isEmpty(db, path)
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    db.exec(`BEGIN IMMEDIATE; ${empty ? CREATE_KVS : ''}; COMMIT`)
    return empty
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }
}

function storeOf(db: Sqlite, path: string, created: boolean): Store {
  return {
    checkpoint: () => db.all('PRAGMA wal_checkpoint(TRUNCATE)'),
    close: () => db.close(),
    created,
    db,
    path,
    sqliteVersion: String(db.all('SELECT sqlite_version() AS version')[0]?.['version']),
  }
}

/** Has nothing been put into this database yet? Throws when something that is not a graph has. */
function isEmpty(db: Sqlite, path: string): boolean {
  const objects = db.all('SELECT name, type FROM sqlite_master')
  if (objects.length === 0) return true
  const columns = db.all("SELECT name FROM pragma_table_info('kvs') ORDER BY name").map(({name}) => name)
  if (columns.join(',') !== KVS_COLUMNS.join(','))
    throw new ServerError('graph-invalid', `${path} is a database, but not a Logseq graph`)
  return false
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof ServerError) return error
  if (isFull(error)) return new ServerError('disk-full', `${path}: the disk is full`, {cause: error})
  return new ServerError('graph-invalid', `${path} cannot be opened: ${messageOf(error)}`, {cause: error})
}
