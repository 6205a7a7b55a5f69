import {readSync} from 'node:fs'

/** Size of the header of a log, and of the one in front of each of its pages. */
export const LOG_HEADER = 32
export const FRAME_HEADER = 24

/** Maximum size of a page. */
const MAX_PAGE = 65_536

/**
 * Returns true if each page of a log has the checksum that SQLite wrote. It covers all bytes before it, so that a recovery
 * ends at the first page whose checksum is wrong, and loses the writes from there on. https://sqlite.org/fileformat.html, 4.1
 * @param fd descriptor of the log
 * @param size its size in bytes
 */
export function isIntactLog(fd: number, size: number): boolean {
  const header = Buffer.alloc(LOG_HEADER)
  if (readSync(fd, header, 0, LOG_HEADER, 0) < LOG_HEADER) return false
  const sum = new Checksum((header.readUInt32BE(0) & 1) === 1)
  sum.add(header, 0, 24)
  if (!sum.isAt(header, 24)) return false
  const pageSize = header.readUInt32BE(8)
  if (pageSize > MAX_PAGE) return false
  const frame = Buffer.alloc(FRAME_HEADER + pageSize)
  for (let at = LOG_HEADER; at < size; at += frame.length) {
    if (readSync(fd, frame, 0, frame.length, at) < frame.length) return false
    sum.add(frame, 0, 8)
    sum.add(frame, FRAME_HEADER, frame.length)
    if (frame.compare(header, 16, 24, 8, 16) !== 0 || !sum.isAt(frame, 16)) return false
  }

  return true
}

/** Checksum of SQLite's log, over pairs of 32-bit numbers. */
class Checksum {
  #first = 0
  readonly #read: 'readUInt32BE' | 'readUInt32LE'
  #second = 0

  constructor(isBigEndian: boolean) {
    this.#read = isBigEndian ? 'readUInt32BE' : 'readUInt32LE'
  }

  add(bytes: Buffer, from: number, to: number): void {
    const read = this.#read
    for (let at = from; at < to; at += 8) {
      this.#first = (this.#first + bytes[read](at) + this.#second) >>> 0
      this.#second = (this.#second + bytes[read](at + 4) + this.#first) >>> 0
    }
  }

  /** Returns true if the checksum stands at a position. */
  isAt(bytes: Buffer, position: number): boolean {
    return bytes.readUInt32BE(position) === this.#first && bytes.readUInt32BE(position + 4) === this.#second
  }
}
