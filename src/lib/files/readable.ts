import {closeSync, constants, readSync} from 'node:fs'

import {machineError, type ServerError} from '../errors.js'
import {openOwnFile} from './own-files.js'

const PIECE = 1024 * 1024

/** Maximum time to read, in ms: nothing else is done meanwhile, and a sparse file may have more bytes than any disk. */
const READING_MS = 1000

/**
 * Reads a file for up to a second, to find out whether the disk fails: SQLite reports a page that it could not read as a damaged
 * one, and the first page as a file that is not a database.
 * @param file path, or a descriptor, which stays open
 * @returns the error of the disk; undefined if the file can be read as far as it was, or cannot for another reason
 */
export function diskFailure(file: number | string): ServerError | undefined {
  let fd: number | undefined
  try {
    fd = typeof file === 'number' ? file : openOwnFile(file, constants.O_RDONLY)
    const bytes = Buffer.allocUnsafe(PIECE)
    const until = performance.now() + READING_MS
    for (let at = 0, size = 1; size > 0 && performance.now() < until; at += size)
      size = readSync(fd, bytes, 0, PIECE, at)
    return undefined
  } catch (error) {
    return machineError(error)
  } finally {
    if (fd !== undefined && fd !== file) closeSync(fd)
  }
}
