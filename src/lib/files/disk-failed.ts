import {closeSync, constants, fsyncSync, ftruncateSync, lstatSync, writeSync} from 'node:fs'

import {messageOf, ServerError, systemCode} from '../errors.js'
import {hintOfErrno, reasonOfErrno} from './file-error.js'
import {temporaryOf} from './names.js'
import {openOwnFile} from './own-files.js'
import {removeIfThere} from './remove.js'

/** Bytes by which a file has to be able to grow: the largest page of a database, and its header in the log. */
const GROWTH = 128 * 1024

/** Limits of the user or the shell for which SQLite reports a failing disk, and the code of each. */
const LIMITS = new Map([
  ['EDQUOT', 'disk-full'],
  ['EFBIG', 'disk-failed'],
] as const)

/**
 * Creates the error of a database that SQLite could not read or write. SQLite has one code for each failed write, so that a trial finds
 * out whether a limit is the reason: that of the size of files, or a quota.
 * @param what failed, for the message
 */
export function diskFailed(what: string, path: string, cause: unknown): ServerError {
  const errno = refusalAt(path)
  for (const [limit, code] of LIMITS)
    if (errno === limit)
      return new ServerError(code, `${what}: ${reasonOfErrno(limit)}`, {
        cause,
        details: {errno},
        hint: hintOfErrno(limit),
      })
  return new ServerError('disk-failed', `${what}: ${messageOf(cause)}`, {cause})
}

/** Tries whether the database or its log can grow. @returns the code of the error; undefined if they can */
function refusalAt(path: string): string | undefined {
  const trial = temporaryOf(path)
  try {
    const size = Math.max(sizeOf(path), sizeOf(`${path}-wal`))
    const fd = openOwnFile(trial, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      ftruncateSync(fd, size + GROWTH)
      writeSync(fd, Buffer.alloc(GROWTH)) // a file without content takes no room
      fsyncSync(fd)
    } finally {
      closeSync(fd)
      removeIfThere(trial)
    }

    return undefined
  } catch (error) {
    return systemCode(error)
  }
}

function sizeOf(path: string): number {
  return lstatSync(path, {throwIfNoEntry: false})?.size ?? 0
}
