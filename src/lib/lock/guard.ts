import {lstatSync, renameSync, truncateSync} from 'node:fs'
import {join} from 'node:path'

import {type Clock, poll} from '../clock.js'
import {asideOf, GUARD} from '../graphs/files.js'
import {isBusy, isNotDatabase, openSqlite} from '../sqlite.js'

/** A held guard. The kernel frees it when this process dies, however it dies. */
export interface Guard {
  release(): void
}

/**
 * Takes the guard of a graph if nobody has it, without waiting. One call at a time in a process: POSIX locks are
 * the process's, and closing any descriptor of the file drops them.
 * @returns undefined when a living process holds it
 */
export function tryGuard(graphDir: string): Guard | undefined {
  const path = join(graphDir, GUARD)
  // Not a directory, and not a link either: what it leads to is somebody else's, and not to be cut off below.
  if (standsAt(path) === 'other') renameSync(path, asideOf(path))
  const db = openSqlite(path)
  try {
    db.exec('PRAGMA journal_mode = MEMORY') // it is never written to: no journal file beside it
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (isBusy(error)) return undefined
    if (!isNotDatabase(error)) throw error
    truncateSync(path) // its content means nothing, and only a file that nobody has locked can be read this far
    return tryGuard(graphDir)
  }

  return {
    release() {
      db.exec('ROLLBACK')
      db.close()
    },
  }
}

/**
 * Takes the guard, trying for `ms`: a dying process holds its locks a little into its zombie state.
 * @returns undefined when it is still held then
 */
export async function takeGuard(
  graphDir: string,
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<Guard | undefined> {
  return poll(clock, clock.now() + ms, () => tryGuard(graphDir), signal)
}

/**
 * Is the guard free, so that nobody lives who would hold it? Looks without making the file. Where it cannot be asked
 * (no right to open it, a read-only disk) the answer is no: nothing is proven.
 */
export function guardIsFree(graphDir: string): boolean {
  try {
    if (standsAt(join(graphDir, GUARD)) !== 'file') return true
    const guard = tryGuard(graphDir)
    guard?.release()
    return guard !== undefined
  } catch {
    return false // it cannot be asked: nothing is known to be free
  }
}

/** What is at this path itself: a link counts as `other`, wherever it leads. */
function standsAt(path: string): 'file' | 'nothing' | 'other' {
  const stat = lstatSync(path, {throwIfNoEntry: false})
  if (!stat) return 'nothing'
  return stat.isFile() ? 'file' : 'other'
}
