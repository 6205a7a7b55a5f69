import {ServerError} from '../errors.js'
import {type BackupFile, findBackup, listBackups, removeBackup} from '../files/backups.js'
import type {Graph} from '../graphs/locate.js'
import {begin, requireOwnGraph, type ServerOptions, withStartLock} from '../lifecycle/operation.js'

/** Options of a removal of backups. */
export interface RemoveOptions extends ServerOptions {
  /** Keep this number of the newest intact own backups, and remove the older own ones. */
  keep?: number
  /** Backups to remove, of any kind. */
  names?: readonly string[]
}

/** Result of a removal of backups. */
export interface RemoveResult {
  graph: string
  repo: string
  /** Names of the removed backups. */
  removed: string[]
}

/**
 * Removes backups of a graph. Needs no server. Under the start lock, so that no restore loses its source.
 * @throws ServerError `backup-not-found`, and then nothing was removed
 */
export async function removeBackups(options: RemoveOptions): Promise<RemoveResult> {
  const op = await begin(options)
  requireOwnGraph(op)
  return withStartLock(op, async () => {
    const {name: graph, repo} = op.graph
    const backups = listBackups(op.graph.dir)
    const chosen = new Set((options.names ?? []).map((name) => requireBackup(op.graph, backups, name)))
    if (options.keep !== undefined) for (const old of olderOwn(backups, options.keep)) chosen.add(old)
    for (const backup of chosen) removeBackup(backup)
    return {graph, repo, removed: [...chosen].map(({name}) => name)}
  })
}

/** Finds a backup. @throws ServerError `backup-not-found` with the existing names */
export function requireBackup({name: graph, repo}: Graph, backups: readonly BackupFile[], name: string): BackupFile {
  const found = findBackup(backups, name)
  if (found) return found
  throw new ServerError('backup-not-found', `${graph} has no backup ${JSON.stringify(name)}`, {
    details: {repo, backups: backups.map((backup) => backup.name)},
  })
}

/** Chooses older own backups. Damaged ones neither count nor are removed: the user removes them by name. */
function olderOwn(backups: readonly BackupFile[], keep: number): BackupFile[] {
  return backups.filter(({damaged, kind}) => kind === 'own' && !damaged).slice(keep)
}
