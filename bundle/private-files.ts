import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'

/** Maximum size of an entry, in bytes: longer files were not written here. */
const MAX_BYTES = 16 * 1024 * 1024

/** More entries than a few versions of Node.js and of this program make. */
const MAX_ENTRIES = 60

const {O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY} = constants

/**
 * Reads what `writeTwice` wrote. Code is made of it, so it has to be in a directory into which only this user writes, and
 * both copies have to be equal: V8 does not check compiled code, and a flipped bit in it would crash the process.
 * @returns undefined when it is missing, or is not as it was written
 */
export function readTwice(path: string): Buffer | undefined {
  let file: number | undefined
  try {
    if (!isOwn(lstatSync(dirname(path)), 0o77)) return undefined
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stats = fstatSync(file)
    if (!stats.isFile() || !isOwn(stats, 0o22) || stats.size > MAX_BYTES || stats.size % 2 > 0) return undefined
    const both = readFileSync(file)
    const [first, second] = [both.subarray(0, both.length / 2), both.subarray(both.length / 2)]
    return first.length > 0 && first.equals(second) ? first : undefined
  } catch {
    return undefined // no cache, or none that may be read: it is only a cache
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Makes a directory for this user alone. @returns false where it is not that, or cannot be made */
export function makePrivate(directory: string): boolean {
  try {
    mkdirSync(directory, {mode: 0o700, recursive: true})
    return isOwn(lstatSync(directory), 0o77)
  } catch {
    return false // a file in its place, or a directory that may not be written: then there is no cache
  }
}

/** Writes an entry of a cache, in one step. What cannot be written is left out. */
export function writeTwice(path: string, content: Uint8Array): void {
  const directory = dirname(path)
  const incoming = `${path}.${process.pid}`
  if (!makePrivate(directory)) return
  try {
    clearFull(directory)
    writeFileSync(incoming, Buffer.concat([content, content]), {flag: 'wx', mode: 0o600})
    renameSync(incoming, path)
  } catch {
    // a full disk, or a directory that may not be written: it is only a cache
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
