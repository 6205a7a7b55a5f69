import {type FileState, fileState, isSameState, type Session, setLogAside} from './session.js'

/** Whose the files of an open database are, and what to do about them when they are not as this process left them. */
export type FilesStatus =
  | {is: 'changed'; logIsOurs: boolean; why: string}
  | {is: 'log-gone'; why: string}
  | {is: 'ours'}
  | {is: 'replaced'; why: string}

/**
 * The two files of an open database, the database and its log, as this process left them. Nobody else may write either: a lock
 * keeps SQLite's users out, and this tells of everybody else (a copy over the database, a cleaner that removes the log).
 * By stat alone: to open and close the database would drop its locks.
 */
export class DatabaseFiles {
  #database: FileState | undefined
  #log: FileState | undefined
  readonly #path: string
  readonly #session: Session

  constructor(path: string, session: Session) {
    this.#path = path
    this.#session = session
    this.#database = fileState(path)
    this.#log = fileState(`${path}-wal`)
  }

  /** How many bytes the log holds. */
  get logSize(): number {
    return Number(this.#log?.size ?? 0)
  }

  /** Called before the log is written back into the database. */
  checkpointing(): void {
    this.#session.release()
  }

  /** Called after that, done or failed: as it left the database, that has to stay. */
  checkpointed(): void {
    const database = fileState(this.#path)
    if (this.#database === undefined || database?.ino === this.#database.ino) this.#database = database
    this.written()
  }

  /** Called after each write of this process, done or failed. It goes to the log; another file in its place is not ours. */
  written(): void {
    const log = fileState(`${this.#path}-wal`)
    if (this.#log !== undefined && log?.ino !== this.#log.ino) return
    this.#log = log
    if (this.#database && log && log.size !== '0') this.#session.claim(this.#database, log)
  }

  /** @throws the error of the file system when they cannot be looked at */
  status(): FilesStatus {
    const database = fileState(this.#path)
    const log = fileState(`${this.#path}-wal`)
    if (database?.ino !== this.#database?.ino) {
      return {
        is: 'replaced',
        why: database ? `another file has taken the place of ${this.#path}` : `${this.#path} is gone`,
      }
    }

    if (log?.ino !== this.#log?.ino) {
      return {
        is: 'log-gone',
        why: log ? `another file has taken the place of ${this.#path}-wal` : `${this.#path}-wal is gone`,
      }
    }

    if (!isSameState(database, this.#database))
      return {is: 'changed', logIsOurs: true, why: `${this.#path} was changed by another program`}
    if (!isSameState(log, this.#log))
      return {is: 'changed', logIsOurs: false, why: `${this.#path}-wal was changed by another program`}
    return {is: 'ours'}
  }

  /** Moves the log away, so that nobody takes it for that of the database which stands there now. */
  setLogAside(): string {
    return setLogAside(this.#path)
  }
}
