import {lstatSync, renameSync, rmSync, unlinkSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {RECORD, temporaryOf} from '../graphs/files.js'
import {createOwnFile, moveDirectoryAside, readOwnFile, syncDirectory} from '../graphs/own-files.js'
import {formatRecord, type LockRecord, parseRecord} from './record.js'

/** Far more than any record needs; whatever is longer was written by somebody else. */
const MAX_BYTES = 65_536

/**
 * What stands where a graph's record belongs. `failed` is a reading that says nothing about the record
 * (no descriptor left, an I/O error); `unreadable` a record that belongs to another user.
 */
export type RecordRead =
  | {kind: 'absent'}
  | {kind: 'corrupt'; problem: string}
  | {kind: 'failed'; error: Error}
  | {kind: 'present'; record: LockRecord}
  | {kind: 'unreadable'; uid: number | undefined}

/** The path of a graph's record. */
export function recordPath(graphDir: string): string {
  return join(graphDir, RECORD)
}

/** Reads a graph's record. Never throws, never follows a link, never waits (a FIFO in its place is `corrupt`). */
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

/** Something else than a record file: another user's is not believed, everything else is corrupt. */
function refused({details: {problem, uid}, message}: ServerError): RecordRead {
  if (typeof uid === 'number') return {kind: 'unreadable', uid}
  return {kind: 'corrupt', problem: typeof problem === 'string' ? problem : message}
}

function ownerOf(path: string): number | undefined {
  try {
    return lstatSync(path).uid
  } catch {
    return undefined // it has just gone, or its directory is closed to us too
  }
}

/**
 * Writes a graph's record whole: a reader sees the old one, the new one or none. A directory in its place is
 * renamed aside.
 * @throws the file system's error; what stood there before is untouched then
 */
export function writeRecord(graphDir: string, record: LockRecord): void {
  const path = recordPath(graphDir)
  const temporary = temporaryOf(path)
  try {
    createOwnFile(temporary, formatRecord(record))
    moveDirectoryAside(path)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, {force: true})
    throw error
  }

  syncDirectory(graphDir)
}

/** Removes a graph's record, whatever stands there. The caller holds the server lock. */
export function removeRecord(graphDir: string): void {
  const path = recordPath(graphDir)
  moveDirectoryAside(path)
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }

  syncDirectory(graphDir)
}
