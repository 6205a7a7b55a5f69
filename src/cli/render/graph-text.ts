import type {BackupResult} from '../../lib/client/backup.js'
import type {CheckResult} from '../../lib/client/check.js'
import type {ExportResult} from '../../lib/client/export.js'
import type {GraphInfo} from '../../lib/client/info.js'
import {KEPT_BACKUPS} from '../../lib/files/thinning.js'
import type {ImportResult} from '../../lib/graph-operations/import.js'
import type {RemovalPlan, RemoveGraphResult} from '../../lib/graph-operations/remove.js'
import type {RenameGraphResult} from '../../lib/graph-operations/rename.js'
import type {RestorePlan, RestoreResult} from '../../lib/graph-operations/restore.js'
import type {GraphList} from '../../lib/graphs/list.js'
import type {StartResult} from '../../lib/lifecycle/results.js'
import {bytes} from '../../lib/size-text.js'
import type {CurrentGraph} from '../current-graph.js'
import {escapeControls, printable, style} from '../output.js'
import {noGraphsText} from './no-graphs-text.js'
import {renderTable} from './table.js'

/** Returns the lines for a list of graphs. */
export function graphListText({'data-dir': dataDir, graphs}: GraphList): string[] {
  if (graphs.length === 0) return [noGraphsText(dataDir)]
  return renderTable(
    ['GRAPH', 'SIZE', 'CHANGED', 'DIRECTORY'],
    graphs.map(({dir, graph, modified, size}) => [
      printable(graph),
      size === undefined ? '-' : bytes(size),
      modified === undefined ? '-' : localTime(modified),
      printable(dir),
    ]),
  )
}

/** Returns the lines for a new graph. */
export function graphCreateText({graph, log, pid}: StartResult): string[] {
  const dir = log.slice(0, log.lastIndexOf('/'))
  return [
    style('success', `Graph created: ${printable(graph)}`),
    `  Directory  ${printable(dir)}`,
    `  Server     ready (pid ${pid})`,
  ]
}

/** Returns the lines for a new backup, or for the list of backups. */
export function backupText({backups, created, graph, removed}: BackupResult): string[] {
  const head = [
    ...(created === undefined ? [] : [style('success', `Backup created: ${printable(created)}`)]),
    ...(removed === undefined ? [] : backupsRemovedText({removed})),
  ]
  if (backups.length === 0)
    return [`No backups of ${printable(graph)}. Create one with \`logseq graph backup --repo NAME\`.`]
  const rows = backups.map(({damaged, kind, name, size, time, unchecked}) => [
    printable(name),
    bytes(size),
    localTime(time),
    kind + (damaged ? ', damaged' : '') + (unchecked ? ', not checked' : ''),
  ])
  return [...head, ...renderTable(['BACKUP', 'SIZE', 'MADE', 'KIND'], rows), ...retentionText(backups)]
}

/** Returns the lines for removed backups. */
export function backupsRemovedText({removed}: {removed: readonly string[]}): string[] {
  return removed.length === 0
    ? ['No backup to remove']
    : removed.map((name) => style('success', `Backup removed: ${printable(name)}`))
}

/** Describes the retention, for lists with automatic backups. */
function retentionText(backups: BackupResult['backups']): string[] {
  if (backups.every(({kind}) => kind === 'own')) return []
  const {days, recent, weeks} = KEPT_BACKUPS
  return [
    `Retention: your own backups stay until you remove them; of the others the newest ${recent}, one a day for ${days} days, one a week for ${weeks} weeks`,
  ]
}

/** Returns the lines for a check without findings. */
export function checkText({datoms, garbage, graph, nodes, rows, tail, validity}: CheckResult): string[] {
  return [
    style('success', `Graph is intact: ${printable(graph)}`),
    `  Facts  ${datoms.eavt}${tail === 0 ? '' : ` (plus ${tail} changes not yet indexed)`}`,
    `  Rows   ${rows} (${nodes} in use, ${garbage} unused)`,
    ...(validity === undefined ? [] : [`  Valid  ${validity.pages} pages, ${validity.blocks} blocks`]),
  ]
}

/** Returns the lines for an export. */
export function exportText({file, graph, size}: ExportResult): string[] {
  return [style('success', `Graph exported: ${printable(graph)}`), `  File  ${printable(file)} (${bytes(size)})`]
}

/** Returns the question that precedes a restore. */
export function restoreQuestion({graph, made, source}: RestorePlan): string {
  const what = made === undefined ? printable(source) : `${printable(source)} (${localTime(made)})`
  return `${what} will replace ${printable(graph)}; the current database is kept. Continue?`
}

/** Returns the lines for a restore. */
export function restoreText({backup, file, graph, restarted, 'set-aside': aside}: RestoreResult): string[] {
  return [
    style('success', `Graph restored: ${printable(graph)} from ${printable(backup ?? file ?? '')}`),
    `  The previous database was kept as ${printable(aside)}`,
    ...(restarted ? ['  The server was restarted'] : []),
  ]
}

/** Returns the lines for an import. */
export function importText({dir, file, graph, size}: ImportResult): string[] {
  return [
    style('success', `Graph imported: ${printable(graph)}`),
    `  File       ${printable(file)}`,
    `  Directory  ${printable(dir)}`,
    `  Database   ${bytes(size)}`,
  ]
}

/** Returns the lines for the description of a graph. */
export function graphInfoText(info: GraphInfo): string[] {
  const {backups, counts, created, dir, graph, hint, kind, log, modified, search, server, size} = info
  const version = info['schema-version']
  const rows: Array<[name: string, value: string | undefined]> = [
    ['Directory', printable(dir)],
    ['Size', size === undefined ? 'no database yet' : bytes(size)],
    ['Kind', kind && printable(kind)],
    ['Schema', version && printable(version)],
    ['Content', counts && `${counts.pages} pages, ${counts.blocks} blocks`],
    ['Created', created && localTime(created)],
    ['Changed', modified && localTime(modified)],
    ['Server', server.pid === undefined ? server.status : `${server.status} (pid ${server.pid})`],
    ['Backups', backupsText(backups)],
    ['Search', search && `${bytes(search.size)} index`],
    ['Log', log && printable(log)],
  ]
  return [
    `Graph ${style('name', printable(graph))}`,
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(9)}  ${value}`])),
    ...(hint === undefined ? [] : [`${style('hint', 'Hint:')} ${hint}`]),
  ]
}

function backupsText({count, newest, size}: GraphInfo['backups']): string {
  return newest ? `${count} (${bytes(size)}), the newest of ${localTime(newest.time)}` : 'none'
}

/** Returns the question that precedes a removal. */
export function removalQuestion({dir, graph}: RemovalPlan): string {
  return `${printable(graph)} (${printable(dir)}) will be moved to the removed graphs, with its backups. Continue?`
}

/** Returns the lines for a removed graph. */
export function graphRemoveText({graph, 'moved-to': path, stopped, undo}: RemoveGraphResult): string[] {
  return [
    style('success', `Graph removed: ${printable(graph)}`),
    `  Directory  ${printable(path)}`,
    ...(stopped ? ['  Its server was stopped'] : []),
    `  Undo       ${escapeControls(undo)}`,
  ]
}

/** Returns the lines for a renamed graph. */
export function graphRenameText({dir, graph, 'renamed-from': from, restarted}: RenameGraphResult): string[] {
  return [
    style('success', `Graph renamed: ${printable(from)} is now ${printable(graph)}`),
    `  Directory  ${printable(dir)}`,
    ...(restarted ? ['  Its server was restarted'] : []),
  ]
}

/** Returns the lines for the current graph. */
export function graphSwitchText({config, graph, previous}: CurrentGraph): string[] {
  return [
    graph === undefined
      ? 'No current graph. Choose one with `logseq graph switch NAME`.'
      : style('success', `Current graph: ${printable(graph)}`),
    ...(previous === undefined || previous === graph ? [] : [`  Previous  ${printable(previous)}`]),
    `  File      ${printable(config)}`,
  ]
}

/** Formats a date and time in the local time zone. */
function localTime(iso: string): string {
  const date = new Date(iso)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}
