import {encodeGraphDir} from '../../lib/graphs/name.js'
import type {Clients} from '../../lib/lifecycle/inspect/reported-use.js'
import type {RestartAllResult} from '../../lib/lifecycle/restart-all.js'
import type {
  ListResult,
  NotRunningResult,
  Runtime,
  StartResult,
  StatusResult,
  StopResult,
} from '../../lib/lifecycle/results.js'
import type {StopAllResult} from '../../lib/lifecycle/stop-all.js'
import type {UncleanEnd} from '../../lib/lock/unclean-end.js'
import {ownRevision} from '../../lib/package-root.js'
import {present} from '../../values/present.js'
import {escapeControls, printable, style} from '../output.js'
import {noGraphsText, noListedServersText} from './no-graphs-text.js'
import {renderTable} from './table.js'

/** Returns the lines for a start or restart. `did` is the verb for a new server. */
export function startText(result: StartResult, did: string): string[] {
  const name = printable(result.graph)
  const head = result.reused ? `Server already running: ${name}` : `Server ${did}: ${name}`
  const orphans = result['orphans-terminated']
  return [
    style('success', head) + (result.created ? ' (new graph)' : ''),
    ...labelled(runtimeRows(result)),
    ...(orphans.length > 0 ? [`  Stopped a leftover server first (pid ${orphans.join(', ')})`] : []),
    ...(result['orphan-scan'].startsWith('failed')
      ? [`  Could not search for leftover servers (${result['orphan-scan']})`]
      : []),
  ]
}

/** Returns the lines for a restart of several servers. @param none line for no server */
export function restartAllText({servers}: RestartAllResult, none: string): string[] {
  if (servers.length === 0) return [none]
  const nameOf = namesOf(servers)
  return servers.flatMap((server) => {
    const name = nameOf(server)
    if (server.outcome === 'restarted') return [style('success', `Server restarted: ${name}`)]
    if (server.outcome === 'not-owned')
      return [`Server left running: ${name} (it belongs to ${printable(server['owner-source'] ?? 'others')})`]
    return failureText(`Server not restarted: ${name}`, server.error)
  })
}

const STOPPED_BY: Record<StopResult['stopped-by'], string> = {
  shutdown: '',
  sigkill: ' (did not respond; stopped with SIGKILL)',
  sigterm: ' (did not respond; stopped with SIGTERM)',
}

/** Returns the lines for a stop. */
export function stopText(result: StopResult): string[] {
  return stoppedText(printable(result.graph), result)
}

function stoppedText(name: string, {'stopped-by': by}: Pick<StopResult, 'stopped-by'>): string[] {
  return [style('success', `Server stopped: ${name}`) + STOPPED_BY[by]]
}

/** Graph of one of several data directories. */
interface Placed {
  'data-dir'?: string
  graph: string
}

/** Returns a function that names graphs, with their data directories if there are several. */
function namesOf(servers: readonly Placed[]): (server: Placed) => string {
  const several = areInSeveral(servers)
  return ({'data-dir': dir, graph}) => printable(graph) + (several && dir !== undefined ? ` in ${printable(dir)}` : '')
}

function areInSeveral(servers: readonly Placed[]): boolean {
  return new Set(servers.map((server) => server['data-dir'])).size > 1
}

/** Returns the lines for the status of a server. */
export function statusText(result: StatusResult): string[] {
  const {
    clients,
    damage,
    'idle-timeout-ms': idle,
    log,
    memory,
    revision,
    'unclean-end': unclean,
    'uptime-ms': uptime,
  } = result
  return [
    `Server ${paintStatus(result.status)}: ${printable(result.graph)}`,
    ...labelled([
      ...(result.pid === undefined ? [] : runtimeRows(result as Runtime)),
      ['Uptime', uptime === undefined ? undefined : duration(uptime)],
      ['Memory', memory === undefined ? undefined : memoryText(memory)],
      ['Clients', clients && clientsText(clients)],
      ['Idle', idle === undefined ? undefined : idleText(idle, result['idle-ms'])],
      ['Build', revision === undefined ? undefined : printable(revision)],
      ['Damage', damage === undefined ? undefined : printable(damage)],
      ['Log', log === undefined ? undefined : printable(log)],
      ['Ended', unclean && uncleanText(unclean)],
    ]),
    ...(result.hint === undefined ? [] : [`${style('hint', 'Hint:')} ${escapeControls(result.hint)}`]),
  ]
}

/** Returns the lines for a stop of a server that does not run. */
export function notRunningText({graph}: NotRunningResult): string[] {
  return [`No server is running for ${printable(graph)}`]
}

/** Returns the lines for a stop of all servers. */
export function stopAllText({'data-dir': dataDir, servers}: StopAllResult): string[] {
  if (servers.length === 0) return [noServersText(dataDir)]
  const nameOf = namesOf(servers)
  return servers.flatMap((server) => {
    const name = nameOf(server)
    if (server.outcome === 'stopped') return stoppedText(name, server)
    if (server.outcome === 'not-owned')
      return [
        `Server left running: ${name} (it belongs to ${printable(server['owner-id'] ?? server['owner-source'] ?? 'others')})`,
      ]
    return failureText(`Server not stopped: ${name}`, server.error)
  })
}

/** Returns the line for an operation on all servers where none runs. */
export function noServersText(dataDir: string): string {
  return `No servers are running for the graphs in ${printable(dataDir)}.`
}

function failureText(what: string, {code, hint, message}: {code: string; hint: string; message: string}): string[] {
  return [
    `${style('error', what)} (${code}: ${escapeControls(message)})`,
    `  ${style('hint', 'Hint:')} ${escapeControls(hint)}`,
  ]
}

function memoryText(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}

/** Lists connections, then the leases and event streams among them. */
function clientsText({connections, 'event-streams': streams, leases}: Clients): string {
  const counted = (number: number, noun: string) =>
    number === 0 ? [] : [`${number} ${noun}${number === 1 ? '' : 's'}`]
  const among = [...counted(leases, 'lease'), ...counted(streams, 'event stream')]
  return `${connections}${among.length === 0 ? '' : ` (${among.join(', ')})`}`
}

function idleText(timeoutMs: number, idleMs: number | undefined): string {
  const since = idleMs === undefined ? '' : `, unused for ${duration(idleMs)}`
  return `ends after ${duration(timeoutMs)} without use${since}`
}

function uncleanText({copied, pid, reason}: UncleanEnd): string {
  const which = pid === undefined ? '' : ` (pid ${pid})`
  if (copied) return `unknown: this directory is a copy; a server${which} served the original`
  return reason === undefined
    ? `not cleanly${which}: it was killed, or the machine went down`
    : `the graph may be damaged${which}: ${printable(reason)}`
}

/** Returns the lines for a list of servers. @param all true if graphs without a server are listed too */
export function listText({'data-dir': dataDir, servers, warnings}: ListResult, all: boolean): string[] {
  // A warning gives the reason.
  if (servers.length === 0 && warnings.length > 0) return [`No servers in ${printable(dataDir)}.`]
  if (servers.length === 0) return all ? [noGraphsText(dataDir)] : noListedServersText(dataDir)
  const columns = serverColumns(servers)
  const rows = servers.map((server) => columns.map(({cell}) => cell(server) ?? '-'))
  const hints = servers
    .filter(({hint}) => hint !== undefined)
    .map(({graph, hint}) => `${printable(graph)}: ${escapeControls(present(hint))}`)
  return [
    ...renderTable(
      columns.map(({heading}) => heading),
      rows,
    ),
    ...hints,
  ]
}

/** Server of a list of several data directories, or of one. */
type Listed = StatusResult & {'data-dir'?: string}

interface Column {
  cell(server: Listed): string | undefined
  heading: string
}

/** Returns the columns of a list. Columns about apps appear only if an app owns a server. */
function serverColumns(servers: readonly Listed[]): Column[] {
  const builds = new Set(servers.flatMap(({pid, revision}) => (pid === undefined ? [] : [revision])))
  const ofApps = servers.some((server) => server['owner-id'] !== undefined || server.lifetime === 'leased')
  const id = ({'owner-id': text}: StatusResult) => (text === undefined ? undefined : printable(text))
  return [
    {cell: ({graph}) => printable(graph), heading: 'GRAPH'},
    ...(areInSeveral(servers)
      ? [{cell: ({'data-dir': dir}: Listed) => dir && printable(dir), heading: 'DATA-DIR'}]
      : []),
    // Two names can look alike: é is one character or two.
    ...(new Set(servers.map(({graph}) => graph.normalize())).size < new Set(servers.map(({graph}) => graph)).size
      ? [{cell: ({graph}: StatusResult) => encodeGraphDir(graph), heading: 'DIRECTORY'}]
      : []),
    {cell: ({status}) => paintStatus(status), heading: 'STATUS'},
    {cell: (server) => server['owner-source'], heading: 'OWNER'},
    ...(ofApps
      ? [
          {cell: id, heading: 'OWNER-ID'},
          {cell: ({lifetime}: StatusResult) => lifetime, heading: 'LIFETIME'},
        ]
      : []),
    // The version is shown only if it differs.
    ...(builds.size > 1 || [...builds].some((build) => build !== undefined && build !== ownRevision())
      ? [
          {
            cell: ({revision}: StatusResult) => (revision === undefined ? undefined : printable(revision)),
            heading: 'VERSION',
          },
        ]
      : []),
    {cell: ({host}) => host && printable(host), heading: 'HOST'},
    {cell: ({port}) => port?.toString(), heading: 'PORT'},
    {cell: ({pid}) => pid?.toString(), heading: 'PID'},
    {
      cell: ({'uptime-ms': ms}) => (ms === undefined ? undefined : duration(ms)),
      heading: 'UPTIME',
    },
    ...USE_COLUMNS.filter(({cell}) => servers.some((server) => cell(server) !== undefined)),
  ]
}

/** Columns that appear only if a server has a cell in them. */
const USE_COLUMNS: readonly Column[] = [
  {cell: ({memory}) => (memory === undefined ? undefined : memoryText(memory)), heading: 'MEMORY'},
  {cell: ({clients}) => clients && clientsText(clients), heading: 'CLIENTS'},
  {cell: (server) => idleCell(server), heading: 'IDLE'},
]

function idleCell({'idle-ms': idle, 'idle-timeout-ms': timeout}: StatusResult): string | undefined {
  return timeout === undefined ? undefined : `${idle === undefined ? '?' : duration(idle)} of ${duration(timeout)}`
}

/** Formats a duration in its two largest units. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
    [1, 's'],
  ] as const
  const first = units.findIndex(([size]) => seconds >= size)
  if (first === -1) return '0s'
  return units
    .slice(first, first + 2)
    .map(([size, unit], i) => {
      const count = Math.floor((i === 0 ? seconds : seconds % units[first]![0]) / size)
      return i === 1 && count === 0 ? '' : `${count}${unit}`
    })
    .join('')
}

function runtimeRows(runtime: Runtime): Row[] {
  const {
    'auth-token': token,
    'base-url': url,
    lifetime,
    'owner-id': id,
    'owner-source': owner,
    owned,
    pid,
    port,
    supervised,
  } = runtime
  return [
    ['URL', port > 0 ? url : undefined],
    ['PID', String(pid)],
    [
      'Owner',
      `${owner}${id === undefined ? '' : ` ${printable(id)}`}${owned ? '' : ' (you can use it; only its owner can stop it)'}`,
    ],
    ['Supervised', supervised ? '`server restart` asks its supervisor to start it again' : undefined],
    ['Lifetime', lifetime === 'leased' ? 'leased: stops when no app uses it' : undefined],
    ['Token', token],
  ]
}

/** Label and value of a line. A row without a value is left out. */
type Row = [label: string, value: string | undefined]

/** Narrowest column of labels, with its gap: that of most servers. */
const LABELS = 8

/** Returns lines with labels, whose values begin in one column. */
function labelled(rows: readonly Row[]): string[] {
  const shown = rows.filter(([, value]) => value !== undefined)
  let width = LABELS
  for (const [label] of shown) width = Math.max(width, label.length + 1)
  return shown.map(([label, value]) => `  ${label.padEnd(width)}${value}`)
}

function paintStatus(status: StatusResult['status']): string {
  if (status === 'ready') return style('success', status)
  return status === 'starting' || status === 'stopped' ? style('warning', status) : style('error', status)
}
