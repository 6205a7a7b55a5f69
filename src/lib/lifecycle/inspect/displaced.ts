import {statSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../../errors.js'
import type {Graph} from '../../graphs/locate.js'
import {spellingsOf} from '../../graphs/name.js'
import type {LockRecord} from '../../lock/record.js'

/**
 * Does a graph's record name the daemon of another directory? It says where it was written: if a directory is there, and it is
 * not this one under another path, the record was copied along with it, and the daemon serves that one. If nothing is
 * there any more, the directory was moved away from its daemon, which ends itself.
 * @param samePaths does the daemon see the same file system as this process, so that "nothing is there" says something?
 */
export function isDisplaced(
  graph: Graph,
  {'data-dir': dataDir, repo}: LockRecord,
  samePaths: () => boolean | Promise<boolean>,
): Promise<boolean> | boolean {
  if (dataDir === undefined) return false
  const origins = spellingsOf(repo).map((dir) => inodeOf(join(dataDir, dir)))
  if (origins.length === 0 || origins.includes(undefined)) return false
  const there = origins.filter((inode) => inode !== 'nothing')
  return there.length > 0 ? !there.includes(inodeOf(graph.dir)) : samePaths()
}

/** @returns undefined when it may not be seen: nothing is known of it */
function inodeOf(path: string): string | undefined {
  try {
    const {dev, ino} = statSync(path)
    return `${dev}-${ino}`
  } catch (error) {
    return ['ENAMETOOLONG', 'ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '') ? 'nothing' : undefined
  }
}
