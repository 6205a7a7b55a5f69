import {pathToFileURL} from 'node:url'

import {KvsStore} from '../../engine/storage/kvs-store.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {openSqlite} from '../../lib/sqlite.js'
import {readGraph} from '../connection.js'
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
  const sqlite = openSqlite(`${pathToFileURL(path).href}?immutable=1&mode=ro`)
  try {
    return yield* read(readGraph(new KvsStore(sqlite, {cacheDatoms: CACHE_DATOMS})).db)
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
