import {dirname} from 'node:path'

import {rootDirOf} from '../../graphs/data-dir.js'
import type {Graph} from '../../graphs/locate.js'
import type {LockRecord} from '../../lock/record.js'
import {readServerList} from '../../lock/server-list.js'
import type {ProcessFacts} from '../../process/identity.js'
import {directoriesOf} from '../../process/match.js'
import type {System} from '../../process/system.js'

/**
 * Completes a record of Logseq's own server, which since April 2026 has its port only in the list of servers. A line of
 * the list is believed only for a process that listens on the port, as far as the system reports.
 * @param found process of the record's pid
 */
export function withListedPort(
  system: System,
  graph: Pick<Graph, 'dataDir'>,
  record: LockRecord,
  found: ProcessFacts | undefined,
): LockRecord {
  if (record.port || record['auth-token'] !== undefined || !found) return record
  // The server's own words first: it may know the data directory by a link `graphs` in its root directory.
  const dataDirs = [...directoriesOf(found).map((dir) => dirname(dir)), graph.dataDir]
  const rootDirs = new Set(dataDirs.map((dir) => rootDirOf(dir)).filter((dir) => dir !== undefined))
  const listed = [...rootDirs].flatMap((dir) => readServerList(dir)).filter(({pid}) => pid === record.pid)
  const own = listed.findLast(({pid, port}) => system.processes.listens(pid, port) !== false)
  return own ? {...record, port: own.port} : record
}
