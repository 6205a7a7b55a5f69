import {dirname} from 'node:path'

import {messageOf, ServerError} from '../errors.js'
import {DEFAULT_DATA_DIR, expandDataDir} from '../graphs/data-dir.js'
import {directoriesOf} from '../process/match.js'
import {realPath, scanForWorkers} from '../process/scan.js'
import {realSystem, type System} from '../process/system.js'
import {requireObject} from '../require-argument.js'
import type {ServerOptions} from './operation.js'
import {warningsOfBuilds} from './other-build.js'
import type {ListResult, Status, StatusResult} from './results.js'
import {type ListOptions, listServers} from './status.js'

/** Options of an operation on the servers of all graphs. */
export interface AllOptions extends Omit<ServerOptions, 'dataDir' | 'repo'> {
  /** Data directories, in which the graphs are. Default `~/logseq/graphs`. */
  dataDir?: readonly string[] | string
  /** Include the data directory of each server that is seen among the processes of this user. */
  everywhere?: boolean
}

/** Server of a graph in one of several data directories. */
export type ListedServer = StatusResult & {'data-dir': string}

/** Outcome for a server on which an operation failed. */
export interface FailedOutcome {
  'data-dir': string
  error: {code: string; hint: string; message: string}
  graph: string
  outcome: 'failed'
  repo: string
}

const RUNNING: ReadonlySet<Status> = new Set(['elsewhere', 'ready', 'starting', 'unresponsive', 'unsupported'])

/** Returns true for a server that runs, here or elsewhere. */
export function isRunning({status}: StatusResult): boolean {
  return RUNNING.has(status)
}

/**
 * Lists the servers of all given data directories, each once, in the order of the directories and of the graphs' names.
 * @param options with `all`, graphs without a server are included
 * @returns the first directory, and the servers
 */
export async function listAllServers(
  options: AllOptions & Pick<ListOptions, 'all'>,
): Promise<{dataDir: string; servers: ListedServer[]}> {
  requireObject(options, 'options')
  const system = options.system ?? (await realSystem())
  const given = [options.dataDir ?? DEFAULT_DATA_DIR].flat().map((dir) => expandDataDir(dir))
  const seen = options.everywhere ? await dataDirsInUse(system) : []
  const lists = await Promise.all(unique([...given, ...seen]).map((dataDir) => listServers({...options, dataDir})))
  return {
    dataDir: given[0]!,
    servers: lists.flatMap(({'data-dir': dir, servers}) => servers.map((server) => ({...server, 'data-dir': dir}))),
  }
}

/**
 * Lists the servers of all data directories of this user's servers, as `listServers` does for one. Each has its `data-dir`.
 * @throws ServerError `exception` where processes cannot be searched
 */
export async function listEverywhere(
  options: ListOptions = {},
): Promise<Omit<ListResult, 'servers'> & {servers: ListedServer[]}> {
  requireObject(options, 'options')
  const {dataDir, servers} = await listAllServers({...options, everywhere: true})
  return {'data-dir': dataDir, servers, warnings: warningsOfBuilds(servers, true)}
}

/** Finds the data directories of all servers among the processes of this user. */
async function dataDirsInUse(system: System): Promise<string[]> {
  const {found, outcome} = await scanForWorkers(system)
  if (outcome !== 'done')
    throw new ServerError('exception', `The processes could not be searched for servers: ${outcome}`)
  return found.flatMap((facts) => directoriesOf(facts).map((dir) => dirname(dir))).toSorted()
}

/** Leaves out directories that are the same under another path, and the missing ones behind the first. */
function unique(dirs: readonly string[]): string[] {
  const reals = dirs.map((dir) => realPath(dir))
  return dirs.filter((_, i) => i === 0 || (reals[i] !== undefined && reals.indexOf(reals[i]) === i))
}

/** Creates the outcome of a server on which an operation failed. */
export function failedOutcome({'data-dir': dir, graph, repo}: ListedServer, thrown: unknown): FailedOutcome {
  const {code, hint, message} =
    thrown instanceof ServerError ? thrown : new ServerError('exception', messageOf(thrown), {cause: thrown})
  return {'data-dir': dir, error: {code, hint, message}, graph, outcome: 'failed', repo}
}
