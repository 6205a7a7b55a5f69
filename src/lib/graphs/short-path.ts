import {MAX_DATABASE_PATH, permissionError} from '../files/file-error.js'

/** Longest name in a graph directory that SQLite opens: that of an automatic backup, while it is written before the first write. */
const LONGEST_NAME = '/backups/auto-20261128T115903123Z-unchecked.sqlite.1a2b3c4d.part'

/**
 * Refuses the path of a new graph directory in which the graph could be opened, and never written.
 * @throws ServerError `data-dir-permission`
 */
export function requireShortPath(graphDir: string): void {
  if (Buffer.byteLength(graphDir) + LONGEST_NAME.length <= MAX_DATABASE_PATH) return
  throw permissionError(graphDir, Object.assign(new Error('too long'), {code: 'ENAMETOOLONG'}))
}
