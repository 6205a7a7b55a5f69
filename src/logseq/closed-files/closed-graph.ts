import {pathToFileURL} from 'node:url'

import {KvsStore} from '../../engine/storage/kvs-store.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {machineError, messageOf} from '../../lib/errors.js'
import {requireRegularFile} from '../../lib/files/own-files.js'
import {openSqlite, type Sqlite} from '../../lib/sqlite.js'
import {keyword} from '../../values/scalars.js'
import {readGraph} from '../connection.js'
import {keyValue} from '../find-page.js'
import {judgeAll} from '../validity/check.js'

/** Few nodes are read twice. */
const CACHE_DATOMS = 10_000

/**
 * Reads the graph of a database file that no program has open. No lock is taken, and nothing is written beside the file.
 * @throws ServerError `graph-invalid`, `graph-damaged`; SQLite's error
 */
export function* readClosedGraph<T>(
  path: string,
  read: (db: StoredDatabase) => CooperativeTask<T>,
): CooperativeTask<T> {
  const sqlite = openFile(path)
  try {
    return yield* read(graphOf(sqlite))
  } finally {
    sqlite.close()
  }
}

function openFile(path: string): Sqlite {
  requireRegularFile(path)
  return openSqlite(`${pathToFileURL(path).href}?immutable=1&mode=ro`)
}

function graphOf(sqlite: Sqlite): StoredDatabase {
  return readGraph(new KvsStore(sqlite, {cacheDatoms: CACHE_DATOMS})).db
}

/**
 * Returns why no server could open the graph of a database file: its root or its last writes are unreadable, or it is another
 * database of Logseq. Undefined if one could.
 * @throws the error of the machine, which is not about the content of the file
 */
export function whyUnopenable(path: string): string | undefined {
  const sqlite = openFile(path)
  try {
    graphOf(sqlite)
    return undefined
  } catch (error) {
    if (machineError(error)) throw error
    return messageOf(error)
  } finally {
    sqlite.close()
  }
}

/** Counts the entities of a database file that Logseq would not accept. */
export function* countInvalid(path: string, execution: ExecutionContext): CooperativeTask<number> {
  return yield* readClosedGraph(path, function* (db) {
    return (yield* judgeAll(db, {}, execution)).length
  })
}

/** IDs of a graph: one from its creation, and one from its first synchronisation. */
const IDS = ['logseq.kv/graph-uuid', 'logseq.kv/local-graph-uuid'].map((name) => keyword(name))

/** Reads the IDs of the graph of a database file. @returns them by name; those that it has not are missing */
export function readIds(path: string): ReadonlyMap<string, string> {
  const sqlite = openFile(path)
  try {
    const db = graphOf(sqlite)
    const ids = IDS.map((ident) => [ident.fqn, keyValue(db, ident)] as const)
    return new Map(ids.flatMap(([name, id]) => (id === null ? [] : [[name, String(id)] as const])))
  } finally {
    sqlite.close()
  }
}
