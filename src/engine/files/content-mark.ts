import {createHash} from 'node:crypto'
import {fstatSync, readSync} from 'node:fs'

/** A file of so many bytes is read whole: some 5 ms. */
const WHOLE = 4 * 1024 * 1024

/** Of a larger one, so much of its beginning: it has the header, and the root and the tail of the graph, which each write changes. */
const BEGINNING = 1024 * 1024

/** And so many pieces of the rest, in equal distances, the end among them. */
const PIECES = 48

const PIECE = 64 * 1024

/**
 * Makes a mark of what a database file holds: another one of the same content has the same, whatever its time. Pages that
 * changed in the middle of a large file alone do not show; another state of a graph does, and another graph.
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
