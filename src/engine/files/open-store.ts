import {existsSync} from 'node:fs'

import {ServerError} from '../../lib/errors.js'
import {removeIfThere} from '../../lib/files/remove.js'
import type {Sqlite} from '../../lib/sqlite.js'
import {CREATE_KVS} from '../storage/shape.js'
import type {DatabaseFiles} from './database-files.js'
import {type FileState, fileState} from './session.js'

/** Size in bytes beyond which a log is written back into the database. */
const MAX_LOG = 4 * 1024 * 1024

/**
 * Handles that are never closed nor collected, until the process exits: otherwise SQLite would write the log into the
 * database, or remove it.
 */
const KEPT_OPEN: Sqlite[] = []

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

/** A database that `openStore` opened: when it is written, and what closing it leaves. */
export class OpenStore implements Store {
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

/**
 * Releases a database that was only read. To close it would write an existing log into it, and remove the log.
 * @param hadLog there was a log before it was opened
 */
export function leaveAsItWas(db: Sqlite, path: string, hadLog: boolean): void {
  if (hadLog) {
    KEPT_OPEN.push(db)
    return
  }

  db.close()
  // SQLite leaves the empty log that reading has created.
  if (fileState(`${path}-wal`)?.size === '0') removeIfThere(`${path}-wal`)
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
    define: (name, values) => db.define(name, values),
    exec: (sql) => telling(() => db.exec(sql)),
    prepare(sql) {
      const statement = db.prepare(sql)
      return {
        all: (...parameters) => statement.all(...parameters),
        get: (...parameters) => statement.get(...parameters),
        iterate: (...parameters) => statement.iterate(...parameters),
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
