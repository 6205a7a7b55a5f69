import {randomUUID} from 'node:crypto'
import {closeSync, constants, fstatSync, lstatSync, readSync, renameSync} from 'node:fs'
import {join} from 'node:path'

import {ServerError} from '../../lib/errors.js'
import {DATABASE, SESSION, temporaryOf} from '../../lib/files/names.js'
import {createOwnFile, moveCommand, openOwnFile, readOwnFile} from '../../lib/files/own-files.js'
import {removeIfThere} from '../../lib/files/remove.js'
import {contentMark} from './content-mark.js'
import {FRAME_HEADER, isIntactLog, LOG_HEADER} from './log-chain.js'

/** A longer file was not written by this program. */
const MAX_SESSION_BYTES = 4096

/** Identity and state of the file at a path. */
export interface FileState {
  /** Time of the last change of state, in ns of the wall clock. Unlike `mtime`, no program can set it. */
  ctime: bigint
  ino: string
  /** True if the file has another name, too. */
  isLink: boolean
  mtime: string
  size: string
}

/** The log that belongs to a database: while that log is in use, nothing changes the database. */
interface Claim {
  boot: string
  /** Mark of its content. */
  database: string
  log: {ino: string; salts: string}
}

/** Reads the state of a file; undefined if it does not exist. */
export function fileState(path: string): FileState | undefined {
  const stat = lstatSync(path, {bigint: true, throwIfNoEntry: false})
  if (!stat) return undefined
  const {ctimeNs: ctime, ino, mtimeNs, nlink, size} = stat
  return {ctime, ino: String(ino), isLink: nlink > 1n, mtime: String(mtimeNs), size: String(size)}
}

/**
 * A file that changed less than this many ns ago may change again without a new time: file systems count in ticks of
 * some ms.
 */
const SETTLED = 1_000_000_000n

/** Returns true if a later change would give the file another time. @param now wall clock, in ms */
export function isSettled({ctime}: FileState, now: number): boolean {
  return BigInt(now) * 1_000_000n - ctime > SETTLED
}

/** Returns true for the same file without a write in between: the mtime can be put back, the ctime cannot. */
export function isSameState(a: FileState | undefined, b: FileState | undefined): boolean {
  return a?.ino === b?.ino && a?.ctime === b?.ctime && a?.mtime === b?.mtime && a?.size === b?.size
}

/**
 * The file that records which log belongs to a database while the log is in use. It is not flushed to disk: after a loss of
 * power it proves nothing, and the boot that it names shows that.
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
   * Checks the log that the last session has left, before the database is opened.
   * @returns why the last writes are lost: the log that held them is gone; undefined if it is not
   * @throws ServerError `graph-invalid` if the log belongs to another database: SQLite would mix the two
   */
  inspect(log: FileState | undefined): string | undefined {
    const path = join(this.#graphDir, DATABASE)
    const header = log && log.size !== '0' ? logHeader(`${path}-wal`) : undefined
    if (log && log.size !== '0') requireDatabase(path)
    const claim = this.#readClaim()
    if (header && log) requireOwnLog(path, {claim, header, log})
    // SQLite ignores a log without a whole header.
    else if (claim && claim.database === markIfPresent(path))
      return `its last writes were in ${path}-wal, which was removed or emptied since; they are lost`
    return undefined
  }

  /**
   * Records the new log, and the database as it stays until the log is written back. Cheap if they are recorded already.
   * @param database the mark of its content
   */
  claim(database: string, log: FileState): void {
    if (this.#claimed) return
    const header = logHeader(join(this.#graphDir, `${DATABASE}-wal`))
    if (!header) return
    this.#write({boot: this.#boot, database, log: {ino: log.ino, salts: saltsOf(header)}})
    this.#claimed = true
  }

  /** Called before the database changes: after a kill in between, its log must not be taken for another database's. */
  release(): void {
    removeIfThere(this.#path())
    this.#claimed = false
  }

  #path(): string {
    return join(this.#graphDir, SESSION)
  }

  #text(): string | undefined {
    try {
      return readOwnFile(this.#path(), MAX_SESSION_BYTES)
    } catch {
      return undefined // missing or unreadable: it is not needed
    }
  }

  #write(content: object): void {
    const temporary = temporaryOf(this.#path())
    try {
      createOwnFile(temporary, JSON.stringify(content), false)
      renameSync(temporary, this.#path())
    } catch {
      removeIfThere(temporary) // a full disk: the graph can be served without it
    }
  }

  /** Reads the claim of this run of the operating system. */
  #readClaim(): Claim | undefined {
    const claim = readClaim(this.#text())
    return claim?.boot === this.#boot && this.#boot !== '' ? claim : undefined
  }
}

function requireDatabase(path: string): void {
  const database = fileState(path)
  if (!database || database.size === '0') throw foreignLog(path, `${path} is missing or empty`)
}

function requireOwnLog(
  path: string,
  {claim, header, log}: {claim: Claim | undefined; header: Buffer; log: FileState},
): void {
  const pages = pageSizes(path, header)
  if (pages) throw foreignLog(path, pages)
  // Not by inode or time: a copy that was put back is the same database, and so is a touched file.
  const isSameDatabase = claim && claim.database === markOf(path)
  if (claim && claim.log.salts === saltsOf(header)) {
    if (!isSameDatabase) throw foreignLog(path, `${path} was replaced or changed since, or copied before`)
    return
  }

  if (isSameDatabase) throw foreignLog(path, 'the last server wrote another log')
  // After `cp -al`: the server of the other directory has written this one, perhaps after it had changed its own database.
  if (log.isLink && !fileState(path)?.isLink)
    throw foreignLog(path, 'the log is a hard link, and was written for the other one')
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
  const log = `${path}-wal`
  return new ServerError('graph-invalid', `${log} holds writes to another database than the one beside it: ${why}`, {
    hint:
      'Put the database back that it belongs to. Or set the log aside, whose writes are then not used: ' +
      `\`${moveCommand(log, '.aside')}\`.`,
  })
}

/** @returns the first bytes of a log; undefined when it is shorter */
function logHeader(path: string): Buffer | undefined {
  return readLog(path, (fd) => bytesAt(fd, 0, LOG_HEADER))
}

/**
 * Makes a mark of the content of a log: its header has salts of its own, and its last page a checksum of all before it.
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

/** `logMark` of a log that may have been changed. @returns undefined, too, where a page is not as SQLite wrote it */
export function markIfIntact(path: string): string | undefined {
  return readLog(path, (fd) => (isIntactLog(fd, fstatSync(fd).size) ? logMark(path) : undefined))
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

function markIfPresent(path: string): string | undefined {
  return fileState(path) && markOf(path)
}

/** Call it only before the database is opened: to close this descriptor would drop its locks. */
function markOf(path: string): string {
  const fd = openOwnFile(path, constants.O_RDONLY)
  try {
    return contentMark(fd)
  } finally {
    closeSync(fd)
  }
}

/** Call it only before the database is opened: to close this descriptor would drop its locks. @returns what is wrong */
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
    return undefined // truncated: it proves nothing
  }
}
