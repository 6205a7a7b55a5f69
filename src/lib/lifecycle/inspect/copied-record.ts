import {statSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../../errors.js'
import {DATABASE} from '../../graphs/files.js'
import type {Graph} from '../../graphs/locate.js'
import {spellingsOf} from '../../graphs/name.js'
import type {LockRecord} from '../../lock/record.js'
import type {ProcessFacts} from '../../process/identity.js'
import {directoriesOf} from '../../process/match.js'
import type {System} from '../../process/system.js'

/**
 * Does a graph's record name the daemon of another directory? It says where it was written: if a directory is there, and it is
 * not this one under another path, the record was copied along with it, and the daemon serves that one. If nothing is
 * there any more, the directory was moved away from its daemon, which ends itself. The record of Logseq's own daemon
 * says nothing: the daemon's command line does.
 * @param found the process of the record's pid
 * @param samePaths does the daemon see the same file system as this process, so that "nothing is there" says something?
 */
export async function isCopiedRecord(
  system: System,
  graph: Graph,
  record: LockRecord,
  found: ProcessFacts | undefined,
  samePaths: () => Promise<boolean>,
): Promise<boolean> {
  const origins = originsOf(record, found).map((dir) => inodeOf(dir))
  if (origins.length === 0 || origins.includes(undefined)) return false
  const there = origins.filter((inode) => inode !== 'nothing')
  if (there.length > 0) return !there.includes(inodeOf(graph.dir))
  if (!(await samePaths())) return false
  // Logseq's own daemon goes on when its directory is moved: it still writes the database that it has open.
  return record['auth-token'] !== undefined || system.processes.opens(record.pid, join(graph.dir, DATABASE)) === false
}

function originsOf(record: LockRecord, found: ProcessFacts | undefined): string[] {
  const {'auth-token': token, 'data-dir': dataDir, repo} = record
  if (dataDir !== undefined) return spellingsOf(repo).map((dir) => join(dataDir, dir))
  return token === undefined && found ? directoriesOf(found) : []
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
