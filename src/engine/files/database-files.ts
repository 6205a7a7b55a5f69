import type {ServerError} from '../../lib/errors.js'
import {diskFailure} from '../../lib/files/readable.js'
import {contentMark, WHOLE} from './content-mark.js'
import {
  type FileState,
  fileState,
  isSameState,
  isSettled,
  logMark,
  markIfIntact,
  type Session,
  setLogAside,
} from './session.js'

/** A file as this process left it. */
interface Left {
  /** Of its content. */
  mark: string | undefined
  state: FileState
}

/**
 * State of the files of an open database, compared with how this process left them. `isSampled`, once for each change of a time: what
 * was compared is not all of the database, so that its structure has to be checked.
 */
export type FilesStatus =
  | {is: 'changed'; logIsOurs: boolean; why: string}
  | {is: 'log-gone'; why: string}
  | {is: 'ours'; isSampled?: true}
  | {is: 'replaced'; why: string}

/**
 * The two files of an open database, the database and its log, as this process left them. No other process may write
 * either. A lock keeps other users of SQLite out; this class detects the rest: a copy over the database, a cleaner that removes
 * the log. It compares the results of stat, and the content if only a time has changed (touch, the same copy put back).
 */
export class DatabaseFiles {
  #database: Left | undefined
  readonly #fd: number
  /** True if the log may end with pages that are not in use, which a killed server was writing. An emptied log has none. */
  #hasRest: boolean
  /** True for a file that could not be looked at after this process wrote it: as it is found next, it is ours. */
  #isDatabaseUnseen = false
  #isLogUnseen = false
  #log: Left | undefined
  readonly #path: string
  readonly #session: Session

  /** @param fd a descriptor of the database that stays open: to close one would drop SQLite's locks */
  constructor(path: string, fd: number, session: Session) {
    this.#fd = fd
    this.#path = path
    this.#session = session
    const database = fileState(path)
    this.#database = database && {mark: undefined, state: database} // nothing is written before `checkpointed`
    const log = fileState(`${path}-wal`)
    this.#log = this.#leftLog(log)
    this.#hasRest = log !== undefined && log.size !== '0'
  }

  /** Size of the log in bytes. */
  get logSize(): number {
    return Number(this.#log?.state.size ?? 0)
  }

  /** Called before the log is written back into the database. */
  checkpointing(): void {
    this.#session.release()
  }

  /** Called after the write-back, done or failed: from then on the database has to stay as it is. */
  checkpointed(): void {
    this.#isDatabaseUnseen = true
    try {
      this.#seeDatabase()
    } catch {
      // The pages are written back all the same. `status` looks again, and meets the error if it has stayed.
    }

    this.written()
  }

  /** Called after each write of this process, done or failed. It goes to the log; another file in its place is not ours. */
  written(): void {
    this.#isLogUnseen = true
    try {
      this.#seeLog()
    } catch {
      // The write is done: its caller must not take it for one that failed. `status` looks again, as above.
    }
  }

  /** @throws the error of the file system when they cannot be looked at */
  status(): FilesStatus {
    if (this.#isDatabaseUnseen) this.#seeDatabase()
    if (this.#isLogUnseen) this.#seeLog()
    const database = fileState(this.#path)
    const log = fileState(`${this.#path}-wal`)
    if (database?.ino !== this.#database?.state.ino) {
      return {
        is: 'replaced',
        why: database ? `${this.#path} was replaced by another file` : `${this.#path} is gone`,
      }
    }

    if (log?.ino !== this.#log?.state.ino) {
      return {
        is: 'log-gone',
        why: log ? `${this.#path}-wal was replaced by another file` : `${this.#path}-wal is gone`,
      }
    }

    const before = this.#database?.state
    if (!isAsLeft(database, this.#database, () => contentMark(this.#fd)))
      return {is: 'changed', logIsOurs: true, why: `${this.#path} was changed by another program`}
    const mark = this.#hasRest ? logMark : markIfIntact
    if (!isAsLeft(log, this.#log, () => mark(`${this.#path}-wal`)))
      return {is: 'changed', logIsOurs: false, why: `${this.#path}-wal was changed by another program`}
    const isSampled = before !== this.#database?.state && Number(before?.size) > WHOLE
    return {is: 'ours', ...(isSampled && {isSampled})}
  }

  #seeDatabase(): void {
    const database = fileState(this.#path)
    if (fileState(`${this.#path}-wal`)?.size === '0') this.#hasRest = false
    if (this.#database === undefined || database?.ino === this.#database.state.ino)
      this.#database = this.#leftDatabase(database)
    this.#isDatabaseUnseen = false
  }

  #seeLog(): void {
    const log = fileState(`${this.#path}-wal`)
    this.#isLogUnseen = false
    if (this.#log !== undefined && log?.ino !== this.#log.state.ino) return
    try {
      this.#log = this.#leftLog(log)
      // The mark of a database that is not seen yet is that of an older content: a start would refuse the log beside it.
      const mark = this.#isDatabaseUnseen ? undefined : this.#database?.mark
      if (mark !== undefined && log && log.size !== '0') this.#session.claim(mark, log)
    } catch {
      // It has just gone, or no descriptor is left. Without a mark, only its time is known.
      this.#log = log && {mark: undefined, state: log}
    }
  }

  #leftDatabase(state: FileState | undefined): Left | undefined {
    return state && {mark: contentMark(this.#fd), state}
  }

  #leftLog(state: FileState | undefined): Left | undefined {
    return state && {mark: logMark(`${this.#path}-wal`), state}
  }

  /** Returns the error of the disk if the database or its log cannot be read. */
  diskFailure(): ServerError | undefined {
    return diskFailure(this.#fd) ?? diskFailure(`${this.#path}-wal`)
  }

  /** Moves the log away, so that no program takes it for the log of the database that is there now. */
  setLogAside(): string {
    return setLogAside(this.#path)
  }
}

/** Returns true if a file holds what this process left in it. Once its new time is settled, later calls compare with it. */
function isAsLeft(now: FileState | undefined, left: Left | undefined, mark: () => string | undefined): boolean {
  if (isSameState(now, left?.state)) return true
  if (!now || !left || now.size !== left.state.size) return false
  const isEmpty = now.size === '0' // which has no mark: a log, before the first write and after each write-back
  if (!isEmpty && (left.mark === undefined || mark() !== left.mark)) return false
  if (isSettled(now, Date.now())) left.state = now
  return true
}
