import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {type Backup, listBackups, publicBackup} from '../graphs/backups.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph} from '../graphs/locate.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {removeBackups} from '../lifecycle/remove-backups.js'
import {callMethod} from './call.js'

/** The backups of a graph. Keys are those of the CLI's JSON. */
export interface BackupResult {
  graph: string
  repo: string
  /** Name of the backup that was made. */
  created?: string
  /** Names of the older ones of the person's own that were removed, where that was asked for. */
  removed?: string[]
  /** Newest first. */
  backups: Backup[]
  warnings: string[]
}

/** What a backup is told. */
export interface BackupOptions extends StartOptions {
  /** Remove all of the person's own backups but so many of the newest. */
  keep?: number
  queryTimeoutMs?: number
}

/** Which backups a graph has. Starts no server. @throws ServerError `graph-not-exists`, ... */
export function graphBackups({dataDir, repo}: Pick<StartOptions, 'dataDir' | 'repo'>): BackupResult {
  const graph = findGraph(repo, dataDir ?? DEFAULT_DATA_DIR)
  const backups = listBackups(graph.dir).map((backup) => publicBackup(backup))
  return {graph: graph.name, repo: graph.repo, backups, warnings: []}
}

/**
 * Makes a backup of a graph, through its server. It is kept until it is removed by its name, or by `keep`.
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function backUpGraph(options: BackupOptions): Promise<BackupResult> {
  const {value} = await callMethod(options, 'graph/backup', [], options.queryTimeoutMs)
  const made = value as ValueMap
  const name = String(made.get(keyword('name')))
  const damaged = made.get(keyword('damaged')) === true
  // A damaged copy must not take the place of a good one.
  const removed = options.keep === undefined || damaged ? undefined : (await removeBackups(options)).removed
  const {graph, repo, backups} = graphBackups(options)
  const warnings = damaged
    ? [`${graph} is damaged, and so is this backup; \`logseq graph check\` tells what is wrong`]
    : []
  return {graph, repo, created: name, ...(removed && {removed}), backups, warnings}
}
