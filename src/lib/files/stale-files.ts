import {lstatSync, readdirSync, rmdirSync, unlinkSync} from 'node:fs'
import {join} from 'node:path'

import {staleFileKind} from './names.js'

/** A temporary file is written and renamed at once: one that is older than this, in ms, has lost its writer. */
const ABANDONED_MS = 3_600_000

/**
 * Removes what killed processes have left in a graph's directory: temporary files of long ago, and directories that were moved
 * aside and are empty. One that holds anything is not ours, and stays.
 * @param now in ms, as file times count it
 * @returns the paths that were removed
 */
export function removeStaleFiles(graphDir: string, now: number): string[] {
  return namesIn(graphDir)
    .filter((name) => removeIfStale(graphDir, name, now))
    .map((name) => join(graphDir, name))
}

/** @returns true if a file of this name was stale, and was removed */
function removeIfStale(graphDir: string, name: string, now: number): boolean {
  const path = join(graphDir, name)
  try {
    const kind = staleFileKind(name)
    if (kind === 'aside') rmdirSync(path)
    else if (kind === 'tmp' && isAbandoned(lstatSync(path).mtimeMs, now)) unlinkSync(path)
    else return false
    return true
  } catch {
    return false // just gone, not empty, or not to be changed: it does no harm where it is
  }
}

/**
 * Returns true for the time of a temporary file that no process writes any more. A time far ahead is of a clock that has been
 * set back since: the file must not stay until that time comes.
 * @param time last change, in ms
 */
export function isAbandoned(time: number, now: number): boolean {
  return Math.abs(now - time) > ABANDONED_MS
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return [] // the directory is gone: the next step of the start reports it
  }
}
