import {machineError, messageOf, ServerError, systemCode} from '../errors.js'
import {isCorrupt, isDiskError, isFull, isUnusable} from '../sqlite.js'

/** Reasons for which a file system refuses, by error code. */
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

/** Hints for those that no access right would help against. */
const HINTS: Readonly<Record<string, string>> = {
  EPERM:
    'Check who owns it, and that it is not marked as immutable: `lsattr` (Linux) or `ls -lO` (macOS) shows such marks.',
  EROFS: 'Mount the disk for writing, or copy the graph’s directory to another one and name that with --data-dir.',
}

/** Converts an error of the file system to one that names the path and the reason. */
export function permissionError(path: string, cause: unknown): ServerError {
  const failure = machineError(cause)
  if (failure) return failure
  if (isDiskError(cause))
    return new ServerError('disk-failed', `Cannot use ${path}: the disk reports an error`, {cause, details: {path}})
  const code = systemCode(cause) ?? ''
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'data-dir-permission'
  return new ServerError(kind, `Cannot use ${path}: ${reasonOf(code, cause)}`, {
    cause,
    details: {path, ...(code && {errno: code})},
    ...(HINTS[code] !== undefined && {hint: HINTS[code]}),
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
  return isCorrupt(thrown) || isDiskError(thrown) || isUnusable(thrown)
    ? permissionError('a database', thrown)
    : undefined
}

/** System calls that are about processes, connections and terminals. */
const OTHER_CALLS = /^(?:spawn|kill|connect|listen|bind|getaddrinfo|shutdown|uv_)/
