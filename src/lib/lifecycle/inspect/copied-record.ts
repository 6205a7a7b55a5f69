import {statSync} from 'node:fs'
import {join} from 'node:path'

import {systemCode} from '../../errors.js'
import {DATABASE} from '../../files/names.js'
import type {Graph} from '../../graphs/locate.js'
import {spellingsOf} from '../../graphs/name.js'
import type {LockRecord} from '../../lock/record.js'
import type {ProcessFacts} from '../../process/identity.js'
import {directoriesOf} from '../../process/match.js'
import type {System} from '../../process/system.js'

/**
 * Returns true if a graph's record names the server of another directory. The record names the directory it was written
 * for. If that exists and is not this one under another path, the record was copied, and the server serves the other
 * one. If it does not exist, the directory was moved, and its server exits. Records of Logseq's own server name no
 * directory; the command line does.
 * @param found process of the record's pid
 * @param samePaths true if the server sees the same file system, so that a missing directory means something
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
  // Logseq's own server keeps running when its directory is moved, and writes to the database that it has open.
  return record['auth-token'] !== undefined || system.processes.opens(record.pid, join(graph.dir, DATABASE)) === false
}

function originsOf(record: LockRecord, found: ProcessFacts | undefined): string[] {
  const {'auth-token': token, 'data-dir': dataDir, repo} = record
  if (dataDir !== undefined) return spellingsOf(repo).map((dir) => join(dataDir, dir))
  return token === undefined && found ? directoriesOf(found) : []
}

/** @returns undefined if the path is not accessible, so nothing is known */
function inodeOf(path: string): string | undefined {
  try {
    const {dev, ino} = statSync(path)
    return `${dev}-${ino}`
  } catch (error) {
    return ['ENAMETOOLONG', 'ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '') ? 'nothing' : undefined
  }
}
