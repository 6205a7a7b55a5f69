import {messageOf, ServerError} from '../errors.js'
import {fileError} from '../files/file-error.js'
import {DEFAULT_DATA_DIR, expandDataDir} from '../graphs/data-dir.js'
import {dataDirProblem} from '../graphs/graph-around.js'
import {type Graph, listGraphs, listServedGraphs} from '../graphs/locate.js'
import type {Requester} from '../lock/owner.js'
import {lastUncleanEnd} from '../lock/unclean-end.js'
import {ownRevision} from '../package-root.js'
import type {ProcessFacts} from '../process/identity.js'
import {realSystem, type System} from '../process/system.js'
import {requireObject} from '../require-argument.js'
import {shellQuote} from '../shell-quote.js'
import {actOnAll} from './act-on-all.js'
import type {Inspection, Named} from './inspect/classify.js'
import {enter, type InspectOptions} from './inspect/inspect.js'
import type {Use} from './inspect/reported-use.js'
import {newestLog} from './log-lines.js'
import {loopbackHint} from './loopback.js'
import {begin, type ServerOptions} from './operation.js'
import {findOrphans} from './orphans.js'
import {warningsOfBuilds} from './other-build.js'
import {type ListResult, runtimeOf, type StatusResult} from './results.js'
import {errorForState, unreadableError} from './state-errors.js'
import {mayStop} from './stoppable.js'
import {askUse} from './use.js'

/**
 * Returns the status of a graph's server. Changes nothing.
 * @throws ServerError with one of the codes of docs/errors.md
 */
export async function serverStatus(options: ServerOptions): Promise<StatusResult> {
  const op = await begin(options)
  op.report.progress(`Waiting for the server of ${op.graph.name} to respond`)
  const {seen, use} = await look(op.system, op.graph, op)
  if (seen.state === 'unreadable') throw errorForState(op, seen)
  const status = await statusOf(op.system, op.graph, {seen, use}, op.requester)
  const {warnings} = op.graph
  if (seen.state !== 'absent' && seen.state !== 'corrupt' && seen.state !== 'stale') return {...status, warnings}
  const {pids: orphans} = await findOrphans(op.system, op.graph)
  const stopped = {...status, ...lastEnd(op.graph), warnings}
  if (orphans.length === 0) return stopped
  const hint = `pid ${orphans.join(', ')} is a leftover server; \`logseq server start\` stops it.`
  return {...stopped, hint, orphans}
}

/** Finds the traces of the last server of a graph: its log, and the mark of an unclean end. */
function lastEnd({dir}: Graph): Pick<StatusResult, 'log' | 'unclean-end'> {
  const log = newestLog(dir)
  const unclean = lastUncleanEnd(dir)
  return {...(log !== undefined && {log}), ...(unclean && {'unclean-end': unclean})}
}

/** Options of `listServers`. */
export interface ListOptions extends Pick<ServerOptions, 'dataDir' | 'requester' | 'system'> {
  /** Include graphs without a server. */
  all?: boolean
}

/** Returns the status of each graph in a data directory that has a lock file. The servers are probed concurrently. */
export async function listServers(options: ListOptions = {}): Promise<ListResult> {
  requireObject(options, 'options')
  const dataDir = options.dataDir ?? DEFAULT_DATA_DIR
  const system = options.system ?? (await realSystem())
  const graphs = options.all ? listGraphs(dataDir) : listServedGraphs(dataDir)
  const requester = options.requester ?? {source: 'cli'}
  ownRevision() // kept: later there may be no descriptor left to read it
  const looks = await actOnAll(graphs, (graph) => statusInList(system, graph, requester), lacksDescriptor)
  const found = looks.map((status, i) => (status instanceof ServerError ? unreadable(graphs[i]!, status) : status))
  const servers = options.all ? found : found.filter(({status}) => status !== 'stopped') // its server has just ended
  return {
    'data-dir': expandDataDir(dataDir),
    servers,
    warnings: [...(graphs.length === 0 ? warningsOfPlace(dataDir) : []), ...warningsOfBuilds(servers)],
  }
}

/** Warns of a data directory that can have no graphs. */
function warningsOfPlace(dataDir: string): string[] {
  const problem = dataDirProblem(dataDir)
  return problem === undefined ? [] : [`No graphs in ${expandDataDir(dataDir)}: ${problem}`]
}

/**
 * Returns the status of one graph. An unreadable graph must not hide the others, so errors become a status.
 * @returns the error `too-many-open-files`, which says nothing about the graph
 */
async function statusInList(system: System, graph: Graph, requester: Requester): Promise<ServerError | StatusResult> {
  try {
    return await statusOf(system, graph, await look(system, graph), requester)
  } catch (error) {
    const known = error instanceof ServerError ? error : fileError(error)
    return lacksDescriptor(known) ? known : unreadable(graph, known ?? error)
  }
}

function lacksDescriptor(result: unknown): result is ServerError {
  return result instanceof ServerError && result.code === 'too-many-open-files'
}

function unreadable({name, repo}: Graph, error: unknown): StatusResult {
  return {repo, graph: name, status: 'unreadable', hint: messageOf(error)}
}

const HINTS: Partial<Record<Inspection['state'], string>> = {
  elsewhere: 'It runs on another machine or in another container.',
  stale: 'Its process is gone; `logseq server start` starts a new one.',
  unresponsive: 'It is alive but did not respond within a second; it may be busy.',
  unsupported: 'A newer version started it.',
}

/** Inspects a graph's server, and asks it who uses it. */
async function look(
  system: System,
  graph: Graph,
  options: InspectOptions = {},
): Promise<{seen: Inspection; use: Use | undefined}> {
  const {connection, seen, use} = await enter(system, graph, {...options, asksUse: true, looksOnly: true})
  try {
    return {seen, use: use ?? (connection && 'record' in seen ? await askUse(connection, seen.record) : undefined)}
  } finally {
    connection?.close()
  }
}

async function statusOf(
  system: System,
  graph: Graph,
  {seen, use}: {seen: Inspection; use: Use | undefined},
  requester: Requester,
): Promise<StatusResult> {
  const status = seen.state === 'absent' ? 'stopped' : seen.state
  const hint = hintOf(system, graph, seen)
  return {
    repo: graph.repo,
    graph: graph.name,
    status,
    ...('record' in seen &&
      seen.state !== 'stale' &&
      running(graph, {seen, use}, await mayStop(system, graph, requester, seen))),
    ...(hint !== undefined && {hint}),
  }
}

function hintOf(system: System, graph: Graph, seen: Inspection): string | undefined {
  if (seen.state === 'corrupt') return `The lock file is damaged: ${seen.problem}; \`logseq server start\` replaces it.`
  if ('record' in seen && seen.damage !== undefined)
    return `The graph is damaged and read-only; \`logseq graph restore --repo ${shellQuote(graph.name)}\` restores a backup.`
  if (seen.state === 'stale' && lastUncleanEnd(graph.dir)?.copied)
    return 'The lock file was copied with the directory; `logseq server start` starts a server for this one.'
  if (seen.state === 'unreadable') return `${unreadableError({graph, system}, seen).message}.`
  return (seen.state === 'unresponsive' ? loopbackHint() : undefined) ?? HINTS[seen.state]
}

function running(
  graph: Graph,
  {seen: {damage, process, record}, use}: {seen: Named; use: Use | undefined},
  owned: boolean,
) {
  const started = record.startedAt === undefined ? Number.NaN : Date.parse(record.startedAt)
  return {
    ...runtimeOf(graph, record, owned),
    ...(record.startedAt !== undefined && {'started-at': record.startedAt}),
    ...(Number.isFinite(started) && {'uptime-ms': Math.max(0, Date.now() - started)}),
    ...use,
    ...memoryOf(process, use),
    ...(damage !== undefined && {damage}),
  }
}

/** Most servers report their memory. That of others is read from the process table. */
function memoryOf(process: ProcessFacts | undefined, use: Use | undefined): {memory?: number} {
  const memory = use?.memory ?? process?.rss
  return memory === undefined ? {} : {memory}
}
