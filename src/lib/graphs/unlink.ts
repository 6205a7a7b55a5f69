import {renameSync} from 'node:fs'
import {dirname} from 'node:path'

import {ServerError} from '../errors.js'
import {syncDirectory} from '../files/own-files.js'
import {pathInTrash} from './trash.js'

/**
 * Checks that the directory of a graph can be taken out of the list.
 * @throws ServerError `data-dir-permission` for one that stands elsewhere: a link leads to it, and others may use it
 */
export function requireUnlinkable({dataDir, dir, name}: {dataDir: string; dir: string; name: string}): void {
  if (dirname(dir) === dataDir) return
  throw new ServerError('data-dir-permission', `${name} is a link to ${dir}, which is not moved`, {
    details: {path: dir},
    hint: `Stop its server, then remove the link from ${dataDir}.`,
  })
}

/**
 * Takes a graph out of the list: its whole directory is moved to the removed graphs, and nothing is deleted. The caller
 * holds the server lock, and has closed the database.
 * @param now for the name, if there is one of that name, in ms since 1970
 * @returns where it is now
 */
export function unlinkGraph(dir: string, now: number): string {
  const target = pathInTrash(dirname(dir), dir, now)
  renameSync(dir, target)
  syncDirectory(dirname(target))
  syncDirectory(dirname(dir))
  return target
}
