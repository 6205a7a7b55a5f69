import {lstatSync, renameSync, type Stats} from 'node:fs'

import {systemCode} from '../errors.js'
import {quarantinePath} from './names.js'
import {BESIDE_DATABASE} from './own-files.js'

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
