import {statSync} from 'node:fs'
import {join} from 'node:path'

import type {Graph} from '../graph/locate.js'
import {spellingsOf} from '../graph/name.js'
import type {LockRecord} from '../lock/record.js'

/**
 * Was this record copied along with its graph's directory, so that it names the daemon of the original? It says where
 * it was written: if a directory is there, and it is not this one under another path, the daemon serves that one.
 */
export function isCopied(graph: Graph, {'data-dir': dataDir, repo}: LockRecord): boolean {
  if (dataDir === undefined) return false
  const origins = spellingsOf(repo).map((dir) => inodeOf(join(dataDir, dir)))
  return origins.some((inode) => inode !== undefined) && !origins.includes(inodeOf(graph.dir))
}

function inodeOf(path: string): string | undefined {
  try {
    const {dev, ino} = statSync(path)
    return `${dev}-${ino}`
  } catch {
    return undefined // not there, or not ours to see: nothing is known of it
  }
}
