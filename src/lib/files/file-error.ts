import {type Stats, statSync} from 'node:fs'
import {dirname, isAbsolute} from 'node:path'

import {machineError, messageOf, ServerError, systemCode} from '../errors.js'
import {shellQuote} from '../shell-quote.js'
import {isCorrupt, isDiskError, isFull, isNotOpened, isUnusable} from '../sqlite.js'

/** Reasons for which a file system refuses, by error code. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is exceeded',
  EEXIST: 'it already exists',
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

/** Hints for those that no access right would help against. */
const HINTS: Readonly<Record<string, string>> = {
  EFBIG:
    'The limit may be that of the shell which started the server (`ulimit -f`): open another shell, or run `ulimit -f unlimited`, then ' +
    '`logseq server restart`. Or it is that of the file system.',
  ELOOP: 'Remove the link, or let it lead to the file or directory itself.',
  ENAMETOOLONG: 'Use a shorter path, for example another directory with --data-dir.',
  ENOTDIR: 'Correct the path: it goes through a file, where a directory is expected.',
  EPERM:
    'Check who owns it, and that it is not marked as immutable: `lsattr` (Linux) or `ls -lO` (macOS) shows such marks.',
  EROFS: 'Mount the disk for writing, or copy the graph’s directory to another one and name that with --data-dir.',
}

/** Returns the hint for a reason for which a file system refuses; undefined if the code of the error has a better one. */
export function hintOfErrno(errno: string): string | undefined {
  return HINTS[errno]
}

/** Returns the reason for which a file system refuses; undefined for a code that has no text. */
export function reasonOfErrno(errno: string): string | undefined {
  return REASONS[errno]
}

/** Converts an error of the file system to one that names the path and the reason. */
export function permissionError(path: string, cause: unknown): ServerError {
  const failure = machineError(cause)
  if (failure) return failure
  if (isDiskError(cause))
    return new ServerError('disk-failed', `Cannot use ${path}: the disk reports an error`, {cause, details: {path}})
  const code = isTooLong(path, cause) ? 'ENAMETOOLONG' : (systemCode(cause) ?? '')
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'data-dir-permission'
  const hint = code === 'EACCES' ? accessHint(path) : hintOfErrno(code)
  return new ServerError(kind, `Cannot use ${path}: ${reasonOf(code, cause)}`, {
    cause,
    details: {path, ...(code && {errno: code})},
    ...(hint !== undefined && {hint}),
  })
}

/** Suggests to restore the rights on this user's own file or directory, if it is that which lacks them. */
export function accessHint(path: string): string | undefined {
  const reached = isAbsolute(path) ? nearestVisible(path) : undefined // some errors have no path, but words for it
  if (!reached || reached.stats.uid !== process.getuid?.()) return undefined
  const isDirectory = reached.stats.isDirectory()
  const needed = isDirectory ? 0o700 : 0o600
  if ((reached.stats.mode & needed) === needed) return undefined
  const what = isDirectory ? 'directory' : 'file'
  return `It is your ${what}, but you may not use it. Restore your rights: \`chmod u+rwX ${shellQuote(reached.path)}\``
}

/** Finds the file of a path, or the deepest directory on the way to it, that can be looked at. */
function nearestVisible(path: string): undefined | {path: string; stats: Stats} {
  try {
    return {path, stats: statSync(path)}
  } catch {
    return dirname(path) === path ? undefined : nearestVisible(dirname(path)) // hidden by its directory, or missing
  }
}

function reasonOf(code: string, cause: unknown): string {
  // Node.js has no name for some errors, such as ESTALE of a network disk.
  const unnamed = /^Unknown system error -?(\d+)$/.exec(code)?.[1]
  if (unnamed !== undefined) return `the file system reports error ${unnamed}`
  return REASONS[code] ?? (isNotOpened(cause) ? 'SQLite cannot open it' : messageOf(cause))
}

/** Maximum length of the path of a database in bytes: SQLite's, without the ending of its journal. */
export const MAX_DATABASE_PATH = 504

/** Returns true if SQLite, which does not say so itself, refuses a path because of its length. */
export function isTooLong(path: string, cause: unknown): boolean {
  return isUnusable(cause) && Buffer.byteLength(path) > MAX_DATABASE_PATH
}

/** Stands for the path in an error of SQLite, which does not name it. */
export const UNNAMED_DATABASE = 'a database'

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
  return isCorrupt(thrown) || isDiskError(thrown) || isUnusable(thrown)
    ? permissionError(UNNAMED_DATABASE, thrown)
    : undefined
}

/** System calls that are about processes, connections and terminals. */
const OTHER_CALLS = /^(?:spawn|kill|connect|listen|bind|getaddrinfo|shutdown|uv_)/
