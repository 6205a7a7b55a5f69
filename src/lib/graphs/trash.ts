import {lstatSync} from 'node:fs'
import {basename, join} from 'node:path'

import {makeOwnDirectory} from '../files/own-files.js'
import {requireWritable} from './data-dir.js'

/** Directory of removed graphs, beside the graphs. Logseq keeps its own there, and lists none of them. */
const TRASH = 'Unlinked graphs'

/** Maximum length of a file name, in bytes. Names of graph directories are ASCII. */
const MAX_NAME_BYTES = 255

/**
 * Chooses the path of a removed graph in the trash directory, which is created if it does not exist.
 * @param now time for the name if an earlier graph of that name is there, in ms since 1970
 * @throws ServerError `data-dir-permission` if the trash directory is a link, or not writable
 */
export function pathInTrash(dataDir: string, graphDir: string, now: number): string {
  const trash = makeOwnDirectory(join(dataDir, TRASH))
  requireWritable(trash)
  const name = basename(graphDir)
  const taken = (path: string) => lstatSync(path, {throwIfNoEntry: false}) !== undefined
  const plain = join(trash, name)
  if (!taken(plain)) return plain
  for (let stamp = now; ; stamp++) {
    const suffix = `-${new Date(stamp).toISOString().replaceAll(/[-:.]/g, '')}`
    const path = join(trash, name.slice(0, MAX_NAME_BYTES - suffix.length) + suffix)
    if (!taken(path)) return path
  }
}
