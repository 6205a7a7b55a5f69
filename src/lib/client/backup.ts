import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {type Backup, listBackups} from '../graphs/backups.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph} from '../graphs/locate.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {callMethod} from './call.js'

/** The backups of a graph. Keys are those of the CLI's JSON. */
export interface BackupResult {
  graph: string
  repo: string
  /** Name of the backup that was made. */
  created?: string
  /** Newest first. */
  backups: Backup[]
}

/** Which backups a graph has. Starts no server. @throws ServerError `graph-not-exists`, ... */
export function graphBackups({dataDir, repo}: Pick<StartOptions, 'dataDir' | 'repo'>): BackupResult {
  const graph = findGraph(repo, dataDir ?? DEFAULT_DATA_DIR)
  return {graph: graph.name, repo: graph.repo, backups: listBackups(graph.dir)}
}

/**
 * Makes a backup of a graph, through its server. The oldest of those that are more than enough is removed.
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function backUpGraph(options: StartOptions, queryTimeoutMs?: number): Promise<BackupResult> {
  const {value} = await callMethod(options, 'graph/backup', [], queryTimeoutMs)
  const {graph, repo, backups} = graphBackups(options)
  return {graph, repo, created: String((value as ValueMap).get(keyword('name'))), backups}
}
