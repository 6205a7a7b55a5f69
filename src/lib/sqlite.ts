import {loadBuiltSqlite} from './built-sqlite.js'
import {messageOf, ServerError, systemCode} from './errors.js'
import {requireDescriptors} from './require-descriptors.js'

/** First bytes of each database file, in Latin-1. */
export const SQLITE_MAGIC = 'SQLite format 3\0'

/** A row of a result, by column. */
export type SqlRow = Record<string, unknown>

/** Value of a `?` parameter. */
type SqlValue = null | number | string | Uint8Array

/** Statement that is parsed once and run many times. */
export interface Statement {
  /** Returns all rows. */
  all(...parameters: SqlValue[]): SqlRow[]
  /** Returns the first row, or undefined. */
  get(...parameters: SqlValue[]): SqlRow | undefined
  /** Returns the rows one by one, as they are read. Until the last one, or the end of the loop, the database is being read. */
  iterate(...parameters: SqlValue[]): Iterable<SqlRow>
  run(...parameters: SqlValue[]): void
}

/** The little of SQLite that the server lock and the engine need. */
export interface Sqlite {
  all(sql: string): SqlRow[]
  /**
   * Closes it. On Node.js without `node:sqlite`, its files stay open as long as there is a statement of `all` or `prepare` that was
   * not collected.
   */
  close(): void
  /** Defines a function for its SQL that gives values. */
  define(name: string, values: (index: number) => SqlValue): void
  exec(sql: string): void
  prepare(sql: string): Statement
  /** Runs `work` in one transaction, which is rolled back if `work` or the commit throws; but see `mayBeCommitted`. */
  transaction<T>(work: () => T): T
}

interface Binding {
  close(): void
  exec(sql: string): void
  function(name: string, run: (index: number) => SqlValue): void
  prepare(sql: string): Pick<Statement, 'all' | 'get' | 'iterate'>
}

interface SqliteModule {
  DatabaseSync: new (path: string, options: {defensive: boolean}) => Binding
}

/**
 * Opens a database with `node:sqlite` where Node.js has it (22.13 and later), else with the one that this package has.
 * Their defaults differ, so a writer sets `synchronous`.
 * @throws ServerError `sqlite-not-available` if there is neither
 */
export function openSqlite(file: string): Sqlite {
  const db = openBinding(file)
  db.exec('PRAGMA busy_timeout = 0') // callers that wait do so with a clock and a signal
  return {
    all: (sql) => db.prepare(sql).all(),
    close: () => db.close(),
    define: (name, values) => db.function(name, values),
    exec: (sql) => db.exec(sql),
    prepare: (sql) => prepare(db, sql),
    transaction: (work) => inTransaction(db, work),
  }
}

/**
 * Prepares a statement that runs by `all`: in Node.js 26, `run` fails after the insertion of a row whose number is not exact in
 * JavaScript, because its result has that number.
 */
function prepare(db: Binding, sql: string): Statement {
  const statement = db.prepare(sql)
  return {
    all: (...parameters) => statement.all(...parameters),
    get: (...parameters) => statement.get(...parameters),
    iterate: (...parameters) => statement.iterate(...parameters),
    run(...parameters) {
      statement.all(...parameters)
    },
  }
}

function inTransaction<T>(db: Binding, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    commit(db)
    return result
  } catch (error) {
    try {
      db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full; what went wrong first is what matters
    }

    throw error
  }
}

/** Errors of commits that may have reached the file. */
const OF_COMMITS = new WeakSet<object>()

function commit(db: Binding): void {
  try {
    db.exec('COMMIT')
  } catch (error) {
    // All pages of the log may have been written when the disk reports that it cannot keep them. A full disk lacks the last page.
    if (error instanceof Error && !isFull(error)) OF_COMMITS.add(error)
    throw error
  }
}

/**
 * Returns true for the error of a commit after which the change may be in the file. This process does not see the change, but if it
 * is killed before its next write, the next one to open the file may do so.
 */
export function mayBeCommitted(error: unknown): boolean {
  return error instanceof Error && OF_COMMITS.has(error)
}

/** Files of a database that may be open at once. */
const FILE_DESCRIPTORS = 4

function openBinding(file: string): Binding {
  const {DatabaseSync} = nodeSqlite() ?? builtSqlite()
  requireDescriptors(FILE_DESCRIPTORS) // SQLite reports the lack of one as "unable to open database file"
  return new DatabaseSync(file, {defensive: false}) // as in SQLite itself: newer versions of Node.js differ
}

function builtSqlite(): SqliteModule {
  try {
    return loadBuiltSqlite() as SqliteModule
  } catch (error) {
    // There is no build for this CPU or system, or it needs a newer C library.
    if (!['ERR_DLOPEN_FAILED', 'MODULE_NOT_FOUND'].includes(systemCode(error) ?? '')) throw error
    const machine = `${process.platform}-${process.arch}`
    const [reason] = messageOf(error).split('\n')
    throw new ServerError(
      'sqlite-not-available',
      `No SQLite for Node.js ${process.versions.node} on ${machine}: ${reason}`,
      {cause: error},
    )
  }
}

function nodeSqlite(): SqliteModule | undefined {
  const {emitWarning} = process
  try {
    process.emitWarning = () => {} // Node.js 22 prints a warning about it to stderr, which belongs to the user
    // eslint-disable-next-line n/no-unsupported-features/node-builtins -- undefined where Node.js lacks it
    return process.getBuiltinModule('node:sqlite') as SqliteModule | undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Result codes of SQLite. https://sqlite.org/rescode.html */
const CODES = {
  BUSY: 5,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  CORRUPT: 11,
  FULL: 13,
  IOERR: 10,
  NOTADB: 26,
  PERM: 3,
  READONLY: 8,
}

/** Returns true if SQLite reported one of some results. Its extended codes have that of the result in the low byte. */
function reports(error: unknown, ...names: readonly (keyof typeof CODES)[]): boolean {
  const {errcode} = error as {errcode?: number}
  return errcode !== undefined && names.some((name) => CODES[name] === errcode % 256)
}

/** Returns true for any error of SQLite, whatever it reports. */
export function isOfSqlite(error: unknown): boolean {
  return systemCode(error) === 'ERR_SQLITE_ERROR'
}

/** Returns true for the error of a lock that another process holds. */
export function isBusy(error: unknown): boolean {
  return reports(error, 'BUSY')
}

/** Returns true for the error of a file that is not a database. */
export function isNotDatabase(error: unknown): boolean {
  return reports(error, 'NOTADB')
}

/**
 * Returns true for the error of a page that is damaged or unreadable. SQLite reports it as corrupt, not a database, or
 * an I/O error.
 */
export function isCorrupt(error: unknown): boolean {
  return !isDiskFailure(error) && reports(error, 'CORRUPT', 'IOERR', 'NOTADB')
}

/** Returns true for the error of a row that a constraint of its table forbids, such as a second one with its key. */
export function isConstraint(error: unknown): boolean {
  return reports(error, 'CONSTRAINT')
}

/** Returns true for the error of a file that SQLite cannot open. */
export function isNotOpened(error: unknown): boolean {
  return reports(error, 'CANTOPEN')
}

/** Returns true for the error of a file that SQLite cannot open, or may not write. */
export function isUnusable(error: unknown): boolean {
  return reports(error, 'CANTOPEN', 'PERM', 'READONLY')
}

/** I/O errors of a file that was cut, or whose pages have wrong checksums: SHORT_READ, DATA. */
const DAMAGED = new Set([522, 8202])

/** I/O errors of a page that was not read: these, and READ and CORRUPTFS. */
const UNREADABLE = new Set([266, 8458, ...DAMAGED])

/** Returns true for the error of a disk that does not accept writes. Its content until then may be sound. */
export function isDiskFailure(error: unknown): boolean {
  return reports(error, 'IOERR') && !UNREADABLE.has((error as {errcode: number}).errcode)
}

/** Returns true for an error of the disk, at a read or a write. The content may be sound, but a part may be unreadable. */
export function isDiskError(error: unknown): boolean {
  return reports(error, 'IOERR') && !DAMAGED.has((error as {errcode: number}).errcode)
}

/** Returns true for the error of a full disk, from SQLite or the system. */
export function isFull(error: unknown): boolean {
  return reports(error, 'FULL') || systemCode(error) === 'ENOSPC'
}
