import {existsSync, realpathSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {DATABASE} from './names.js'
import {BESIDE_DATABASE} from './own-files.js'

/** Names of files by which a graph is served, or that are to be. */
const OF_GRAPH = /^(?:db\.sqlite|db-worker)/

/**
 * Returns true if SQLite, or the server of a graph, would open a new file of this path as one of its own.
 * @throws the error of the file system if its directory cannot be used
 */
export function isTakenForPart(path: string): boolean {
  const name = basename(path)
  const dir = realpathSync(dirname(path))
  if (OF_GRAPH.test(name) && existsSync(join(dir, DATABASE))) return true
  const suffix = BESIDE_DATABASE.find((one) => name.endsWith(one))
  return suffix !== undefined && existsSync(join(dir, name.slice(0, -suffix.length)))
}
