import {lstatSync} from 'node:fs'
import {pathToFileURL} from 'node:url'

import {messageOf, ServerError} from '../../lib/errors.js'
import {temporaryOf} from '../../lib/files/names.js'
import {copyOwnFileSync} from '../../lib/files/own-copies.js'
import {fileKind, moveCommand, readHead} from '../../lib/files/own-files.js'
import {removeIfThere} from '../../lib/files/remove.js'
import {isUnusable, openSqlite} from '../../lib/sqlite.js'
import {findProblems} from '../integrity/whole-file.js'
import {NO_LIMITS, runSync} from '../task.js'

/**
 * Tries a rollback journal that a killed program has left, on a copy. At the first read SQLite would write the pages of any
 * journal into the database beside it, and a journal of another database would destroy it.
 * @throws ServerError `graph-invalid` if the graph is damaged with it, or the database is empty and the journal is not. Nothing has
 * changed then. A database that is empty with and without it is not damaged: the creation of the graph was interrupted
 */
export function requireFittingJournal(path: string): void {
  if (fileKind(`${path}-journal`) !== 'file') return
  requireNoLostPages(path)
  if (!isHot(path)) return
  const copy = temporaryOf(path)
  try {
    copyFiles(path, copy, ['', '-wal', '-journal'])
    const problem = problemOf(copy)
    if (problem === undefined) return
    const emptyWith = isEmpty(copy)
    removeFiles(copy)
    copyFiles(path, copy, ['', '-wal'])
    if (!(emptyWith && isEmpty(copy))) throw foreignJournal(path, problem)
  } finally {
    removeFiles(copy)
  }
}

/** Place in a journal of the number of pages that the database had before it was changed. */
const PAGES_AT = 16

/**
 * Refuses an empty database beside the journal of one that was not: SQLite would delete the journal, and with it what may be all
 * that is left. The journal of an interrupted creation has no page.
 */
function requireNoLostPages(path: string): void {
  if (lstatSync(path).size > 0) return
  const head = readHead(`${path}-journal`, PAGES_AT + 4)
  if (head.length === PAGES_AT + 4 && head.readUInt32BE(PAGES_AT) > 0) throw lostPages(path)
}

function lostPages(path: string): ServerError {
  return new ServerError(
    'graph-invalid',
    `${path}-journal holds pages of another database than ${path}, which is empty`,
    {
      hint:
        'Put the database back that it belongs to. Or set the journal aside, whose pages are then not used: ' +
        `\`${moveCommand(`${path}-journal`, '.aside')}\`.`,
    },
  )
}

function copyFiles(path: string, copy: string, endings: readonly string[]): void {
  for (const ending of endings) if (fileKind(path + ending) === 'file') copyOwnFileSync(path + ending, copy + ending)
}

function removeFiles(copy: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) removeIfThere(copy + ending)
}

/** Returns true if a database has no tables. */
function isEmpty(copy: string): boolean {
  try {
    const db = openSqlite(copy)
    try {
      return db.all('SELECT 1 FROM sqlite_master LIMIT 1').length === 0
    } finally {
      db.close()
    }
  } catch {
    return false // it is not a database
  }
}

/** Returns true if SQLite would roll a journal back now: the journal of a running program is locked, a finished one unused. */
function isHot(path: string): boolean {
  const db = openSqlite(`${pathToFileURL(path).href}?mode=ro`)
  try {
    db.all('SELECT 1 FROM sqlite_master LIMIT 1')
    return false
  } catch (error) {
    return isUnusable(error) // not allowed to roll back here; any other error is reported when the database is opened
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
  // All in the message: the process that started this server receives nothing else.
  return new ServerError(
    'graph-invalid',
    `${path}-journal does not belong to the database beside it: with it, ${problem}. Move ${path}-journal away, and what ` +
      'it holds is not used',
  )
}
