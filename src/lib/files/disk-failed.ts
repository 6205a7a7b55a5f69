import {closeSync, constants, ftruncateSync, lstatSync} from 'node:fs'

import {messageOf, ServerError, systemCode} from '../errors.js'
import {hintOfErrno} from './file-error.js'
import {temporaryOf} from './names.js'
import {openOwnFile} from './own-files.js'
import {removeIfThere} from './remove.js'

/** Bytes by which a file has to be able to grow: the largest page of a database, and its header in the log. */
const GROWTH = 128 * 1024

/**
 * Creates the error of a database that SQLite could not read or write. SQLite has one code for each failed write, so that a trial finds
 * out whether the size of files is limited.
 * @param what failed, for the message
 */
export function diskFailed(what: string, path: string, cause: unknown): ServerError {
  if (!isTooLarge(path)) return new ServerError('disk-failed', `${what}: ${messageOf(cause)}`, {cause})
  const errno = 'EFBIG'
  return new ServerError('disk-failed', `${what}: the file would be too large`, {
    cause,
    details: {errno},
    hint: hintOfErrno(errno),
  })
}

/** Returns true if the database or its log cannot grow. A file without content takes no room for the trial. */
function isTooLarge(path: string): boolean {
  const trial = temporaryOf(path)
  try {
    const size = Math.max(sizeOf(path), sizeOf(`${path}-wal`))
    const fd = openOwnFile(trial, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      ftruncateSync(fd, size + GROWTH)
    } finally {
      closeSync(fd)
      removeIfThere(trial)
    }

    return false
  } catch (error) {
    return systemCode(error) === 'EFBIG' // any other error is of the disk that has failed already
  }
}

function sizeOf(path: string): number {
  return lstatSync(path, {throwIfNoEntry: false})?.size ?? 0
}
