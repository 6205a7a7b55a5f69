import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {dirname, join} from 'node:path'

/** Maximum size of an entry, in bytes: longer files were not written here. */
const MAX_BYTES = 16 * 1024 * 1024

/** More entries than a few versions of Node.js and of this program make. */
const MAX_ENTRIES = 60

const {O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY} = constants

/** Entry of a cache: its content twice, and one byte with the number of its uses. */
export interface Entry {
  content: Buffer
  /** Number of uses that were counted, up to 255. */
  uses: number
}

/**
 * Reads what `writeTwice` wrote. Code is made of it, so it has to be in a directory into which only this user writes, and
 * both copies have to be equal: V8 does not check compiled code, and a flipped bit in it would crash the process.
 * @returns undefined when it is missing, or is not as it was written
 */
export function readTwice(path: string): Entry | undefined {
  let file: number | undefined
  try {
    if (!isOwn(lstatSync(dirname(path)), 0o77)) return undefined
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stats = fstatSync(file)
    if (!stats.isFile() || !isOwn(stats, 0o22) || stats.size > MAX_BYTES) return undefined
    const bytes = readFileSync(file)
    const length = (bytes.length - 1) / 2 // not an integer if a byte is missing: then the halves differ
    const content = bytes.subarray(0, length)
    const uses = bytes.at(-1)
    return length > 0 && uses !== undefined && content.equals(bytes.subarray(length, -1)) ? {content, uses} : undefined
  } catch {
    return undefined // no cache, or none that may be read: it is only a cache
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Makes a directory for this user alone. @returns false where it is not that, or cannot be made */
export function makePrivate(directory: string): boolean {
  try {
    if (lstatSync(directory, {throwIfNoEntry: false}) === undefined) makeDirectory(directory)
    return isOwn(lstatSync(directory), 0o77)
  } catch {
    return false // a file in its place, or a directory that may not be written: then there is no cache
  }
}

/**
 * Makes a directory and its parents, one by one: with `recursive`, Node.js 20 never returns under /proc. Root makes none in the home of
 * another user (`sudo` that keeps HOME): no program of that user could write in it.
 */
function makeDirectory(path: string): void {
  const parent = dirname(path)
  if (!existsSync(parent)) makeDirectory(parent)
  if (process.getuid?.() === 0 && statSync(parent).uid !== 0) throw new Error(`${parent} is another user's`)
  try {
    mkdirSync(path, {mode: 0o700})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // a command and its server make it at once
  }
}

/** Writes an entry of a cache, in one step. What cannot be written is left out. */
export function writeTwice(path: string, content: Uint8Array, uses = 0): void {
  const directory = dirname(path)
  const incoming = `${path}.${process.pid}`
  if (!makePrivate(directory)) return
  try {
    clearFull(directory)
    writeFileSync(incoming, Buffer.concat([content, content, Buffer.of(uses)]), {flag: 'wx', mode: 0o600})
    renameSync(incoming, path)
  } catch {
    // A full disk, or a directory that may not be written: it is only a cache. Or a killed process with this pid left its file.
    removeIfPossible(incoming)
  }
}

/** Removes what was written of an entry: on a full disk, the programs that need the room would not get it. */
function removeIfPossible(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // it is not there, or may not be removed
  }
}

/** Writes the number of uses of an entry, in its place: one byte is written completely or not at all. */
export function writeUses(path: string, uses: number): void {
  let file: number | undefined
  try {
    file = openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK)
    const stats = fstatSync(file)
    if (stats.isFile() && isOwn(stats, 0o22)) writeSync(file, Buffer.of(uses), 0, 1, stats.size - 1)
  } catch {
    // a cache that may only be read, or that was cleared meanwhile: it is only a count
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Keeps a cache from growing for ever: when it is full, it begins anew. */
function clearFull(directory: string): void {
  const names = readdirSync(directory)
  if (names.length < MAX_ENTRIES) return
  for (const name of names) rmSync(join(directory, name), {force: true, recursive: true})
}

/** Returns true if the file is of this user, and others lack these rights. Windows reports neither. */
function isOwn({mode, uid}: Stats, others: number): boolean {
  if (process.platform === 'win32') return true
  return uid === process.getuid?.() && (mode & others) === 0
}
