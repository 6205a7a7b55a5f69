import {rmSync} from 'node:fs'
import {pathToFileURL} from 'node:url'

import {messageOf, ServerError} from '../../lib/errors.js'
import {temporaryOf} from '../../lib/files/names.js'
import {copyOwnFileSync, fileKind} from '../../lib/files/own-files.js'
import {isUnusable, openSqlite} from '../../lib/sqlite.js'
import {findProblems} from '../integrity/whole-file.js'
import {NO_LIMITS, runSync} from '../task.js'

/**
 * Tries a rollback journal that a killed program has left, on a copy. SQLite would write the pages of any journal into the
 * database beside it, at the first look: one of another database destroys it.
 * @throws ServerError `graph-invalid` when the graph is not sound with it. Nothing has changed then
 */
export function requireFittingJournal(path: string): void {
  if (fileKind(`${path}-journal`) !== 'file' || !isHot(path)) return
  const copy = temporaryOf(path)
  try {
    for (const ending of ['', '-wal', '-journal'])
      if (fileKind(path + ending) === 'file') copyOwnFileSync(path + ending, copy + ending)
    const problem = problemOf(copy)
    if (problem !== undefined) throw foreignJournal(path, problem)
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(copy + ending, {force: true})
  }
}

/** Would SQLite roll a journal back now? One of a program that lives is locked, and one that is done is not used. */
function isHot(path: string): boolean {
  const db = openSqlite(`${pathToFileURL(path).href}?mode=ro`)
  try {
    db.all('SELECT 1 FROM sqlite_master LIMIT 1')
    return false
  } catch (error) {
    return isUnusable(error) // it may not roll back; any other error is told by whoever opens the database
  } finally {
    db.close()
  }
}

function problemOf(copy: string): string | undefined {
  try {
    const db = openSqlite(copy)
    try {
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK')
    } finally {
      db.close()
    }
  } catch (error) {
    return messageOf(error)
  }

  return runSync(findProblems(copy, NO_LIMITS))[0]?.what
}

function foreignJournal(path: string, problem: string): ServerError {
  // All in the message: whoever started this server is told no more than that.
  return new ServerError(
    'graph-invalid',
    `${path}-journal does not belong to the database beside it: with it, ${problem}. Move ${path}-journal away, and what ` +
      'it holds is not used',
  )
}
