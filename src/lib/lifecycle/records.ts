import {rootDirOf} from '../graphs/data-dir.js'
import type {Graph} from '../graphs/locate.js'
import type {OwnerProcess} from '../lock/owner.js'
import {readRecord, removeRecord, writeRecord} from '../lock/record-file.js'
import type {LockRecord} from '../lock/record.js'
import {linesLeftBy, removeFromServerList} from '../lock/server-list.js'
import {acquireServerLock} from '../lock/server-lock.js'
import {livenessOf} from '../process/identity.js'
import type {System} from '../process/system.js'

/** Maximum time to try for the lock of the list of servers, in ms. */
const LIST_MS = 500

/**
 * Clears the record of a dead server. Only under the server lock, and only the record that was inspected: another one
 * belongs to a live server.
 * @param ms time to try for the server lock, which a process that was just killed holds a little longer
 */
export async function clearDeadRecord(system: System, graph: Graph, dead: LockRecord, ms = 0): Promise<void> {
  try {
    const lock = await acquireServerLock(graph.dir, system.clock, ms)
    if (!lock) return
    try {
      if (isStill(graph, dead)) removeRecord(graph.dir)
    } finally {
      lock.release()
    }

    await clearListed(system, rootDirOf(graph.dataDir), dead)
  } catch {
    // a read-only or full disk: the record stays, which does no harm; the error being reported matters more
  }
}

/**
 * Removes what a server that is gone has left in Logseq's list of servers, if it could not do so itself.
 * @throws the file system's error, and ServerError `data-dir-permission`
 */
async function clearListed(system: System, rootDir: string | undefined, dead: LockRecord): Promise<void> {
  if (rootDir === undefined) return
  await removeFromServerList(system, rootDir, await linesLeftBy(system, rootDir, dead), {ms: LIST_MS})
}

/**
 * Makes the CLI the owner of a server without an owner. Under the start lock. Only the owner and the lifetime change:
 * the server no longer ends with an app.
 * @returns the new record; undefined if the server or its record is no longer the inspected one
 */
export function takeOver(system: System, graph: Graph, seen: LockRecord): Promise<LockRecord | undefined> {
  return rewriteOwner(system, graph, seen, (record) => {
    const {'owner-id': _, 'owner-pid': __, 'owner-start': ___, ...kept} = record
    return {...kept, 'owner-source': 'cli', ...(kept.lifetime === 'leased' && {lifetime: 'persistent'})}
  })
}

/** Names another process of the app that owns a server: it was started again. Under the start lock; returns as `takeOver`. */
export function renewOwner(
  system: System,
  graph: Graph,
  seen: LockRecord,
  {pid, start}: OwnerProcess,
): Promise<LockRecord | undefined> {
  return rewriteOwner(system, graph, seen, (record) => ({...record, 'owner-pid': pid, 'owner-start': start}))
}

async function rewriteOwner(
  system: System,
  graph: Graph,
  seen: LockRecord,
  rewrite: (record: LockRecord) => LockRecord,
): Promise<LockRecord | undefined> {
  const read = readRecord(graph.dir)
  if (read.kind !== 'present' || !isSame(read.record, seen)) return undefined
  const liveness = livenessOf(seen, await system.processes.hostIdentity(), await system.processes.getProcess(seen.pid))
  if (liveness === 'dead') return undefined
  const record = rewrite(read.record)
  writeRecord(graph.dir, record)
  return record
}

/** Returns true if the record of a server is still there. */
export function isStill(graph: Graph, record: LockRecord): boolean {
  const read = readRecord(graph.dir)
  return read.kind === 'present' && isSame(read.record, record)
}

function isSame(a: LockRecord, b: LockRecord): boolean {
  return a.pid === b.pid && a['lock-id'] === b['lock-id']
}
