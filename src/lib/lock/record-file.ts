import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../errors.js'
import {asideOf, RECORD, temporaryOf} from '../graphs/files.js'
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
    const text = readBounded(path)
    if (typeof text !== 'string') return {kind: 'corrupt', problem: text.problem}
    const parsed = parseRecord(text)
    return 'record' in parsed ? {kind: 'present', record: parsed.record} : {kind: 'corrupt', problem: parsed.problem}
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return {kind: 'absent'}
    if (code === 'ENXIO') return {kind: 'corrupt', problem: 'it is not a regular file'} // a socket cannot be opened
    if (code === 'ELOOP') return {kind: 'corrupt', problem: 'it is a symbolic link'}
    if (code === 'EACCES' || code === 'EPERM') return {kind: 'unreadable', uid: ownerOf(path)}
    return {error: error as Error, kind: 'failed'}
  }
}

function readBounded(path: string): string | {problem: string} {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(fd)
    if (stat.isDirectory()) return {problem: 'it is a directory'}
    if (!stat.isFile()) return {problem: 'it is not a regular file'}
    if (stat.size > MAX_BYTES) return {problem: `it is longer than ${MAX_BYTES} bytes`}
    const bytes = Buffer.alloc(stat.size)
    return bytes.toString('utf8', 0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
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
    writeDurably(temporary, formatRecord(record))
    moveDirectoryAside(path)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, {force: true})
    throw error
  }

  syncDirectory(graphDir)
}

function writeDurably(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(fd, text) // writes on where a plain write() stops short, on a disk that is nearly full
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Makes way for a file of ours: a directory in its place holds nothing that we know. */
function moveDirectoryAside(path: string): void {
  if (lstatSync(path, {throwIfNoEntry: false})?.isDirectory()) renameSync(path, asideOf(path))
}

/** Removes a graph's record, whatever stands there. The caller holds the guard. */
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

/** Makes a rename or a removal in a directory survive a power cut. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    if (systemCode(error) !== 'EINVAL') throw error // some file systems cannot sync a directory
  } finally {
    closeSync(fd)
  }
}
