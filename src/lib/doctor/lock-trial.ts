import {ServerError} from '../errors.js'
import {isBusy, openSqlite} from '../sqlite.js'

/** What came of a try for the lock. */
export type LockOutcome = {outcome: 'busy' | 'held' | 'no-sqlite'} | {outcome: 'refused'; problem: string}

/** Takes the lock of SQLite on a file, and keeps it until this process ends: when its stdin is closed. */
export function holdLock(path: string): LockOutcome {
  const outcome = takeLock(path)
  if (outcome.outcome === 'held') process.stdin.resume().on('end', () => process.exit())
  return outcome
}

/** Tries for the lock that another process holds. */
export function tryLock(path: string): LockOutcome {
  return takeLock(path)
}

/** Takes the lock as a server does for its life: see `lib/lock/server-lock.ts`. It falls with this process. */
function takeLock(path: string): LockOutcome {
  try {
    const db = openSqlite(path)
    db.exec('PRAGMA journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
    return {outcome: 'held'}
  } catch (error) {
    if (error instanceof ServerError && error.code === 'sqlite-not-available') return {outcome: 'no-sqlite'}
    return isBusy(error) ? {outcome: 'busy'} : {outcome: 'refused', problem: (error as Error).message}
  }
}
