import {accessSync, constants, realpathSync, statSync} from 'node:fs'
import {homedir, userInfo} from 'node:os'
import {basename, dirname, isAbsolute, join, resolve} from 'node:path'

import {ServerError, systemCode} from '../errors.js'
import {permissionError} from '../files/file-error.js'
import {makeDirectoryForOwner} from '../files/own-files.js'
import {userName} from '../files/users.js'
import {requireText} from '../require-argument.js'

/** Default directory of Logseq's graphs. */
export const DEFAULT_DATA_DIR = '~/logseq/graphs'

/** Returns the absolute path of a data directory; `~` and `~/...` are the home directory. */
export function expandDataDir(given: string): string {
  requireText({dataDir: given}, 'dataDir')
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

  throw new ServerError('data-dir-permission', `${path} is not a directory`, {
    details: {path},
    hint: 'Rename or remove it, or name another directory with --data-dir.',
  })
}

/**
 * Creates a directory and its parents, for their owner only, and returns its real path. It calls mkdir once per level:
 * with `recursive`, Node 20 loops for ever under /proc and reports a read-only disk as ENOENT.
 */
export function makeDirectory(path: string): string {
  const real = realDirectory(path)
  if (real !== undefined) return real
  if (dirname(path) !== path) makeDirectory(dirname(path))
  try {
    makeDirectoryForOwner(path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw permissionError(path, error)
  }

  const made = realDirectory(path)
  if (made !== undefined) return made
  throw new ServerError('data-dir-permission', `Cannot use ${path}: it is a broken link`, {
    details: {path},
    hint: 'Remove the link, or create the directory to which it leads.',
  })
}

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

/**
 * Refuses to create a directory as root in the directory of another user, who could not find out why a command fails there.
 * What other users create belongs to them, and locks no other user out.
 * @param path of the new directory
 * @throws ServerError `data-dir-permission`
 */
export function requireOwnParent(path: string): void {
  if (process.getuid?.() !== 0) return
  let dir = path
  while (realDirectory(dir) === undefined && dirname(dir) !== dir) dir = dirname(dir)
  requireOwnDirectory(dir)
}
