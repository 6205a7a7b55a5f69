import {lstatSync} from 'node:fs'

import {ServerError, systemCode} from '../errors.js'
import {accessHint, permissionError, UNNAMED_DATABASE} from '../files/file-error.js'
import {type Destination, withoutPart} from './destination-names.js'

/** Creates the error for a file that would be replaced. */
export function existsError(file: string): ServerError {
  return new ServerError('file-exists', `${file} already exists`, {details: {file}})
}

/** Hints for a file that a user named: it can be in another place, which a graph cannot. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Name a file in a directory that you may write to.',
  EDQUOT: 'Free space on that disk, or name a file on another one.',
  ENAMETOOLONG: 'Use a shorter path.',
  ENOENT: 'Name a file in another directory.',
  ENOSPC: 'Free space on that disk, or name a file on another one.',
  EROFS: 'Name a file on a disk that can be written.',
}

/** Converts an error of the file system at a destination to one that names the path as the user did. */
export function destinationError(file: string, cause: unknown): ServerError {
  const errno = systemCode(cause) ?? ''
  const own = errno === 'EACCES' ? accessHint(file) : undefined // the rights of the user's own directory are missing
  return withHint(permissionError(file, cause), own ?? HINTS[errno])
}

function withHint(error: ServerError, hint: string | undefined): ServerError {
  if (hint === undefined) return error
  const {code, details, message, cause} = error
  return new ServerError(code, message, {cause, details, hint})
}

/** Errors of a place where the user may write, as was tried before, and the server may not. */
const OF_SERVER_ONLY = new Set(['EACCES', 'EPERM', 'EROFS'])

/** Converts an error of a copy to one about the file that the user named, where it is about that or its temporary file. */
export function copyError(thrown: unknown, destination: Destination): unknown {
  const {file, path} = destination
  if (!(thrown instanceof ServerError))
    return systemCode(thrown) === 'EEXIST' ? existsError(file) : destinationError(file, thrown)
  const {code, details, hint, message} = thrown
  const {errno} = details
  const isOfServer = details['status'] !== undefined
  if (isOfServer && code === 'disk-full') return failed(file, 'ENOSPC', thrown)
  if (isOfServer && code === 'invalid-arguments') return refusedByServer(thrown, destination)
  const at = details['path']
  if (typeof at !== 'string' || !(at === UNNAMED_DATABASE || at.startsWith(path))) return thrown
  if (code === 'data-dir-permission' && typeof errno === 'string') return failed(file, errno, thrown)
  return new ServerError(code, withoutPart(message), {cause: thrown, details: {...details, path: file}, hint})
}

function refusedByServer(thrown: ServerError, {file, path, replaces}: Destination): ServerError {
  const {errno} = thrown.details
  // A file that is replaced is there in any case: then the server has refused its own temporary file.
  const hasCome = !replaces && lstatSync(path, {throwIfNoEntry: false}) !== undefined
  if (hasCome && (errno === undefined || errno === 'EEXIST')) return existsError(file)
  if (typeof errno !== 'string') return destinationError(file, new Error(thrown.message, {cause: thrown}))
  const hint = 'Name a file in a directory that the server of the graph may write to, too.'
  return withHint(failed(file, errno, thrown), OF_SERVER_ONLY.has(errno) ? hint : undefined)
}

function failed(file: string, errno: string, thrown: ServerError): ServerError {
  return destinationError(file, Object.assign(new Error(thrown.message, {cause: thrown}), {code: errno}))
}
