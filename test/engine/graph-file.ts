import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

import {checkGraph, type CheckReport} from '../../src/engine/integrity/check.js'
import {KvsStore} from '../../src/engine/storage/kvs-store.js'
import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import type {TxReport} from '../../src/engine/transact/transact.js'
import {openSqlite, type Sqlite} from '../../src/lib/sqlite.js'
import {Connection, type ConnectionHooks} from '../../src/logseq/connection.js'
import {newGraph} from '../../src/logseq/new-graph/new-graph.js'
import {readEdn} from '../../src/values/edn-read.js'
import {keyword} from '../../src/values/scalars.js'
import {ValueMap} from '../../src/values/types.js'
import {run} from './support.js'

export const NOW = 1_900_000_000_000

/** A world in which nothing is in the way of a write. */
export const QUIET: ConnectionHooks = {
  *backUp() {},
  damage: () => undefined,
  markSearchStale() {},
  assertOwnership() {},
}

const CREATE_KVS = 'CREATE TABLE IF NOT EXISTS kvs (addr INTEGER primary key, content TEXT, addresses JSON)'
const BIRTH = {now: NOW, uuid: '01234567-89ab-4cde-8f01-23456789abcd'}

/** The files of one test, and the handles on them. */
export class GraphFiles {
  readonly dir = mkdtempSync(join(tmpdir(), 'logseq-server-graph-'))
  readonly #handles = new Map<Connection, Sqlite>()
  readonly #open: Sqlite[] = []

  path(name = 'db.sqlite'): string {
    return join(this.dir, name)
  }

  sqlite(name?: string): Sqlite {
    const db = openSqlite(this.path(name))
    this.#open.push(db)
    return db
  }

  /** Writes a new graph, with some facts that nobody checks. */
  make(edits?: string, name?: string): void {
    const db = this.sqlite(name)
    db.exec(CREATE_KVS)
    const store = new KvsStore(db, {cacheDatoms: 10_000})
    let facts: StoredDatabase = newGraph(BIRTH, store)
    if (edits) facts = run(facts, edits).after
    store.flush(facts)
  }

  connect(surroundings: Partial<ConnectionHooks> = {}, name?: string): Connection {
    const db = this.sqlite(name)
    const connection = Connection.open(new KvsStore(db, {cacheDatoms: 10_000}), {...QUIET, ...surroundings})
    this.#handles.set(connection, db)
    return connection
  }

  /** From now on there is no room for what a connection writes, until this is ended. */
  full(connection: Connection): {end(): void} {
    const db = this.#handles.get(connection)!
    const [pages] = db.all('PRAGMA page_count')
    db.exec(`PRAGMA max_page_count = ${String(Object.values(pages!)[0])}`)
    return {end: () => db.exec('PRAGMA max_page_count = 1000000')}
  }

  /** What the check of a graph says of the file. */
  check(): CheckReport {
    const db = this.sqlite()
    return runSync(checkGraph(db, new KvsStore(db, {cacheDatoms: 10_000}), NO_LIMITS))
  }

  /** All rows as they are in the file. */
  rows(name?: string): string[] {
    return this.sqlite(name)
      .all('SELECT addr, content, addresses FROM kvs ORDER BY addr')
      .map((row) => JSON.stringify(row))
  }

  dispose(): void {
    for (const db of this.#open) db.close()
    rmSync(this.dir, {recursive: true})
  }
}

/** What a client says of a write that is not to be judged: tests of storage write what is short. */
export const UNJUDGED = new ValueMap([[keyword('skip-validate-db?'), true]])

/** Writes data that is EDN, in one go, whether Logseq would have it or not. */
export function write(connection: Connection, data: string): TxReport {
  return runSync(connection.transact(readEdn(data), NO_LIMITS, UNJUDGED))
}

/** The data of a new block. */
export function block(n: number, title = `block ${n}`): string {
  const uuid = `bbbbbbbb-0000-4000-8000-${String(n).padStart(12, '0')}`
  return `[{:block/uuid #uuid "${uuid}" :block/title ${JSON.stringify(title)} :block/created-at 1}]`
}
