import {closeSync, constants, lstatSync, rmSync} from 'node:fs'

import {systemCode} from '../../lib/errors.js'
import {makeOwnDirectory, openOwnFile} from '../../lib/files/own-files.js'
import {hasSearchFile, searchDirectory, searchFile} from '../../lib/files/search-index.js'
import {openSqlite, type Sqlite, type SqlRow} from '../../lib/sqlite.js'
import type {SearchRow} from './rows.js'

/** The version of the index that Logseq makes, and this program. 0 stands for one that is not complete. */
export const VERSION = 3

/** As Logseq makes it. A file that has anything else is not used. */
const OBJECTS = [
  'CREATE TABLE blocks (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, page TEXT)',
  "CREATE VIRTUAL TABLE blocks_fts USING fts5(id, title, page, tokenize='trigram')",
  'CREATE INDEX blocks_title_nocase_idx ON blocks(title COLLATE NOCASE)',
  'CREATE TRIGGER blocks_ad AFTER DELETE ON blocks BEGIN DELETE FROM blocks_fts WHERE rowid = old.rowid; END',
  'CREATE TRIGGER blocks_ai AFTER INSERT ON blocks BEGIN ' +
    'INSERT INTO blocks_fts (rowid, id, title, page) VALUES (new.rowid, new.id, new.title, new.page); END',
  'CREATE TRIGGER blocks_au AFTER UPDATE ON blocks BEGIN DELETE FROM blocks_fts WHERE rowid = old.rowid; ' +
    'INSERT INTO blocks_fts (rowid, id, title, page) VALUES (new.rowid, new.id, new.title, new.page); END',
]

/** Number of rows that are written at once: some ms. */
export const ROWS_AT_ONCE = 100

const UPSERT =
  'INSERT INTO blocks (id, title, page) VALUES (?, ?, ?) ' +
  'ON CONFLICT (id) DO UPDATE SET title = excluded.title, page = excluded.page'

/** Sources of rows, each with its order. The full-text index has this order itself, and ends as soon as there are enough rows. */
const FROM = {
  index: {order: 'blocks_fts.rowid', tables: 'blocks_fts CROSS JOIN blocks ON blocks.rowid = blocks_fts.rowid'},
  table: {order: 'blocks.rowid', tables: 'blocks'},
}

/** Bounds of a search: maximum number of rows of one kind, and the page of the rows. */
export interface Bounds {
  limit: number
  page: string | undefined
}

/** An error of the index, or of its file: nothing is wrong with the graph. */
export class SearchError extends Error {}

/** The file of the search index. All of it was derived from the graph, and can be derived again. */
export class SearchStore {
  readonly #db: Sqlite

  private constructor(db: Sqlite) {
    this.#db = db
  }

  /**
   * Opens the index of a graph.
   * @param fingerprint of the state of the graph that it has to be of
   * @returns undefined when the graph has none, or one that cannot be used
   * @throws SearchError
   */
  static open(graphDir: string, fingerprint: number): SearchStore | undefined {
    return own(() => {
      if (!hasSearchFile(graphDir)) return undefined
      const db = openSqlite(searchFile(graphDir))
      let isTaken = false
      try {
        isTaken = pragma(db, 'user_version') === VERSION && pragma(db, 'application_id') === fingerprint && isWhole(db)
        return isTaken ? new SearchStore(prepared(db)) : undefined
      } finally {
        if (!isTaken) db.close()
      }
    })
  }

  /** Replaces what is there by an empty index. @throws SearchError */
  static create(graphDir: string): SearchStore {
    return own(() => {
      makeOwnDirectory(searchDirectory(graphDir))
      const path = searchFile(graphDir)
      for (const suffix of ['', '-wal', '-shm', '-journal']) removeFile(path + suffix)
      closeSync(openOwnFile(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL))
      const db = openSqlite(path)
      try {
        prepared(db)
        for (const sql of OBJECTS) db.exec(sql)
        return new SearchStore(db)
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** Marks the index as that of a state of the graph; it is on disk then. */
  seal(fingerprint: number): void {
    this.#exec(`PRAGMA synchronous = FULL; PRAGMA application_id = ${fingerprint}; PRAGMA user_version = ${VERSION}`)
  }

  /** Marks the index as incomplete, before it changes: after a kill no server reuses it. */
  unseal(): void {
    this.#exec('PRAGMA synchronous = FULL; PRAGMA user_version = 0; PRAGMA synchronous = OFF')
  }

  close(): void {
    this.#db.close()
  }

  write(upserted: readonly SearchRow[], deleted: Iterable<string>): void {
    own(() =>
      this.#db.transaction(() => {
        const remove = this.#db.prepare('DELETE FROM blocks WHERE id = ?')
        for (const id of deleted) remove.run(id)
        const upsert = this.#db.prepare(UPSERT)
        for (const {id, page, title} of upserted) upsert.run(id, title, page)
      }),
    )
  }

  truncate(): void {
    this.#exec('DELETE FROM blocks')
  }

  /** Titles that are equal to a text but for the case of letters of ASCII. */
  equalTo(title: string, bounds: Bounds): SearchRow[] {
    return this.#find('table', 'title = ? COLLATE NOCASE', title, bounds)
  }

  /** Titles that a pattern of `LIKE` fits. */
  like(pattern: string, bounds: Bounds): SearchRow[] {
    return this.#find('table', String.raw`title LIKE ? ESCAPE '\'`, pattern, bounds)
  }

  /** Titles that a question of full-text search fits. */
  matching(expression: string, bounds: Bounds): SearchRow[] {
    return this.#find('index', 'blocks_fts.title MATCH ?', expression, bounds)
  }

  #find(from: keyof typeof FROM, condition: string, parameter: string, {limit, page}: Bounds): SearchRow[] {
    const onPage = page === undefined ? '' : ' AND blocks.page = ?'
    const {order, tables} = FROM[from]
    const columns = 'blocks.id, blocks.title, blocks.page'
    const sql = `SELECT ${columns} FROM ${tables} WHERE ${condition}${onPage} ORDER BY ${order} LIMIT ?`
    return own(() => {
      const statement = this.#db.prepare(sql)
      const rows = page === undefined ? statement.all(parameter, limit) : statement.all(parameter, page, limit)
      return rows.map((row) => rowOf(row))
    })
  }

  #exec(sql: string): void {
    own(() => this.#db.exec(sql))
  }
}

/** Runs work on the file, and turns its errors into SearchError, which is never mistaken for an error of the graph. */
function own<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new SearchError(`the search index cannot be used: ${systemCode(error) ?? 'it is damaged, or in use'}`, {
      cause: error,
    })
  }
}

function rowOf({id, page, title}: SqlRow): SearchRow {
  return {id: String(id), page: String(page), title: String(title)}
}

function prepared(db: Sqlite): Sqlite {
  db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF')
  return db
}

function pragma(db: Sqlite, name: string): unknown {
  return db.all(`PRAGMA ${name}`)[0]?.[name]
}

/** Names of the objects that SQLite makes for a table of full-text search and a primary key. */
const OWN = /^(?:blocks_fts_\w+|sqlite_autoindex_blocks_1)$/

/** Returns true if a file has exactly the objects of an index. A foreign trigger or view would act on writes. */
function isWhole(db: Sqlite): boolean {
  const objects = db.all('SELECT name, sql FROM sqlite_master').filter(({name}) => !OWN.test(String(name)))
  const found = objects.map(({sql}) => String(sql)).toSorted()
  return found.length === OBJECTS.length && OBJECTS.toSorted().every((sql, i) => sql === found[i])
}

function removeFile(path: string): void {
  if (lstatSync(path, {throwIfNoEntry: false})?.isFile()) rmSync(path)
}
