import {lstatSync} from 'node:fs'

import type {FilesStatus} from '../../engine/files/database-files.js'
import {watchOwnLock} from './own-lock.js'
import type {Publication} from './publication.js'

/**
 * Ownership of the graph by this server; only `held` may write. `lost` comes with its reason. `unknown` means that it
 * could not be read just now (no descriptor left, an I/O error).
 */
export type OwnershipStatus = {cause?: unknown; is: 'unknown'; why: string} | {is: 'lost'; why: string} | {is: 'held'}

/** A file as it was when it was opened: a lock is on an inode, not on a path. */
interface OpenFile {
  dev: number
  ino: number
  /** Returns true if its lock is still held. Absent where that cannot be determined. */
  isLocked?: (() => boolean) | undefined
  path: string
}

/**
 * Checks whether the record still names this server and its files are still in place. A deleted or replaced record, or
 * a restored database, ends its ownership. PostgreSQL's postmaster does the same when postmaster.pid is gone.
 */
export class Interlock {
  #database: (() => FilesStatus) | undefined
  readonly #files: OpenFile[] = []
  readonly #publication: Publication

  constructor(publication: Publication) {
    this.#publication = publication
  }

  /** From now on, the database and its log have to stay as this process leaves them. */
  watchDatabase(status: () => FilesStatus): void {
    this.#database = status
  }

  /** From now on, the file at this path has to stay the one that it is, and locked by this process. */
  watchLocked(path: string): void {
    const {dev, ino} = lstatSync(path)
    this.#files.push({dev, ino, isLocked: watchOwnLock(path), path})
  }

  check(): OwnershipStatus {
    const record = this.#checkRecord()
    if (record.is !== 'held') return record
    for (const file of this.#files) {
      const status = checkFile(file)
      if (status.is !== 'held') return status
    }

    return this.#database ? checkDatabase(this.#database) : {is: 'held'}
  }

  #checkRecord(): OwnershipStatus {
    const read = this.#publication.read()
    switch (read.kind) {
      case 'absent':
        return {is: 'lost', why: 'the lock file is gone'}
      case 'corrupt':
        return {is: 'lost', why: `the lock file is damaged: ${read.problem}`}
      case 'failed':
        return {cause: read.error, is: 'unknown', why: `the lock file cannot be read: ${read.error.message}`}
      case 'present':
        return this.#publication.isMine(read.record)
          ? {is: 'held'}
          : {is: 'lost', why: `the lock file names pid ${read.record.pid}`}
      case 'unreadable':
        return {is: 'unknown', why: 'the lock file may not be read'}
    }
  }
}

function checkDatabase(status: () => FilesStatus): OwnershipStatus {
  try {
    const now = status()
    return now.is === 'ours' ? {is: 'held'} : {is: 'lost', why: now.why}
  } catch (error) {
    return {cause: error, is: 'unknown', why: (error as Error).message}
  }
}

function checkFile({dev, ino, isLocked, path}: OpenFile): OwnershipStatus {
  try {
    const now = lstatSync(path, {throwIfNoEntry: false})
    if (now?.dev === dev && now.ino === ino)
      return (isLocked?.() ?? true) ? {is: 'held'} : {is: 'lost', why: `the lock on ${path} is gone`}
    return {is: 'lost', why: now ? `${path} was replaced by another file` : `${path} is gone`}
  } catch (error) {
    return {cause: error, is: 'unknown', why: (error as Error).message}
  }
}
