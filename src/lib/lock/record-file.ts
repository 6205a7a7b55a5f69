import {lstatSync, renameSync} from 'node:fs'

import {ServerError, systemCode} from '../errors.js'
import {RECORD, temporaryOf} from '../files/names.js'
import {createOwnFile, moveDirectoryAside, readOwnFile, syncDirectory} from '../files/own-files.js'
import {pathIn} from '../files/path-in.js'
import {removeIfThere} from '../files/remove.js'
import {formatRecord, type LockRecord, parseRecord} from './record.js'

/** Maximum size of a record. A longer file comes from another program. */
const MAX_BYTES = 65_536

/**
 * Result of reading a record. `failed`: an error that says nothing about the record (no descriptor left, I/O error).
 * `unreadable`: a record of another user.
 */
export type RecordRead =
  | {kind: 'absent'}
  | {kind: 'corrupt'; problem: string}
  | {kind: 'failed'; error: Error}
  | {kind: 'present'; record: LockRecord}
  | {kind: 'unreadable'; uid: number | undefined}

/** Returns the path of a graph's record. */
export function recordPath(graphDir: string): string {
  return pathIn(graphDir, RECORD)
}

/** Reads a graph's record. Never throws, follows a link or blocks; a FIFO at its path is `corrupt`. */
export function readRecord(graphDir: string): RecordRead {
  const path = recordPath(graphDir)
  try {
    const parsed = parseRecord(readOwnFile(path, MAX_BYTES))
    return 'record' in parsed ? {kind: 'present', record: parsed.record} : {kind: 'corrupt', problem: parsed.problem}
  } catch (error) {
    if (error instanceof ServerError) return refused(error)
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return {kind: 'absent'}
    if (code === 'EACCES' || code === 'EPERM') return {kind: 'unreadable', uid: ownerOf(path)}
    return {error: error as Error, kind: 'failed'}
  }
}

/** Converts a refused file: one of another user is `unreadable`, anything else is `corrupt`. */
function refused({details: {problem, uid}, message}: ServerError): RecordRead {
  if (typeof uid === 'number') return {kind: 'unreadable', uid}
  return {kind: 'corrupt', problem: typeof problem === 'string' ? problem : message}
}

function ownerOf(path: string): number | undefined {
  try {
    return lstatSync(path).uid
  } catch {
    return undefined // just removed, or its directory is not accessible either
  }
}

/**
 * Writes a graph's record atomically: a reader sees the old one, the new one or none. A directory at its path is moved
 * aside.
 * @throws the error of the file system; the old record is then unchanged
 */
export function writeRecord(graphDir: string, record: LockRecord): void {
  const path = recordPath(graphDir)
  const temporary = temporaryOf(path)
  try {
    createOwnFile(temporary, formatRecord(record))
    moveDirectoryAside(path)
    renameSync(temporary, path)
  } catch (error) {
    removeIfThere(temporary)
    throw error
  }

  syncDirectory(graphDir)
}

/** Removes a graph's record, whatever stands there. The caller holds the server lock. */
export function removeRecord(graphDir: string): void {
  const path = recordPath(graphDir)
  moveDirectoryAside(path)
  removeIfThere(path)
  syncDirectory(graphDir)
}
