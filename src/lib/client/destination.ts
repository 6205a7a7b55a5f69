import {closeSync, constants, existsSync, realpathSync, statSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {besideDatabase} from '../files/beside-database.js'
import {DATABASE} from '../files/names.js'
import {moveCommand, openOwnFile} from '../files/own-files.js'
import {isTakenForPart} from '../files/part-of-graph.js'
import {removeIfThere} from '../files/remove.js'
import {type WriteTarget, writeTargetOf} from '../files/write-target.js'
import {destinationError, existsError} from './destination-errors.js'
import {type Destination, OWN_SUFFIX, partOf} from './destination-names.js'

/**
 * Requires that a file can be written, or replaced if the user wants that. Nothing is left in its directory.
 * @param isDatabase true for a database: what SQLite has left beside its path would be taken for a part of it
 * @throws ServerError `file-exists`; `usage` for what may not be written or replaced; `data-dir-permission`, `disk-full`
 */
export function requireDestination(given: string, overwrite: boolean, isDatabase: boolean): Destination {
  const file = resolve(given)
  try {
    requireDirectory(file)
    const target = writeTargetOf(file)
    if (target.kind === 'directory' || given.endsWith('/')) throw directoryError(file, target)
    if (target.kind === 'other') throw refused(file, target.why)
    const path = target.kind === 'file' ? target.path : file
    requireOutsideGraphs(file, path, target)
    if (target.kind === 'file' && !overwrite) throw existsError(file)
    if (isDatabase) requireNothingBeside(file, path)
    const destination = {file, path, replaces: target.kind === 'file'}
    tryToWrite(destination)
    return destination
  } catch (error) {
    throw error instanceof ServerError ? error : destinationError(file, error)
  }
}

function requireDirectory(file: string): void {
  const dir = dirname(file)
  try {
    if (statSync(dir).isDirectory()) return
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new ServerError('usage', `Directory ${dir} does not exist`, {
      details: {file},
      hint: 'Create the directory first, or choose another path.',
    })
  }

  throw destinationError(file, Object.assign(new Error('not a directory'), {code: 'ENOTDIR'}))
}

function directoryError(file: string, {kind}: WriteTarget): ServerError {
  const message = kind === 'directory' ? `${file} is a directory` : `${file}/ is not a directory`
  return new ServerError('usage', message, {details: {file}, hint: 'Name a file in it, or choose another path.'})
}

function refused(file: string, why: string): ServerError {
  return new ServerError('usage', `Refusing to replace ${file}: ${why}`, {
    details: {file},
    hint: 'Name another file.',
  })
}

/** Refuses to replace a file of a graph, above all its database or a backup, and a new one that would be taken for a part of it. */
function requireOutsideGraphs(file: string, path: string, {kind}: WriteTarget): void {
  if (kind === 'free') {
    if (isTakenForPart(path)) throw refused(file, 'it would be taken for a part of a graph')
    return
  }

  for (const start of new Set([file, path].map((one) => realpathSync(dirname(one)))))
    for (let dir = start; dir !== dirname(dir); dir = dirname(dir))
      if (existsSync(join(dir, DATABASE))) throw refused(file, `it belongs to the graph in ${dir}`)
}

/**
 * Refuses a database beside a log or journal, even to replace a file: SQLite would apply it to the new one. It is not moved, as a
 * program may have it open, and not removed, as it may hold writes that are nowhere else.
 */
function requireNothingBeside(file: string, path: string): void {
  const left = [...new Set([file, path])].flatMap((one) => besideDatabase(one))
  if (left.length === 0) return
  const isOne = left.length === 1
  throw new ServerError(
    'usage',
    `Refusing to write ${file}: SQLite would take ${left.join(' and ')} for a part of it`,
    {
      details: {file},
      hint:
        `Name another file. Or, if no program has ${isOne ? 'it' : 'them'} open, set ${isOne ? 'it' : 'them'} aside, as the last ` +
        `writes to another database may be in there: \`${left.map((one) => moveCommand(one, '.aside')).join(' && ')}\`.`,
    },
  )
}

/** Fails now, and with the user's own path, where the server would fail when the copy is to be made. */
function tryToWrite(destination: Destination): void {
  const part = partOf(destination)
  // what the server adds to a name, and SQLite to that
  if (Buffer.byteLength(part) + OWN_SUFFIX + '-journal'.length > MAX_PATH)
    throw Object.assign(new Error('too long'), {code: 'ENAMETOOLONG'})
  closeSync(openOwnFile(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL))
  removeIfThere(part)
}

/** Maximum length of a path for SQLite, in bytes. */
const MAX_PATH = 512
