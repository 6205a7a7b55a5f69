import {accessSync, constants, mkdirSync, realpathSync, statSync} from 'node:fs'
import {homedir, userInfo} from 'node:os'
import {basename, dirname, isAbsolute, join, resolve} from 'node:path'

import {machineError, messageOf, ServerError, systemCode} from '../errors.js'
import {isCorrupt, isFull, isUnusable} from '../sqlite.js'
import {userName} from './users.js'

/** Default directory of Logseq's graphs. */
export const DEFAULT_DATA_DIR = '~/logseq/graphs'

/** Returns the absolute path of a data directory; `~` and `~/...` are the home directory. */
export function expandDataDir(given: string): string {
  return resolve(given === '~' || given.startsWith('~/') ? join(homeDirectory(), given.slice(1)) : given)
}

/**
 * Returns the home directory: HOME, or that of the user database if HOME is empty or not absolute.
 * @throws ServerError `home-not-found`
 */
function homeDirectory(): string {
  const home = homedir()
  if (isAbsolute(home)) return home
  let known = ''
  try {
    known = userInfo().homedir
  } catch {
    // a user without an entry in the user database
  }

  if (isAbsolute(known)) return known
  throw new ServerError(
    'home-not-found',
    `HOME is ${JSON.stringify(home)}, and the user database has no home directory`,
  )
}

/**
 * Finds the root directory that Logseq knows a data directory by: `ROOT` of `ROOT/graphs`.
 * @param dataDirs the data directory as it was given, as its real path, ...; the first that is called `graphs` counts
 * @returns its real path; undefined for a data directory of another name, which Logseq's programs do not find
 */
export function rootDirOf(...dataDirs: readonly string[]): string | undefined {
  const named = dataDirs.map((dir) => expandDataDir(dir)).find((dir) => basename(dir) === 'graphs')
  return named === undefined ? undefined : realDirectory(dirname(named))
}

/** Returns the real path of a directory, or undefined if it does not exist. */
export function realDirectory(path: string): string | undefined {
  try {
    const real = realpathSync.native(path)
    if (statSync(real).isDirectory()) return real
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw permissionError(path, error)
  }

  throw new ServerError('data-dir-permission', `${path} is not a directory`, {details: {path}})
}

/**
 * Creates a directory and its parents, for this user only, and returns its real path. It calls mkdir once per level:
 * with `recursive`, Node 20 loops for ever under /proc and reports a read-only disk as ENOENT.
 */
export function makeDirectory(path: string): string {
  const real = realDirectory(path)
  if (real !== undefined) return real
  if (dirname(path) !== path) makeDirectory(dirname(path))
  try {
    mkdirSync(path, {mode: 0o700})
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw permissionError(path, error)
  }

  const made = realDirectory(path)
  if (made !== undefined) return made
  throw new ServerError('data-dir-permission', `Cannot use ${path}: it is a broken link`, {details: {path}})
}

/** What a file system refuses with, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is exceeded',
  EEXIST: 'something is there already',
  EFBIG: 'the file would be too large',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links form a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'it does not exist and cannot be created here',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a directory',
  ENOTEMPTY: 'the directory is not empty',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}

/** Converts an error of the file system to one that names the path and the reason. */
export function permissionError(path: string, cause: unknown): ServerError {
  const failure = machineError(cause)
  if (failure) return failure
  const code = systemCode(cause) ?? ''
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'data-dir-permission'
  return new ServerError(kind, `Cannot use ${path}: ${reasonOf(code, cause)}`, {
    cause,
    details: {path, ...(code && {errno: code})},
  })
}

function reasonOf(code: string, cause: unknown): string {
  // Node.js has no name for some errors, such as ESTALE of a network disk.
  const unnamed = /^Unknown system error -?(\d+)$/.exec(code)?.[1]
  return unnamed === undefined ? (REASONS[code] ?? messageOf(cause)) : `the file system reports error ${unnamed}`
}

/**
 * Converts an error of Node.js or SQLite at a file that was not explained yet, and is not a bug of this program.
 * @returns undefined for anything else
 */
export function fileError(thrown: unknown): ServerError | undefined {
  if (thrown instanceof ServerError || !(thrown instanceof Error)) return undefined
  const {errno, path, syscall} = thrown as NodeJS.ErrnoException
  if (errno !== undefined && syscall !== undefined && !OTHER_CALLS.test(syscall))
    return permissionError(path ?? 'a file of this graph', thrown)
  if (isFull(thrown)) return new ServerError('disk-full', 'The disk is full', {cause: thrown})
  return isCorrupt(thrown) || isUnusable(thrown) ? permissionError('a database', thrown) : undefined
}

/** System calls that are about processes, connections and terminals. */
const OTHER_CALLS = /^(?:spawn|kill|connect|listen|bind|getaddrinfo|shutdown|uv_)/

/**
 * Refuses a directory that is not writable.
 * @throws ServerError `data-dir-permission`
 */
export function requireWritable(dir: string): void {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw permissionError(dir, error)
  }
}

/** Returns true if the directory belongs to the user of this process. */
export function isOwnDirectory(dir: string): boolean {
  return process.getuid === undefined || statSync(dir).uid === process.getuid()
}

/**
 * Refuses to act as a user who does not own the graph directory: files that one sudo leaves would lock the owner out.
 */
export function requireOwnDirectory(dir: string): void {
  if (isOwnDirectory(dir)) return
  const name = userName(statSync(dir).uid)
  throw new ServerError('data-dir-permission', `${dir} belongs to ${name}, not to you`, {
    details: {path: dir, user: name},
    hint: `Run the command as ${name}. To proceed anyway: \`logseq COMMAND --force\`.`,
  })
}
