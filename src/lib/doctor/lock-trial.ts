import {ServerError} from '../errors.js'
import {isBusy, openSqlite} from '../sqlite.js'

/** Outcome of a try for the lock. */
export interface LockOutcome {
  outcome: 'busy' | 'held' | 'no-sqlite' | 'refused'
}

/** Takes the lock of SQLite on a file, and keeps it until stdin of this process is closed. */
export function holdLock(path: string): LockOutcome {
  return takeLock(path, (release) => process.stdin.resume().on('end', release))
}

/** Tries for the lock that another process holds. */
export function tryLock(path: string): LockOutcome {
  return takeLock(path, (release) => release())
}

/** Takes the lock as a server does for its life: see `lib/lock/server-lock.ts`. */
function takeLock(path: string, held: (release: () => void) => void): LockOutcome {
  try {
    const db = openSqlite(path)
    db.exec('PRAGMA journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
    held(() => db.close())
    return {outcome: 'held'}
  } catch (error) {
    if (error instanceof ServerError && error.code === 'sqlite-not-available') return {outcome: 'no-sqlite'}
    return {outcome: isBusy(error) ? 'busy' : 'refused'}
  }
}
