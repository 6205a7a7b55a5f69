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

/** What is wrong with a file; empty when it is sound. */
type Problems = ReadonlyArray<{what: string}>

/**
 * Checks a whole database file that nobody has open, such as a backup.
 * @returns what is wrong with the content; it is never thrown
 * @throws the error of the file system when there is no file, or it may not be read
 */
export function* findProblems(path: string, execution: ExecutionContext): CooperativeTask<Problems> {
  statSync(path)
  // Immutable: no lock is taken, which statements that are not collected yet would keep, and no log is made beside the file.
  const db = openSqlite(`${pathToFileURL(path).href}?immutable=1&mode=ro`)
  try {
    if (isEmptyDatabase(db, path)) return [{what: `${path} holds no graph`}]
    return (yield* checkGraph(db, new KvsStore(db, {cacheDatoms: CACHE_DATOMS}), execution)).problems
  } catch (error) {
    if (machineError(error)) throw error // no word about what is in the file
    return [{what: messageOf(error)}]
  } finally {
    db.close()
  }
}
