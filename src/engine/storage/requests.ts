import {ServerError} from '../../lib/errors.js'
import type {Sqlite} from '../../lib/sqlite.js'
import {textOf} from './bytes.js'

/** Beside the table of the graph; Logseq reads only its own. Backups and exports copy only that, too. */
export const REQUESTS = 'logseq_server_requests'

/**
 * Maximum number of remembered writes, and their maximum age in ms. A client that repeats one does so within minutes.
 */
const MAX_REQUESTS = 500
const MAX_AGE_MS = 24 * 60 * 60 * 1000

/** SQLite keeps it in this form. */
export const CREATE_REQUESTS =
  `CREATE TABLE ${REQUESTS} ` +
  '(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, method TEXT NOT NULL, result TEXT NOT NULL, at INTEGER NOT NULL)'

/** A write that was done for a client, and its result. */
export interface DoneRequest {
  /** Request id that the client chose. */
  id: string
  /** The method, and a digest of its arguments: one id stands for one call. */
  method: string
  /** As transit. */
  result: string
}

/** The last writes that had an id, stored with what they wrote: a client that lost the answer gets it again. */
export class RequestLog {
  readonly #db: Sqlite
  readonly #now: () => number

  /** @param now in ms since 1970 */
  constructor(db: Sqlite, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** @returns undefined when no write of this id is remembered */
  lookUp(id: string): DoneRequest | undefined {
    if (!this.#exists()) return undefined
    const row = this.#db
      .prepare(`SELECT CAST(method AS BLOB) AS method, CAST(result AS BLOB) AS result FROM ${REQUESTS} WHERE id = ?`)
      .get(id)
    if (!row) return undefined
    const [method, result] = [textOf(row['method']), textOf(row['result'])]
    if (method === undefined || result === undefined) throw damagedRequest()
    return {id, method, result}
  }

  /** Remembers a write, and forgets the oldest. Inside the transaction of the write: both are on disk, or neither is. */
  remember({id, method, result}: DoneRequest): void {
    const now = this.#now()
    if (!this.#exists()) this.#db.exec(CREATE_REQUESTS)
    this.#db
      .prepare(`INSERT INTO ${REQUESTS} (id, method, result, at) VALUES (?, ?, ?, ?)`)
      .run(id, method, result, now)
    this.#db
      .prepare(`DELETE FROM ${REQUESTS} WHERE seq <= (SELECT max(seq) FROM ${REQUESTS}) - ? OR at < ?`)
      .run(MAX_REQUESTS, now - MAX_AGE_MS)
  }

  /** The table is created on first use: a graph that no client writes with request ids stays as it is. */
  #exists(): boolean {
    return this.#db.all(`SELECT 1 FROM sqlite_master WHERE name = '${REQUESTS}'`).length > 0
  }
}

function damagedRequest(): ServerError {
  return new ServerError('graph-damaged', 'the stored response of a write is not UTF-8 text')
}
