import {statSync} from 'node:fs'
import {pathToFileURL} from 'node:url'

import {machineError, messageOf} from '../../lib/errors.js'
import {readHead} from '../../lib/files/own-files.js'
import {diskFailure} from '../../lib/files/readable.js'
import {openSqlite} from '../../lib/sqlite.js'
import {KvsStore} from '../storage/kvs-store.js'
import {HEADER, isEmptyDatabase, requireWritableFormat} from '../storage/shape.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {checkGraph, type CheckReport, emptyReport} from './check.js'

/** Few nodes are read twice. */
const CACHE_DATOMS = 10_000

/**
 * Problem of a file. `unopenable`: no server could open it: it is not the database of a graph, or its first page, root or tail is
 * damaged.
 */
export interface FileProblem {
  unopenable?: true
  what: string
}

/** Check of a whole database file that no program writes meanwhile. */
export type FileCheck = (path: string, execution: ExecutionContext) => CooperativeTask<CheckReport>

/** Runs `checkFile`. @returns the problems alone */
export function* findProblems(path: string, execution: ExecutionContext): CooperativeTask<readonly FileProblem[]> {
  return (yield* checkFile(path, execution)).problems
}

/**
 * Checks a whole database file that no program writes meanwhile, such as a backup. A log beside it is not read.
 * @returns what is wrong with the content; it is never thrown
 * @throws the error of the file system when there is no file, or it may not be read
 */
export function* checkFile(path: string, execution: ExecutionContext): CooperativeTask<CheckReport> {
  statSync(path)
  const report = yield* lookThrough(path, execution)
  const failure = report.ok ? undefined : diskFailure(path)
  if (failure) throw failure // this is not about the content of the file: a good backup must not count as damaged
  return report
}

function* lookThrough(path: string, execution: ExecutionContext): CooperativeTask<CheckReport> {
  // Immutable: no lock is taken, which uncollected statements would keep, and no log is created beside the file.
  const db = openSqlite(`${pathToFileURL(path).href}?immutable=1&mode=ro`)
  let isOpened = false
  try {
    requireWritableFormat(readHead(path, HEADER))
    if (isEmptyDatabase(db, path)) return withProblem({unopenable: true, what: `${path} holds no graph`})
    isOpened = true
    return yield* checkGraph(db, new KvsStore(db, {cacheDatoms: CACHE_DATOMS}), execution)
  } catch (error) {
    if (machineError(error)) throw error // this is not about the content of the file
    return withProblem({...(!isOpened && {unopenable: true}), what: messageOf(error)})
  } finally {
    db.close()
  }
}

function withProblem(problem: FileProblem): CheckReport {
  return {...emptyReport(), problems: [problem], 'problem-count': 1}
}
