import {lstatSync, renameSync, type Stats} from 'node:fs'

import {systemCode} from '../errors.js'
import {quarantinePath, temporaryOf} from './names.js'
import {copyOwnFileSync} from './own-copies.js'
import {BESIDE_DATABASE} from './own-files.js'
import {removeIfThere} from './remove.js'

/** Returns what lies where SQLite has its files of a database. Beside a new database it would be taken for one of them. */
export function besideDatabase(path: string): string[] {
  return BESIDE_DATABASE.map((suffix) => path + suffix).filter((file) => statOf(file))
}

/** Returns those of them that hold something which a database may lack: a log with writes, a journal with what they replaced. */
export function logsOf(path: string): string[] {
  return ['-wal', '-journal'].map((suffix) => path + suffix).filter((file) => (statOf(file)?.size ?? 0) > 0)
}

function statOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, {throwIfNoEntry: false})
  } catch (error) {
    if (systemCode(error) === 'ENAMETOOLONG') return undefined // SQLite could not make it either
    throw error
  }
}

/** Renames what would be taken for a part of a new database: it may be all that is left of another one. */
export function setBesideAside(path: string): void {
  for (const file of besideDatabase(path)) renameSync(file, quarantinePath(file))
}

/**
 * Gives a database a log and a journal of its own, where they are hard links and the database is not: `cp -al` has copied the directory,
 * and one of the databases was replaced since. SQLite would write to the log of the other one, or empty it. Call it under the server
 * lock, before the database is opened.
 * @returns true if one of them was a link
 * @throws as `copyOwnFileSync`
 */
export function separateLogs(path: string): boolean {
  if ((statOf(path)?.nlink ?? 1) > 1) return false // both names are of one database, with one log
  let isSeparated = false
  for (const file of BESIDE_DATABASE.map((suffix) => path + suffix)) {
    const stat = statOf(file)
    if (!stat?.isFile() || stat.nlink <= 1) continue
    replaceByCopy(file, temporaryOf(path))
    isSeparated = true
  }

  return isSeparated
}

function replaceByCopy(file: string, copy: string): void {
  try {
    copyOwnFileSync(file, copy)
    renameSync(copy, file)
  } catch (error) {
    removeIfThere(copy)
    throw error
  }
}
