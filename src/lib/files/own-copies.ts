import {closeSync, constants, fstatSync, fsyncSync, readSync, statfsSync} from 'node:fs'
import {dirname} from 'node:path'
import {setImmediate as nextTurn} from 'node:timers/promises'

import {ServerError} from '../errors.js'
import {bytes} from '../size-text.js'
import {openOwnFile, withPath, writeOwnFile} from './own-files.js'

/** Bytes per copy step. */
const COPIED_BYTES = 1024 * 1024

/**
 * Copies a file of a graph directory to a new one, which is on disk on return. A file may be large, and a sparse one larger
 * than the disk: others (Ctrl-C) get their turn between two pieces.
 * @throws as `openOwnFile`; EEXIST if `to` exists; ServerError `disk-full` before anything is written; the signal's reason
 */
export async function copyOwnFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  for (const _ of copyPieces(from, to)) {
    await nextTurn()
    signal?.throwIfAborted()
  }
}

/**
 * Copies a file as `copyOwnFile` does, while nothing else is done.
 * @throws as `openOwnFile`; EEXIST if `to` exists; ServerError `disk-full` before anything is written
 */
export function copyOwnFileSync(from: string, to: string): void {
  for (const _ of copyPieces(from, to)); // nothing to do between two pieces
}

/** Copies a file piece by piece. The copy is closed when the caller leaves early, too. */
function* copyPieces(from: string, to: string): Generator<void> {
  const source = openOwnFile(from, constants.O_RDONLY)
  try {
    requireRoom(to, fstatSync(source).size)
    const target = openOwnFile(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      const bytes = Buffer.alloc(COPIED_BYTES)
      for (let size = readSync(source, bytes); size > 0; size = readSync(source, bytes)) {
        writeOwnFile(target, to, bytes.subarray(0, size))
        yield
      }

      fsyncSync(target)
    } catch (error) {
      throw withPath(error, to)
    } finally {
      closeSync(target)
    }
  } finally {
    closeSync(source)
  }
}

/** @throws ServerError `disk-full` when a file of this size cannot be written, as far as the file system reports it */
export function requireRoom(path: string, size: number): void {
  const {bavail, blocks, bsize} = statfsSync(dirname(path))
  const free = bavail * bsize
  if (blocks === 0 || size <= free) return // some file systems report nothing
  throw new ServerError(
    'disk-full',
    `Cannot use ${path}: the disk has room for ${bytes(free)}, the file needs ${bytes(size)}`,
    {
      details: {path},
    },
  )
}
