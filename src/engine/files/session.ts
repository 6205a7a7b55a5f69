import {randomUUID} from 'node:crypto'
import {closeSync, constants, fstatSync, lstatSync, readSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError} from '../../lib/errors.js'
import {DATABASE, SESSION, temporaryOf} from '../../lib/files/names.js'
import {createOwnFile, openOwnFile, readOwnFile} from '../../lib/files/own-files.js'
import {contentMark} from './content-mark.js'

/** Of the header of a log: page size at byte 8, its salts at byte 16. */
const LOG_HEADER = 32

/** In front of each page of a log. */
const FRAME_HEADER = 24

/** What is longer was not written here. */
const MAX_SESSION_BYTES = 4096

/** Which file stands at a path, and in which state it was left. */
export interface FileState {
  /** When the state last changed, in ns of the wall clock. Unlike `mtime`, nobody can set it. */
  ctime: bigint
  ino: string
  mtime: string
  size: string
}

/** The log that belongs to a database: while that log is in use, nothing changes the database. */
interface Claim {
  boot: string
  /** The mark of its content. */
  database: string
  log: {ino: string; salts: string}
}

/** Reads the state of a file; undefined when there is none. */
export function fileState(path: string): FileState | undefined {
  const stat = lstatSync(path, {bigint: true, throwIfNoEntry: false})
  return stat && {ctime: stat.ctimeNs, ino: String(stat.ino), mtime: String(stat.mtimeNs), size: String(stat.size)}
}

/** Is it the same file, with nothing written to it in between? */
export function isSameState(a: FileState | undefined, b: FileState | undefined): boolean {
  return a?.ino === b?.ino && a?.mtime === b?.mtime && a?.size === b?.size
}

/**
 * The file that says which log belongs to a database, for as long as the log is in use. It is not flushed to disk: after a
 * loss of power it proves nothing, which the boot in it tells.
 */
export class Session {
  readonly #boot: string
  #claimed = false
  readonly #graphDir: string

  /** @param boot names the present run of the operating system; empty where that is not known */
  constructor(graphDir: string, boot: string) {
    this.#boot = boot
    this.#graphDir = graphDir
  }

  /**
   * Looks, before the database is opened, at the log that the last session has left.
   * @throws ServerError `graph-invalid` when the log beside the database is another one's: SQLite would mix the two
   */
  inspect(log: FileState | undefined): void {
    if (log !== undefined && log.size !== '0') this.#requireOwnLog(join(this.#graphDir, DATABASE), log)
  }

  /**
   * Names the log that has begun, and the database as it stays until the log is written back. Cheap when it is named.
   * @param database the mark of its content
   */
  claim(database: string, log: FileState): void {
    if (this.#claimed) return
    const header = logHeader(join(this.#graphDir, `${DATABASE}-wal`))
    if (!header) return
    this.#write({boot: this.#boot, database, log: {ino: log.ino, salts: saltsOf(header)}})
    this.#claimed = true
  }

  /** The database is about to change: a server that is killed meanwhile must not be taken for one with another's log. */
  release(): void {
    rmSync(this.#path(), {force: true})
    this.#claimed = false
  }

  #path(): string {
    return join(this.#graphDir, SESSION)
  }

  #text(): string | undefined {
    try {
      return readOwnFile(this.#path(), MAX_SESSION_BYTES)
    } catch {
      return undefined // none, or one that cannot be read: it is not needed
    }
  }

  #write(content: object): void {
    const temporary = temporaryOf(this.#path())
    try {
      createOwnFile(temporary, JSON.stringify(content), false)
      renameSync(temporary, this.#path())
    } catch {
      rmSync(temporary, {force: true}) // a full disk: what it would tell is not needed to serve the graph
    }
  }

  #requireOwnLog(path: string, log: FileState): void {
    const database = fileState(path)
    const header = logHeader(`${path}-wal`)
    if (!database || database.size === '0') throw foreignLog(path, `${path} is missing or empty`)
    if (!header) return // SQLite takes no part of a log without a whole header
    const pages = pageSizes(path, header)
    if (pages) throw foreignLog(path, pages)
    const claim = readClaim(this.#text())
    if (!claim || claim.boot !== this.#boot || this.#boot === '') return
    const sameLog = claim.log.ino === log.ino && claim.log.salts === saltsOf(header)
    // Neither by its inode nor by its time: a copy that was put back is the same database, and one that was touched.
    if (sameLog && claim.database !== markOf(path)) throw foreignLog(path, `${path} was replaced or changed since`)
  }
}

/**
 * Moves a log away from a database that it does not belong to. Nothing is deleted.
 * @returns where it is now
 */
export function setLogAside(path: string): string {
  const aside = `${path}-wal.${randomUUID()}.aside`
  renameSync(`${path}-wal`, aside)
  return aside
}

function foreignLog(path: string, why: string): ServerError {
  // All in the message: whoever started this server is told no more than that.
  return new ServerError(
    'graph-invalid',
    `${path}-wal holds writes to another database than the one beside it: ${why}. Put the database back that it ` +
      `belongs to; or move ${path}-wal away, and what it holds is not used`,
  )
}

/** @returns the first bytes of a log; undefined when it is shorter */
function logHeader(path: string): Buffer | undefined {
  return readLog(path, (fd) => bytesAt(fd, 0, LOG_HEADER))
}

/**
 * Makes a mark of what a log holds: its header has salts of its own, and the last page a checksum of all before it.
 * @returns undefined for a log without a page
 */
export function logMark(path: string): string | undefined {
  return readLog(path, (fd) => {
    const header = bytesAt(fd, 0, LOG_HEADER)
    if (!header) return undefined
    const last = bytesAt(fd, fstatSync(fd).size - header.readUInt32BE(8) - FRAME_HEADER, FRAME_HEADER)
    return last && Buffer.concat([header, last]).toString('hex')
  })
}

function readLog<T>(path: string, read: (fd: number) => T): T {
  // SQLite holds no lock on a log: to close this descriptor drops none.
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    return read(fd)
  } finally {
    closeSync(fd)
  }
}

function bytesAt(fd: number, position: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length)
  return position >= 0 && readSync(fd, bytes, 0, length, position) === length ? bytes : undefined
}

/** Only before the database is opened: to close this descriptor would drop its locks. */
function markOf(path: string): string {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    return contentMark(fd)
  } finally {
    closeSync(fd)
  }
}

/** Only before the database is opened: to close this descriptor would drop its locks. @returns what is wrong */
function pageSizes(path: string, logHeader: Buffer): string | undefined {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    const header = Buffer.alloc(18)
    if (readSync(fd, header, 0, 18, 0) < 18) return undefined
    const stored = header.readUInt16BE(16)
    const size = stored === 1 ? 65_536 : stored
    const logged = logHeader.readUInt32BE(8)
    return size === logged ? undefined : `its pages have ${logged} bytes, those of the database ${size}`
  } finally {
    closeSync(fd)
  }
}

function saltsOf(header: Buffer): string {
  return header.toString('hex', 16, 24)
}

function readClaim(text: string | undefined): Claim | undefined {
  try {
    const claim = JSON.parse(text ?? 'null') as Partial<Claim> | null
    return claim?.boot !== undefined && claim.database && claim.log ? (claim as Claim) : undefined
  } catch {
    return undefined // cut short: it proves nothing
  }
}
