import {closeSync, constants, readSync} from 'node:fs'

import {machineError, type ServerError} from '../errors.js'
import {openOwnFile} from './own-files.js'

const PIECE = 1024 * 1024

/**
 * Reads a whole file to find out whether the disk fails: SQLite reports a page that it could not read as a damaged one, and the
 * first page as no database.
 * @param file path, or a descriptor, which stays open
 * @returns the error of the disk; undefined if the file can be read, or cannot for another reason
 */
export function diskFailure(file: number | string): ServerError | undefined {
  let fd: number | undefined
  try {
    fd = typeof file === 'number' ? file : openOwnFile(file, constants.O_RDONLY)
    const bytes = Buffer.allocUnsafe(PIECE)
    for (let at = 0, size = 1; size > 0; at += size) size = readSync(fd, bytes, 0, PIECE, at)
    return undefined
  } catch (error) {
    return machineError(error)
  } finally {
    if (fd !== undefined && fd !== file) closeSync(fd)
  }
}
