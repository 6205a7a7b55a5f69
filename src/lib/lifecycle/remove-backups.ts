import {ServerError} from '../errors.js'
import {type BackupFile, findBackup, listBackups, removeBackup} from '../graphs/backups.js'
import type {Graph} from '../graphs/locate.js'
import {begin, requireOwnGraph, type ServerOptions, withLifecycle} from './operation.js'

/** What a removal of backups is told. */
export interface RemoveOptions extends ServerOptions {
  /** Keep the newest of the person's own backups that are not damaged, and remove older ones of the person's own. */
  keep?: number
  /** Backups to remove, of any kind. */
  names?: readonly string[]
}

export interface RemoveResult {
  graph: string
  repo: string
  /** Names of the backups that were removed. */
  removed: string[]
}

/**
 * Removes backups of a graph. Needs no server. Under the start lock, so that no restore loses its source.
 * @throws ServerError `backup-not-found`, and then nothing was removed
 */
export async function removeBackups(options: RemoveOptions): Promise<RemoveResult> {
  const op = await begin(options)
  requireOwnGraph(op)
  return withLifecycle(op, async () => {
    const {name: graph, repo} = op.graph
    const backups = listBackups(op.graph.dir)
    const chosen = new Set((options.names ?? []).map((name) => requireBackup(op.graph, backups, name)))
    if (options.keep !== undefined) for (const old of olderOwn(backups, options.keep)) chosen.add(old)
    for (const backup of chosen) removeBackup(backup)
    return {graph, repo, removed: [...chosen].map(({name}) => name)}
  })
}

/** @throws ServerError `backup-not-found` with the names there are */
export function requireBackup({name: graph, repo}: Graph, backups: readonly BackupFile[], name: string): BackupFile {
  const found = findBackup(backups, name)
  if (found) return found
  throw new ServerError('backup-not-found', `${graph} does not have a backup ${JSON.stringify(name)}`, {
    details: {repo, backups: backups.map((backup) => backup.name)},
  })
}

/** A damaged backup neither counts nor goes: its person decides about it by its name. */
function olderOwn(backups: readonly BackupFile[], keep: number): BackupFile[] {
  return backups.filter(({damaged, kind}) => kind === 'own' && !damaged).slice(keep)
}
