import {closeSync, constants, existsSync, lstatSync, rmSync, type Stats} from 'node:fs'
import {join} from 'node:path'

import {type Clock, poll} from '../../lib/clock.js'
import {machineError, messageOf, ServerError} from '../../lib/errors.js'
import {DATABASE} from '../../lib/files/names.js'
import {isSameFile, moveCommand, openOwnFile, requireUsableDatabase} from '../../lib/files/own-files.js'
import {diskFailure} from '../../lib/files/readable.js'
import {isBusy, isCorrupt, isDiskError, isFull, openSqlite, type Sqlite} from '../../lib/sqlite.js'
import {CREATE_KVS, isEmptyDatabase} from '../storage/shape.js'
import {DatabaseFiles} from './database-files.js'
import {requireFittingJournal} from './journal.js'
import {type FileState, fileState, Session} from './session.js'

/** Time in ms that a process may hold the database while it exits. */
const BUSY_MS = 2000

/** Size in bytes beyond which a log is written back into the database. */
const MAX_LOG = 4 * 1024 * 1024

/** Size in bytes of the smallest page of a database. */
const MIN_PAGE = 512

/**
 * Handles that are never closed nor collected, until the process exits: otherwise SQLite would write the log into the
 * database, or remove it.
 */
const KEPT_OPEN: Sqlite[] = []

/** Options for opening a database. */
export interface StoreOptions {
  /** Names the present run of the operating system; empty where that is not known. */
  boot?: string
  clock: Clock
  /** Create the database if it does not exist. */
  create: boolean
  signal?: AbortSignal | undefined
}

/** A graph's database, held for this process alone. */
export interface Store {
  /**
   * Writes the log back into the database file. Keeps the lock.
   * @throws ServerError `repo-locked` if another program changed one of the files: their contents would be mixed
   */
  checkpoint(): void
  /**
   * Closes it. Files without a change until now stay as they were, to the byte; so do files that another program changed.
   * @param keepLog leaves the log in place: the graph is damaged, and the log may belong to another database
   * @returns what another program has changed; undefined if nothing
   */
  close(keepLog?: boolean): string | undefined
  /** True if this opening created it. */
  created: boolean
  /** The one handle of this file: to close any other would drop its locks. */
  db: Sqlite
  files: DatabaseFiles
  /** True if there was a log that had not been written back. */
  hadLog: boolean
  /** Reason why the last writes of the last server are lost; undefined if they are not. */
  lostLog: string | undefined
  /**
   * Keeps the database file as it is until the returned function is called, with all writes until now in it: another process
   * can then read it. Later writes stay in the log.
   * @throws as `checkpoint`
   */
  holdStill(): () => void
  path: string
  sqliteVersion: string
  /** Allows writes, which go through a log from now on. Until then no byte of any file changes. */
  startWriting(): void
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
  if (!create && found?.size === 0) throw notCreated(path) // when opened for writing, an empty file would get a first page
  const session = new Session(graphDir, boot)
  const log = fileState(`${path}-wal`)
  const lostLog = session.inspect(log)
  if (found) requireFittingJournal(path)
  const before = found ?? make(path)
  // Never closed before the process exits: to close it would drop the locks that SQLite has on the file.
  const fd = openOwnFile(path, constants.O_RDONLY)
  const db = open(path)
  try {
    // One handle for every try: a second one in this process would meet the locks of the first.
    const held = await poll(clock, clock.now() + BUSY_MS, () => lockAndCheck(db, path, create), signal)
    if (held === undefined) throw new ServerError('graph-in-use', `Another program has ${path} open`)
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

class OpenStore implements Store {
  readonly created: boolean
  readonly db: Sqlite
  readonly files: DatabaseFiles
  readonly hadLog: boolean
  readonly lostLog: string | undefined
  /** Number of readers in other processes. */
  #holders = 0
  readonly #log: FileState | undefined
  readonly path: string
  readonly #raw: Sqlite
  readonly sqliteVersion: string
  #writing = false

  constructor(
    db: Sqlite,
    path: string,
    files: DatabaseFiles,
    {created, log, lostLog}: {created: boolean; log: FileState | undefined; lostLog: string | undefined},
  ) {
    this.created = created
    this.files = files
    this.hadLog = log !== undefined && log.size !== '0'
    this.lostLog = lostLog
    this.#log = log
    this.path = path
    this.#raw = db
    this.sqliteVersion = String(db.all('SELECT sqlite_version() AS version')[0]?.['version'])
    this.db = watched(db, () => this.#written())
  }

  checkpoint(): void {
    if (this.#holders > 0) return
    const status = this.files.status()
    if (status.is === 'changed') throw new ServerError('repo-locked', status.why)
    this.files.checkpointing()
    try {
      this.#raw.all('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      this.files.checkpointed()
    }
  }

  holdStill(): () => void {
    if (this.files.logSize > 0) this.checkpoint()
    this.#holders++
    let isHeld = true
    return () => {
      if (isHeld) this.#holders--
      isHeld = false
      this.#shorten()
    }
  }

  close(keepLog = false): string | undefined {
    this.#holders = 0 // a request that still reads it is about to end, and its result is not used
    if (!this.#writing) {
      leaveAsItWas(this.#raw, this.path, this.#log !== undefined)
      return undefined
    }

    const status = this.files.status()
    if (status.is === 'changed') {
      // The database was overwritten. The log belongs to the previous one, and would destroy this one.
      KEPT_OPEN.push(this.#raw)
      if (status.logIsOurs) this.files.setLogAside()
      return status.why
    }

    if (keepLog && this.files.logSize > 0) {
      KEPT_OPEN.push(this.#raw)
      return undefined
    }

    this.checkpoint()
    // Another file is where the log was. Beside the database it would be taken for its log.
    if (status.is === 'log-gone' && existsSync(`${this.path}-wal`)) this.files.setLogAside()
    this.#raw.close()
    return status.is === 'ours' ? undefined : status.why
  }

  startWriting(): void {
    if (this.#writing) return
    this.#writing = true
    if (this.lostLog !== undefined) this.files.checkpointing() // reported once
    this.#raw.exec('PRAGMA journal_mode = WAL')
    this.#raw.exec('PRAGMA synchronous = FULL')
    // Only `checkpoint` changes the database: any other change comes from another program.
    this.#raw.exec('PRAGMA wal_autocheckpoint = 0')
    this.#raw.exec(`BEGIN IMMEDIATE; ${this.created ? CREATE_KVS : ''}; COMMIT`)
    this.files.checkpointed()
  }

  #written(): void {
    this.files.written()
    if (this.#writing) this.#shorten()
  }

  #shorten(): void {
    if (this.files.logSize <= MAX_LOG) return
    try {
      this.checkpoint()
    } catch {
      // The write itself is on disk; a full disk, say, has room for this later.
    }
  }
}

function open(path: string): Sqlite {
  try {
    return openSqlite(path)
  } catch (error) {
    throw explain(error, path)
  }
}

/** @returns whether the database is empty; undefined if another process holds it */
function lockAndCheck(db: Sqlite, path: string, create: boolean): {empty: boolean} | undefined {
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
  if (empty && !create) throw notCreated(path)
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

/**
 * Releases a database that was only read. To close it would write an existing log into it, and remove the log.
 * @param hadLog there was a log before it was opened
 */
function leaveAsItWas(db: Sqlite, path: string, hadLog: boolean): void {
  if (hadLog) {
    KEPT_OPEN.push(db)
    return
  }

  db.close()
  // SQLite leaves the empty log that reading has created.
  if (fileState(`${path}-wal`)?.size === '0') rmSync(`${path}-wal`, {force: true})
}

/** Wraps a handle so that `written` is called after each write, done or failed. */
function watched(db: Sqlite, written: () => void): Sqlite {
  let isInside = false
  const telling = <T>(work: () => T): T => {
    try {
      return work()
    } finally {
      if (!isInside) written()
    }
  }

  return {
    all: (sql) => db.all(sql),
    close: () => db.close(),
    exec: (sql) => telling(() => db.exec(sql)),
    prepare(sql) {
      const statement = db.prepare(sql)
      return {
        all: (...parameters) => statement.all(...parameters),
        get: (...parameters) => statement.get(...parameters),
        run: (...parameters) => telling(() => statement.run(...parameters)),
      }
    },
    transaction: (work) =>
      telling(() => {
        isInside = true
        try {
          return db.transaction(work)
        } finally {
          isInside = false
        }
      }),
  }
}

function explain(error: unknown, path: string): unknown {
  const known = error instanceof ServerError ? error : machineError(error)
  if (known) return known
  if (isFull(error)) return new ServerError('disk-full', `${path}: the disk is full`, {cause: error})
  const size = lstatSync(path, {throwIfNoEntry: false})?.size ?? 0
  if (size > 0 && size < MIN_PAGE) return incomplete(path, size, error)
  const code = isDiskError(error) ? 'disk-failed' : 'graph-invalid'
  return new ServerError(code, `${path} cannot be opened: ${messageOf(error)}`, {cause: error})
}
