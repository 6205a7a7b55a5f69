import {statSync} from 'node:fs'
import {pathToFileURL} from 'node:url'

import {machineError, messageOf} from '../../lib/errors.js'
import {openSqlite} from '../../lib/sqlite.js'
import {KvsStore} from '../storage/kvs-store.js'
import {isEmptyDatabase} from '../storage/shape.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {checkGraph} from './check.js'

/** Few nodes are read twice. */
const CACHE_DATOMS = 10_000

/** Problems of a file; empty if it is sound. */
type Problems = ReadonlyArray<{what: string}>

/**
 * Checks a whole database file that no program has open, such as a backup.
 * @returns what is wrong with the content; it is never thrown
 * @throws the error of the file system when there is no file, or it may not be read
 */
export function* findProblems(path: string, execution: ExecutionContext): CooperativeTask<Problems> {
  statSync(path)
  // Immutable: no lock is taken, which uncollected statements would keep, and no log is created beside the file.
  const db = openSqlite(`${pathToFileURL(path).href}?immutable=1&mode=ro`)
  try {
    if (isEmptyDatabase(db, path)) return [{what: `${path} holds no graph`}]
    return (yield* checkGraph(db, new KvsStore(db, {cacheDatoms: CACHE_DATOMS}), execution)).problems
  } catch (error) {
    if (machineError(error)) throw error // this is not about the content of the file
    return [{what: messageOf(error)}]
  } finally {
    db.close()
  }
}
