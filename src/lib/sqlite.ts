import {closeSync, openSync} from 'node:fs'
import {devNull} from 'node:os'

import {messageOf, ServerError, systemCode} from './errors.js'
import {loadLibsql} from './libsql.js'

/** A row of a result, by column. */
export type SqlRow = Record<string, unknown>

/** Value of a `?` parameter. */
type SqlValue = null | number | string

/** Statement that is parsed once and run many times. */
export interface Statement {
  /** Returns all rows. */
  all(...parameters: SqlValue[]): SqlRow[]
  /** Returns the first row, or undefined. */
  get(...parameters: SqlValue[]): SqlRow | undefined
  run(...parameters: SqlValue[]): void
}

/** The little of SQLite that the server lock and the engine need. */
export interface Sqlite {
  all(sql: string): SqlRow[]
  /**
   * Closes the database. With libsql, prepared statements keep the file and its lock until they are collected or the
   * process exits.
   */
  close(): void
  exec(sql: string): void
  prepare(sql: string): Statement
  /** Runs `work` in one transaction, which is rolled back if `work` or the commit throws. */
  transaction<T>(work: () => T): T
}

interface Binding {
  close(): void
  exec(sql: string): void
  prepare(sql: string): Statement
}

/**
 * Opens a database with `node:sqlite` where Node.js has it (22.13 and later), else with libsql: same file, same locks.
 */
export function openSqlite(file: string): Sqlite {
  const db = openBinding(file)
  db.exec('PRAGMA busy_timeout = 0') // callers that wait do so with a clock and a signal
  return {
    all: (sql) => db.prepare(sql).all(),
    close: () => db.close(),
    exec: (sql) => db.exec(sql),
    prepare: (sql) => db.prepare(sql),
    transaction: (work) => inTransaction(db, work),
  }
}

function inTransaction<T>(db: Binding, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
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

function openBinding(file: string): Binding {
  const {DatabaseSync} = nodeSqlite() ?? {}
  if (!DatabaseSync) return openLibsql(file)
  requireDescriptors(FILE_DESCRIPTORS) // SQLite reports the lack of one as "unable to open database file"
  return new DatabaseSync(file)
}

/** The files of a database that may be open at once, and what libsql opens at its first use beside them. */
const FILE_DESCRIPTORS = 4
const RUNTIME_DESCRIPTORS = 7

let isRunning = false

/**
 * Opens a database with libsql. Its runtime ends the process when it gets no descriptor, and SQLite cannot say that it got
 * none: they are asked for before.
 */
function openLibsql(file: string): Binding {
  const Database = libsql()
  requireDescriptors(isRunning ? FILE_DESCRIPTORS : RUNTIME_DESCRIPTORS + FILE_DESCRIPTORS)
  const db = new Database(file)
  isRunning = true
  return db
}

/** @throws the system's error, `EMFILE` or `ENFILE`, when so many files cannot be opened now */
function requireDescriptors(count: number): void {
  const opened: number[] = []
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'))
  } finally {
    for (const fd of opened) closeSync(fd)
  }
}

/** Loads libsql. @throws ServerError `sqlite-not-available` if the package is not installed for this machine */
function libsql(): new (path: string) => Binding {
  try {
    return loadLibsql() as new (path: string) => Binding
  } catch (error) {
    // Omitted (--omit=optional), or built for another CPU, system or C library.
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

function nodeSqlite(): undefined | {DatabaseSync: new (path: string) => Binding} {
  const {emitWarning} = process
  try {
    process.emitWarning = () => {} // Node.js 22 prints a warning about it to stderr, which belongs to the user
    // eslint-disable-next-line n/no-unsupported-features/node-builtins -- undefined where Node.js lacks it
    return process.getBuiltinModule('node:sqlite') as undefined | {DatabaseSync: new (path: string) => Binding}
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Returns true for the error of a lock that another process holds. */
export function isBusy(error: unknown): boolean {
  const {code, errcode, message} = error as {code?: string; errcode?: number; message?: string}
  const primary = typeof errcode === 'number' ? errcode % 256 : undefined // extended codes have the primary code in the low byte
  return code?.startsWith('SQLITE_BUSY') === true || primary === 5 || /database is locked/.test(message ?? '')
}

/** Returns true for the error of a file that is not a database. */
export function isNotDatabase(error: unknown): boolean {
  const {code, errcode, message} = error as {code?: string; errcode?: number; message?: string}
  return code?.startsWith('SQLITE_NOTADB') === true || errcode === 26 || /file is not a database/.test(message ?? '')
}

/**
 * Returns true for the error of a page that is damaged or unreadable. SQLite reports it as corrupt, not a database, or
 * an I/O error.
 */
export function isCorrupt(error: unknown): boolean {
  if (isDiskFailure(error)) return false
  const {code, errcode, message} = error as {code?: string; errcode?: number; message?: string}
  const primary = typeof errcode === 'number' ? errcode % 256 : undefined
  return (
    /^SQLITE_(?:CORRUPT|NOTADB|IOERR)/.test(code ?? '') ||
    (primary !== undefined && [10, 11, 26].includes(primary)) ||
    /database disk image is malformed|file is not a database|disk I\/O error|malformed database schema/.test(
      message ?? '',
    )
  )
}

/** Returns true for the error of a row that a constraint of its table forbids, such as a second one with its key. */
export function isConstraint(error: unknown): boolean {
  const {code, errcode, message} = error as {code?: string; errcode?: number; message?: string}
  return (
    code?.startsWith('SQLITE_CONSTRAINT') === true ||
    (typeof errcode === 'number' && errcode % 256 === 19) ||
    /constraint failed/.test(message ?? '')
  )
}

/** Returns true for the error of a file that SQLite cannot open, or may not write. */
export function isUnusable(error: unknown): boolean {
  const {code, errcode, message} = error as {code?: string; errcode?: number; message?: string}
  const primary = typeof errcode === 'number' ? errcode % 256 : undefined
  return (
    /^SQLITE_(?:CANTOPEN|PERM|READONLY)/.test(code ?? '') ||
    (primary !== undefined && [3, 8, 14].includes(primary)) ||
    /unable to open (?:database file|connection to local database)|attempt to write a readonly database/i.test(
      message ?? '',
    )
  )
}

/** I/O errors of a file that was cut, or whose pages have wrong checksums: SHORT_READ, DATA. */
const DAMAGED = new Set([522, 8202])

/** I/O errors of a page that was not read: these, and READ and CORRUPTFS. */
const UNREADABLE = new Set([266, 8458, ...DAMAGED])

/** Returns true for the error of a disk that does not accept writes. Its content until then may be sound. */
export function isDiskFailure(error: unknown): boolean {
  const code = ioErrorOf(error)
  return code !== undefined && !UNREADABLE.has(code)
}

/** Returns true for an error of the disk, at a read or a write. The content may be sound, but a part may be unreadable. */
export function isDiskError(error: unknown): boolean {
  const code = ioErrorOf(error)
  return code !== undefined && !DAMAGED.has(code)
}

/** Returns the extended code of an I/O error; undefined for any other error. */
function ioErrorOf(error: unknown): number | undefined {
  const {errcode, rawCode} = error as {errcode?: number; rawCode?: number}
  const code = errcode ?? rawCode
  return code !== undefined && code % 256 === 10 ? code : undefined
}

/** Returns true for the error of a full disk. */
export function isFull(error: unknown): boolean {
  const {code, errcode, message} = error as {code?: string; errcode?: number; message?: string}
  return code?.startsWith('SQLITE_FULL') === true || errcode === 13 || /disk is full|ENOSPC/.test(message ?? '')
}
