import {accessSync, closeSync, constants, ftruncateSync, renameSync} from 'node:fs'
import {join} from 'node:path'

import {type Clock, poll} from '../clock.js'
import {ServerError, systemCode} from '../errors.js'
import {permissionError} from '../files/file-error.js'
import {quarantinePath, RECORD, SERVER_LOCK} from '../files/names.js'
import {BESIDE_DATABASE, fileKind, isSameFile, openOwnFile, requireUsableFile, statOfFile} from '../files/own-files.js'
import {isOwnDirectory} from '../graphs/data-dir.js'
import {isBusy, isNotDatabase, openSqlite, type Sqlite} from '../sqlite.js'

/**
 * Maximum time that a dying process may still hold the server lock and the database, in ms: its first thread is a zombie before
 * the last one has ended, and an inspection calls it dead.
 */
export const DYING_MS = 2000

/** Held server lock. The kernel releases it when this process dies, for any reason. */
export interface ServerLock {
  release(): void
}

/**
 * Tries to take the server lock of a graph, without waiting. Call it once at a time per process: POSIX locks belong to
 * the process, and closing any descriptor of the file releases them.
 * @returns undefined if another process holds it
 * @throws ServerError `data-dir-permission` if the file belongs to another user
 */
export function tryAcquireServerLock(graphDir: string): ServerLock | undefined {
  const path = join(graphDir, SERVER_LOCK)
  makeWay(graphDir, path)
  if (fileKind(path) === 'nothing') create(path)
  const before = requireUsableFile(path)
  const db = open(path)
  try {
    db.exec('PRAGMA journal_mode = MEMORY') // never written, so no journal file is needed
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (isBusy(error)) return undefined
    if (!isNotDatabase(error)) throw permissionError(path, error)
    clear(path) // the content is meaningless here, and a locked file cannot be read this far
    return tryAcquireServerLock(graphDir)
  }

  // SQLite opens by path, so the file may have been replaced between the check and the opening.
  if (isSameFile(before, requireUsableFile(path))) {
    return {
      release() {
        db.exec('ROLLBACK')
        db.close()
      },
    }
  }

  db.close()
  return undefined
}

function open(path: string): Sqlite {
  try {
    return openSqlite(path)
  } catch (error) {
    throw error instanceof ServerError ? error : permissionError(path, error)
  }
}

/**
 * Moves aside an unusable file at the path of the server lock: something that is not a file, or a file that a command
 * run with sudo left in this user's directory. A server of the other user may still hold that file. It removes its
 * record before it releases the lock, so the file stays while a record exists. A server without a record refuses to
 * write.
 */
function makeWay(graphDir: string, path: string): void {
  const kind = fileKind(path)
  const isLeft =
    kind === 'file' && isClosed(path) && isOwnDirectory(graphDir) && fileKind(join(graphDir, RECORD)) === 'nothing'
  if (kind === 'other' || isLeft) renameSync(path, quarantinePath(path))
  // SQLite makes none of these for the server lock, but opens what others have put there.
  for (const beside of BESIDE_DATABASE.map((suffix) => path + suffix))
    if (fileKind(beside) !== 'nothing') renameSync(beside, quarantinePath(beside))
}

function isClosed(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return false
  } catch (error) {
    return systemCode(error) === 'EACCES' // otherwise it is gone or the disk is read-only, which the next step reports
  }
}

function create(path: string): void {
  try {
    closeSync(openOwnFile(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL))
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error // another process has just created it
  }
}

/** Empties a file; a hard link is moved aside, since the content belongs to the other name. */
function clear(path: string): void {
  if ((statOfFile(path)?.nlink ?? 1) > 1) return renameSync(path, quarantinePath(path))
  const fd = openOwnFile(path, constants.O_RDWR)
  try {
    ftruncateSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Takes the server lock, trying for `ms`: a dying process holds its locks a little into its zombie state.
 * @returns undefined when it is still held then
 */
export async function acquireServerLock(
  graphDir: string,
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<ServerLock | undefined> {
  return poll(clock, clock.now() + ms, () => tryAcquireServerLock(graphDir), signal)
}

/**
 * Returns true if the server lock is free, so that no server holds it. Does not create the file. Returns false if that
 * cannot be determined (no permission, read-only disk).
 * @throws ServerError `too-many-open-files`
 */
export function isServerLockFree(graphDir: string): boolean {
  try {
    const path = join(graphDir, SERVER_LOCK)
    if (fileKind(path) !== 'file') return true
    if (isClosed(path)) return false
    const lock = tryAcquireServerLock(graphDir)
    lock?.release()
    return lock !== undefined
  } catch (error) {
    // Without a descriptor nothing can be asked, and "held" would be made up.
    if (error instanceof ServerError && error.code === 'too-many-open-files') throw error
    return false // nothing is proven, so it does not count as free
  }
}
