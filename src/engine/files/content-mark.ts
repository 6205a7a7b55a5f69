import {createHash} from 'node:crypto'
import {fstatSync, readSync} from 'node:fs'

/** A file of at most this many bytes is read whole: some 5 ms. */
export const WHOLE = 4 * 1024 * 1024

/** Of a larger file, this many bytes of its beginning: header, root and tail, which each write changes. */
const BEGINNING = 1024 * 1024

/** Of the rest of a larger file, this many pieces at equal distances, including the end. */
const PIECES = 48

const PIECE = 64 * 1024

/**
 * Makes a mark of the content of a database file. Files with the same content have the same mark, whatever their times.
 * Another graph has another mark, and so has another state of the same graph. Changed pages in the middle of a large file
 * alone are not detected: then the structure has to be checked.
 * @param fd a descriptor of it that stays open: to close one would drop SQLite's locks
 */
export function contentMark(fd: number): string {
  const {size} = fstatSync(fd)
  const hash = createHash('sha1')
  const add = (position: number, length: number) => {
    const bytes = Buffer.allocUnsafe(length)
    hash.update(bytes.subarray(0, readSync(fd, bytes, 0, length, position)))
  }

  if (size <= WHOLE) add(0, size)
  else {
    add(0, BEGINNING)
    const distance = (size - PIECE - BEGINNING) / (PIECES - 1)
    for (let i = 0; i < PIECES; i++) add(Math.floor(BEGINNING + i * distance), PIECE)
  }

  return `${size}-${hash.digest('base64url')}`
}
