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
import {permissionError} from './data-dir.js'
import {quarantinePath} from './files.js'
import {userName} from './users.js'

/**
 * The one way to open files of a graph directory by their path. Others may write in that directory: a named pipe in the
 * place of a file would block its reader for ever, and a link would lead a write to somebody else's file. So nothing is
 * followed, nothing waits, and only a regular file is used. Links to a whole graph directory are followed before, once.
 */

/** How much is copied at a time, in bytes. */
const COPIED_BYTES = 1024 * 1024

/** Refuses what stands in the place of a file. */
function refuse(path: string, stat: Stats): never {
  throw unusable(path, `it is ${kindOf(stat)}, not a regular file`)
}

/** The error of something else than a file of ours. `problem` is what a reader of the file says of it. */
function unusable(path: string, problem: string): ServerError {
  return new ServerError('data-dir-permission', `Cannot use ${path}: ${problem}`, {
    details: {path, problem},
    hint: `Look at it, then move it away: mv ${shellQuote(path)} ${shellQuote(`${path}.away`)}. A link may lead to the whole directory of the graph, not to parts of it.`,
  })
}

function kindOf(stat: Stats): string {
  if (stat.isSymbolicLink()) return 'a symbolic link'
  if (stat.isDirectory()) return 'a directory'
  if (stat.isFIFO()) return 'a named pipe'
  if (stat.isSocket()) return 'a socket'
  return 'a device'
}

/**
 * Opens a file of a graph directory.
 * @param flags `constants.O_*` of node:fs; a file that is created is readable by its owner alone
 * @returns its descriptor
 * @throws the file system's error; ServerError `data-dir-permission` for anything but a regular file of this user, of
 *   the owner of the directory, or of root
 */
export function openOwnFile(path: string, flags: number): number {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600)
  } catch (error) {
    // A link (ELOOP), a pipe that nobody reads, a socket or a device without driver (ENXIO), a directory (EISDIR).
    const stat = ['EISDIR', 'ELOOP', 'ENXIO'].includes(systemCode(error) ?? '') ? statOf(path) : undefined
    if (stat && !stat.isFile()) refuse(path, stat)
    throw error
  }

  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) refuse(path, stat)
    const directory = statSync(dirname(path))
    requireTrusted(path, stat, directory)
    if (flags & (constants.O_WRONLY | constants.O_RDWR)) giveToOwner(fd, stat, directory)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Who may write in a directory may plant files in it: those of a third user are not believed. */
function requireTrusted(path: string, {uid}: Stats, directory: Stats): void {
  const self = process.getuid?.()
  if (self === undefined || self === 0 || uid === self || uid === directory.uid || uid === 0) return
  throw othersFile(path, uid)
}

/** What root makes in another user's directory belongs to that user, who would be locked out by it otherwise. */
function giveToOwner(fd: number, {nlink, uid}: Stats, directory: Stats): void {
  if (process.getuid?.() === 0 && uid === 0 && directory.uid !== 0 && nlink === 1)
    fchownSync(fd, directory.uid, directory.gid)
}

/**
 * Opens a log to write at its end. A link, a pipe, or a file of another user in its place is moved aside:
 * the server has to be able to say what it does.
 * @throws the file system's error
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
    if (size > maxBytes) throw unusable(path, `it is longer than ${maxBytes} bytes`)
    const bytes = Buffer.alloc(size)
    return bytes.toString(encoding, 0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes a new file of a graph directory whole.
 * @param durable return only when it is on disk
 * @throws as `openOwnFile`; EEXIST when something stands there; a file that could not be written whole may be left then
 */
export function createOwnFile(path: string, text: string | Uint8Array, durable = true): void {
  const fd = openOwnFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  try {
    writeFileSync(fd, text) // writes on where a plain write() stops short, on a disk that is nearly full
    if (durable) fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Copies a file of a graph directory to a new one, which is on disk when this returns.
 * @throws as `openOwnFile`; EEXIST when something stands at `to`
 */
export function copyOwnFile(from: string, to: string): void {
  const source = openOwnFile(from, constants.O_RDONLY)
  try {
    const target = openOwnFile(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      const bytes = Buffer.alloc(COPIED_BYTES)
      for (let size = readSync(source, bytes); size > 0; size = readSync(source, bytes))
        writeFileSync(target, bytes.subarray(0, size)) // writes on where a plain write() stops short
      fsyncSync(target)
    } finally {
      closeSync(target)
    }
  } finally {
    closeSync(source)
  }
}

/** What stands at a path itself: a link counts as `other`, wherever it leads. */
export function fileKind(path: string): 'file' | 'nothing' | 'other' {
  const stat = statOf(path)
  if (!stat) return 'nothing'
  return stat.isFile() ? 'file' : 'other'
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, {throwIfNoEntry: false})
}

/**
 * Checks a file that another library opens by its path, as SQLite does.
 * @returns its metadata; undefined when nothing is there
 * @throws ServerError `data-dir-permission` when something else than a file stands there, or it belongs to another user
 *   and may not be read and written
 */
export function requireUsableFile(path: string): Stats | undefined {
  const stat = statOf(path)
  if (!stat) return undefined
  if (!stat.isFile()) refuse(path, stat)
  requireAccess(path, stat, constants.R_OK | constants.W_OK)
  return stat
}

function requireAccess(path: string, {uid}: Stats, mode: number): void {
  try {
    accessSync(path, mode)
  } catch (error) {
    throw uid === process.getuid?.() ? permissionError(path, error) : othersFile(path, uid)
  }
}

/** The error of a file that belongs to another user. */
function othersFile(path: string, uid: number): ServerError {
  const user = userName(uid)
  return new ServerError('data-dir-permission', `Cannot use ${path}: it belongs to ${user}`, {
    details: {path, uid, user},
    hint: hintForOthersFile(path, user),
  })
}

/** What to do about a file of another user. In this user's own directory, a command run as that user has left it. */
export function hintForOthersFile(path: string, user: string): string {
  const self = process.getuid?.()
  const directory = dirname(path)
  if (self === undefined || statSync(directory, {throwIfNoEntry: false})?.uid !== self)
    return `Run the command as ${user}.`
  const takeBack = `sudo chown -R ${self} ${shellQuote(directory)}`
  return `Stop the server of ${user}, if there is one, then take the files back: ${takeBack}`
}

/** Are these two looks at a path looks at the same file? */
export function isSameFile(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

/**
 * Makes a directory inside a graph directory, or checks the one that is there. A link is not followed.
 * @throws ServerError `data-dir-permission`, `disk-full`
 */
export function makeOwnDirectory(path: string): string {
  try {
    mkdirSync(path, {mode: 0o700})
    const parent = statSync(dirname(path))
    if (process.getuid?.() === 0 && parent.uid !== 0) chownSync(path, parent.uid, parent.gid)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw permissionError(path, error)
    requireOwnDirectoryAt(path)
    requireAccess(path, lstatSync(path), constants.R_OK | constants.W_OK | constants.X_OK)
  }

  return path
}

/**
 * Checks that a directory inside a graph directory is one, or not there.
 * @throws ServerError `data-dir-permission`
 */
export function requireOwnDirectoryAt(path: string): void {
  const stat = statOf(path)
  if (!stat || stat.isDirectory()) return
  throw unusable(path, `it is ${kindOf(stat)}, not a directory`)
}

/** Makes way for a file of ours: a directory in its place holds nothing that we know. */
export function moveDirectoryAside(path: string): void {
  if (statOf(path)?.isDirectory()) renameSync(path, quarantinePath(path))
}

/** Makes a rename or a removal in a directory survive a power cut. */
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
