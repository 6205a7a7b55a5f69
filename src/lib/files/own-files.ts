import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import {dirname} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {shellQuote} from '../shell-quote.js'
import {bytes as sizeText} from '../size-text.js'
import {permissionError} from './file-error.js'
import {quarantinePath} from './names.js'
import {userName} from './users.js'

/**
 * The only way to open files of a graph directory by path. Other users may be able to write there: a named pipe would
 * block its reader for ever, and a link would redirect a write to another file. So links are not followed, opening does
 * not block, and only regular files are used. A link to the whole graph directory is resolved once, earlier.
 */

/** Throws the error for something that is not a regular file. */
function refuse(path: string, stat: Stats): never {
  throw unusable(path, `it is ${kindOf(stat)}, not a regular file`)
}

/** Returns the command that moves a file aside, for a hint. @param ending what its new name ends with */
export function moveCommand(path: string, ending: string): string {
  return `mv ${shellQuote(path)} ${shellQuote(path + ending)}`
}

/** Creates the error for an unusable file. `problem` is the reason. */
function unusable(path: string, problem: string): ServerError {
  return new ServerError('data-dir-permission', `Cannot use ${path}: ${problem}`, {
    details: {path, problem},
    hint: `Check it, then move it away: ${moveCommand(path, '.away')}. Only the whole graph directory may be a link, not parts of it.`,
  })
}

/** Describes what a file is, for a message. */
export function kindOf(stat: Stats): string {
  if (stat.isFile()) return 'a file'
  if (stat.isSymbolicLink()) return 'a symbolic link'
  if (stat.isDirectory()) return 'a directory'
  if (stat.isFIFO()) return 'a named pipe'
  if (stat.isSocket()) return 'a socket'
  return 'a device'
}

/**
 * Opens a file of a graph directory.
 * @param flags `constants.O_*` of node:fs; a new file is readable by its owner only
 * @returns its descriptor
 * @throws the error of the file system; ServerError `data-dir-permission` for anything but a regular file of this user,
 * of the owner of the directory, or of root, and for a hard link that is opened for writing
 */
export function openOwnFile(path: string, flags: number): number {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600)
  } catch (error) {
    // A link (ELOOP), a pipe without reader, a socket or a device without driver (ENXIO), a directory (EISDIR).
    const stat = ['EISDIR', 'ELOOP', 'ENXIO'].includes(systemCode(error) ?? '') ? statOf(path) : undefined
    if (stat && !stat.isFile()) refuse(path, stat)
    throw error
  }

  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) refuse(path, stat)
    const directory = statSync(dirname(path))
    requireTrusted(path, stat, directory)
    if (flags & (constants.O_WRONLY | constants.O_RDWR)) {
      if (stat.nlink > 1) throw unusable(path, 'it is a hard link, and would change under its other name, too')
      giveToOwner(fd, stat, directory)
    }

    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Refuses files of a third user, who could have planted them in a writable directory. */
function requireTrusted(path: string, {uid}: Stats, directory: Stats): void {
  const self = process.getuid?.()
  if (self === undefined || self === 0 || uid === self || uid === directory.uid || uid === 0) return
  throw othersFile(path, uid)
}

/** Gives a file that root creates in another user's directory to that user, who would be locked out otherwise. */
function giveToOwner(fd: number, {uid}: Stats, directory: Stats): void {
  if (process.getuid?.() === 0 && uid === 0 && directory.uid !== 0) fchownSync(fd, directory.uid, directory.gid)
}

/**
 * Opens a log for appending. A link (also a hard one), a pipe or a file of another user at its path is moved aside, so that the server
 * can always log.
 * @throws the error of the file system
 */
export function openLogFile(path: string): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT
  try {
    return openOwnFile(path, flags)
  } catch (error) {
    const movable = error instanceof ServerError || systemCode(error) === 'EACCES'
    if (!movable || statOf(path)?.isDirectory()) throw error
    renameSync(path, quarantinePath(path))
    return openOwnFile(path, flags)
  }
}

/**
 * Reads a small text file of a graph directory.
 * @param encoding `latin1` keeps every byte, whatever the text is
 * @throws as `openOwnFile`; ServerError `data-dir-permission` for a file of more than `maxBytes`
 */
export function readOwnFile(path: string, maxBytes: number, encoding: 'latin1' | 'utf8' = 'utf8'): string {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    const {size} = fstatSync(fd)
    if (size > maxBytes) throw unusable(path, `it is longer than ${sizeText(maxBytes)}`)
    const bytes = Buffer.alloc(size)
    return bytes.toString(encoding, 0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

/** Reads the first bytes of a file, as many as there are. @throws as `openOwnFile` */
export function readHead(path: string, length: number): Buffer {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes a new file of a graph directory.
 * @param durable return only when it is on disk
 * @throws as `openOwnFile`; EEXIST if the path exists; an incomplete file may be left
 */
export function createOwnFile(path: string, text: string | Uint8Array, durable = true): void {
  const fd = openOwnFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  try {
    writeOwnFile(fd, path, text)
    if (durable) fsyncSync(fd)
  } catch (error) {
    throw withPath(error, path)
  } finally {
    closeSync(fd)
  }
}

/** Writes to a file that `openOwnFile` opened, behind what was written before. @param path for the error */
export function writeOwnFile(fd: number, path: string, text: string | Uint8Array): void {
  try {
    writeFileSync(fd, text) // continues after a short write() on a nearly full disk
  } catch (error) {
    throw withPath(error, path)
  }
}

/** Adds the path to the error of a call on a descriptor. */
export function withPath(error: unknown, path: string): unknown {
  return error instanceof Error && !('path' in error) ? Object.assign(error, {path}) : error
}

/** Returns what is at a path itself: a link is `other`, whatever its target. */
export function fileKind(path: string): 'file' | 'nothing' | 'other' {
  const stat = statOf(path)
  if (!stat) return 'nothing'
  return stat.isFile() ? 'file' : 'other'
}

/** Returns the metadata of a regular file; undefined for anything else, and for what may not be looked at. */
export function statOfFile(path: string): Stats | undefined {
  try {
    const stat = statOf(path)
    return stat?.isFile() ? stat : undefined
  } catch {
    return undefined // an unreadable directory is described all the same
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, {throwIfNoEntry: false})
}

/**
 * Checks a file that another library opens by path, as SQLite does.
 * @returns its metadata; undefined if it does not exist
 * @throws ServerError `data-dir-permission` if it is not a regular file, or belongs to another user and is not
 * accessible
 */
export function requireUsableFile(path: string): Stats | undefined {
  const stat = requireRegularFile(path)
  if (stat) requireAccess(path, stat, constants.R_OK | constants.W_OK)
  return stat
}

/**
 * Checks a file that another library opens by path, to read it: SQLite would wait for a named pipe without end.
 * @returns its metadata; undefined if it does not exist
 * @throws ServerError `data-dir-permission` if it is not a regular file
 */
export function requireRegularFile(path: string): Stats | undefined {
  const stat = statOf(path)
  if (stat && !stat.isFile()) refuse(path, stat)
  return stat
}

/** Names of the files that SQLite opens beside a database. */
export const BESIDE_DATABASE = ['-wal', '-shm', '-journal'] as const

/**
 * Checks a database that SQLite is about to open, with all that it opens beside it.
 * @returns the metadata of the database; undefined when it is not there
 * @throws ServerError as `requireUsableFile`
 */
export function requireUsableDatabase(path: string): Stats | undefined {
  for (const suffix of BESIDE_DATABASE) requireUsableFile(path + suffix)
  return requireUsableFile(path)
}

function requireAccess(path: string, {uid}: Stats, mode: number): void {
  try {
    accessSync(path, mode)
  } catch (error) {
    throw uid === process.getuid?.() ? permissionError(path, error) : othersFile(path, uid)
  }
}

/** Creates the error for a file of another user. */
function othersFile(path: string, uid: number): ServerError {
  const user = userName(uid)
  return new ServerError('data-dir-permission', `Cannot use ${path}: it belongs to ${user}`, {
    details: {path, uid, user},
    hint: hintForOthersFile(path, user),
  })
}

/** Returns the hint for a file of another user. In this user's own directory, a command run as that user left it. */
export function hintForOthersFile(path: string, user: string): string {
  const self = process.getuid?.()
  const directory = dirname(path)
  if (self === undefined || statSync(directory, {throwIfNoEntry: false})?.uid !== self)
    return `Run the command as ${user}.`
  const takeBack = `sudo chown -R ${self} ${shellQuote(directory)}`
  return `Stop the server of ${user}, if one runs, then take over the files: ${takeBack}`
}

/** Returns true if two stats are of the same file. */
export function isSameFile(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

/**
 * Creates a directory inside a graph directory, or checks the existing one. A link is not followed.
 * @throws ServerError `data-dir-permission`, `disk-full`
 */
export function makeOwnDirectory(path: string): string {
  try {
    makeDirectoryForOwner(path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw permissionError(path, error)
    requireOwnDirectoryAt(path)
    requireTrusted(path, lstatSync(path), statSync(dirname(path)))
    requireAccess(path, lstatSync(path), constants.R_OK | constants.W_OK | constants.X_OK)
  }

  return path
}

/**
 * Creates a directory for this user only. One that root creates in another user's directory is given to that user.
 * @throws the error of the file system
 */
export function makeDirectoryForOwner(path: string): void {
  mkdirSync(path, {mode: 0o700})
  const parent = statSync(dirname(path))
  if (process.getuid?.() === 0 && parent.uid !== 0) chownSync(path, parent.uid, parent.gid)
}

/**
 * Checks that a path inside a graph directory is a directory or missing.
 * @throws ServerError `data-dir-permission`
 */
export function requireOwnDirectoryAt(path: string): void {
  const stat = statOf(path)
  if (!stat || stat.isDirectory()) return
  throw unusable(path, `it is ${kindOf(stat)}, not a directory`)
}

/** Moves a directory at the path of a file aside. */
export function moveDirectoryAside(path: string): void {
  if (statOf(path)?.isDirectory()) renameSync(path, quarantinePath(path))
}

/** Makes a rename or removal in a directory survive a power cut. */
export function syncDirectory(dir: string): void {
  const fd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(fd)
  } catch (error) {
    if (systemCode(error) !== 'EINVAL') throw error // some file systems cannot sync a directory
  } finally {
    closeSync(fd)
  }
}
