import {randomUUID} from 'node:crypto'
import {closeSync, constants, existsSync, linkSync, lstatSync, realpathSync, renameSync, statSync} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {besideDatabase} from '../files/beside-database.js'
import {permissionError} from '../files/file-error.js'
import {DATABASE} from '../files/names.js'
import {moveCommand, openOwnFile} from '../files/own-files.js'
import {isTakenForPart} from '../files/part-of-graph.js'
import {removeIfThere} from '../files/remove.js'
import {type WriteTarget, writeTargetOf} from '../files/write-target.js'

/** File that a user has named for what a command writes. */
export interface Destination {
  /** Absolute path as the user named it. */
  file: string
  /** True if a file is there, and is to be replaced. */
  replaces: boolean
  /** Path of the file itself, to which a link leads. */
  path: string
}

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

function existsError(file: string): ServerError {
  return new ServerError('file-exists', `${file} already exists`, {details: {file}})
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

/** Length of `.1a2b3c4d.part`. */
const OWN_SUFFIX = 14

/** Maximum length of a path for SQLite, and of a name, in bytes. */
const MAX_PATH = 512
const MAX_NAME = 255

/** Returns a temporary path beside a file; a killed export leaves it. */
export function partOf({path}: Destination): string {
  const digits = `${randomUUID().slice(0, 8)}.part`
  const name = basename(path)
  // The server adds a suffix of its own while it copies.
  const fits = Buffer.byteLength(name) + 2 * OWN_SUFFIX <= MAX_NAME
  return join(dirname(path), `${fits ? name : 'export'}.${digits}`)
}

/** Returns the path that the server may write: the file itself if it is new, and the server can add its suffix. */
export function pathForServer(destination: Destination): string {
  const isDirect = !destination.replaces && Buffer.byteLength(basename(destination.path)) + OWN_SUFFIX <= MAX_NAME
  return isDirect ? destination.path : partOf(destination)
}

/**
 * Gives a complete copy the name of its destination. A file that has come there meanwhile is not replaced.
 * @throws ServerError `file-exists`; the error of the file system
 */
export function giveName(part: string, {file, path, replaces}: Destination): void {
  if (part === path) return
  if (replaces) return renameSync(part, path)
  try {
    linkSync(part, path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw existsError(file)
    renameSync(part, path) // a file system without hard links
    return
  }

  removeIfThere(part)
}

/** Hints for a file that a user named: it can be in another place, which a graph cannot. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Name a file in a directory that you may write to.',
  EDQUOT: 'Free space on that disk, or name a file on another one.',
  ENAMETOOLONG: 'Use a shorter path.',
  ENOENT: 'Name a file in another directory.',
  ENOSPC: 'Free space on that disk, or name a file on another one.',
  EROFS: 'Name a file on a disk that can be written.',
}

/** Converts an error of the file system at a destination to one that names the path as the user did. */
function destinationError(file: string, cause: unknown): ServerError {
  const error = permissionError(file, cause)
  const errno = systemCode(cause) ?? ''
  const isOwnRight = error.hint.includes('chmod') // the rights of the user's own directory are missing
  const hint = isOwnRight ? error.hint : HINTS[errno]
  return hint === undefined ? error : withHint(error, hint)
}

function withHint({code, details, message, cause}: ServerError, hint: string): ServerError {
  return new ServerError(code, message, {cause, details, hint})
}

/** Ending of temporary files: that of an export, and that of the server. */
const PART = /(?:\.[\da-f]{8}\.part)+/g

/** Converts an error of a copy to one about the file that the user named, where it is about that or its temporary file. */
export function copyError(thrown: unknown, {file, path}: Destination): unknown {
  if (!(thrown instanceof ServerError)) return destinationError(file, thrown)
  const {code, details, message} = thrown
  const failed = (errno: unknown, why = message) =>
    destinationError(file, Object.assign(new Error(why, {cause: thrown}), typeof errno === 'string' && {code: errno}))
  const isOfServer = details['status'] !== undefined
  if (isOfServer && code === 'disk-full') return failed('ENOSPC')
  if (isOfServer && code === 'invalid-arguments') {
    if (lstatSync(path, {throwIfNoEntry: false})) return existsError(file) // it has come there meanwhile
    return failed(details['errno'] ?? /\b(E[A-Z]{3,}): /.exec(message)?.[1]) // a server of another build has no `errno`
  }

  const at = details['path']
  if (typeof at !== 'string' || !(at === 'a database' || at.startsWith(path))) return thrown
  if (code === 'data-dir-permission') return failed(details['errno'], message.replace(/^Cannot use [^:]*: /, ''))
  return new ServerError(code, message.replaceAll(PART, ''), {
    cause: thrown,
    details: {...details, path: file},
    hint: thrown.hint,
  })
}
