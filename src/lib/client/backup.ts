import {keyword} from '../../values/scalars.js'
import {ValueMap} from '../../values/types.js'
import {type Backup, listBackups, publicBackup} from '../files/backups.js'
import {removeBackups} from '../graph-operations/remove-backups.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {findGraph} from '../graphs/locate.js'
import type {StartOptions} from '../lifecycle/operation.js'
import {requireText} from '../require-argument.js'
import {callMethod} from './call.js'

/** Backups of a graph. The keys are those of the CLI's JSON. */
export interface BackupResult {
  graph: string
  repo: string
  /** Name of the new backup. */
  created?: string
  /** Names of the older own backups that were removed, if `keep` was given. */
  removed?: string[]
  /** Newest first. */
  backups: Backup[]
  warnings: string[]
}

/** Options of a backup. */
export interface BackupOptions extends StartOptions {
  /** Remove all own backups except this number of the newest. */
  keep?: number
  queryTimeoutMs?: number
}

/** Lists the backups of a graph. Starts no server. @throws ServerError `graph-not-exists`, ... */
export function graphBackups(options: Pick<StartOptions, 'dataDir' | 'repo'>): BackupResult {
  requireText(options, 'repo')
  const graph = findGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  const backups = listBackups(graph.dir).map((backup) => publicBackup(backup))
  return {graph: graph.name, repo: graph.repo, backups, warnings: []}
}

/**
 * Creates a backup of a graph, through its server. It is kept until it is removed by its name, or by `keep`.
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function backUpGraph(options: BackupOptions): Promise<BackupResult> {
  requireText(options, 'repo')
  const {value} = await callMethod(options, 'graph/backup', [], options.queryTimeoutMs)
  const made = value as ValueMap
  const name = String(made.get(keyword('name')))
  const damaged = made.get(keyword('damaged')) === true
  // A damaged copy must not displace an intact one.
  const removed = options.keep === undefined || damaged ? undefined : (await removeBackups(options)).removed
  const {graph, repo, backups} = graphBackups(options)
  const warnings = damaged
    ? [`${graph} is damaged, and so is this backup; \`logseq graph check\` shows what is wrong`]
    : []
  return {graph, repo, created: name, ...(removed && {removed}), backups, warnings}
}
