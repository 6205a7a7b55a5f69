import {ServerError, systemCode} from '../errors.js'
import {DEFAULT_DATA_DIR, requireOwnDirectory, rootDirOf} from '../graphs/data-dir.js'
import {findGraph, findOrMakeGraph, type Graph, missingGraph} from '../graphs/locate.js'
import {identifyRequester} from '../lock/owner-process.js'
import type {Requester} from '../lock/owner.js'
import type {Lifetime} from '../lock/record.js'
import {acquireStartLock} from '../lock/start-lock.js'
import type {LogLevel} from '../log-level.js'
import {realSystem, type System} from '../process/system.js'
import {requireText} from '../require-argument.js'
import {timeText} from '../time-text.js'
import type {Spawned} from './spawn.js'

/** Default timeout of an operation, in ms. */
export const DEFAULT_TIMEOUT_MS = 30_000

/** Maximum time beyond its timeout in which a holder of the start lock ends what it started, in ms. */
const CLEAN_UP_MS = 10_000

/** Receives messages about a running operation. */
export interface Reporter {
  /** Receives one line per decision, for debugging. */
  debug(line: string): void
  /** Receives what the operation waits for, for a user. */
  progress(line: string): void
  /** Receives what a user should know about the graph or its server, for calls that have no result to put it in. */
  warn?(line: string): void
}

/** Options of every operation on one graph. */
export interface ServerOptions {
  /** Directory of the graphs; `~` is the home directory. Default `~/logseq/graphs`. */
  dataDir?: string
  /** Treat a server on another machine as gone, and act in a directory of another user. */
  force?: boolean
  report?: Reporter
  /** Name of the graph. `demo` and `logseq_db_demo` are the same graph. */
  repo: string
  /** Client that requests the operation. Default the CLI. */
  requester?: Requester
  /** Aborts the operation; an aborted start leaves nothing behind. */
  signal?: AbortSignal
  /** Time that the caller has already used of `timeoutMs`, in ms. @internal */
  spentMs?: number
  /** Clock, processes and signals to use instead of the real ones, in tests. @internal */
  system?: System
  /** Timeout in ms. Default 30,000. */
  timeoutMs?: number
}

/** Further options of a start. */
export interface StartOptions extends ServerOptions {
  /** Create the graph if it does not exist. */
  create?: boolean
  /**
   * Time without requests, leases and event streams after which a new server ends, in ms. Default 0: it does not. A server that is
   * reused keeps its own.
   */
  idleTimeoutMs?: number
  /**
   * Lifetime of a new server: `leased` until it has had no lease for 10 s, `persistent` (the default) until it is
   * stopped. A server that is reused keeps its lifetime.
   */
  lifetime?: Lifetime
  /** Log level of a new server. Default `info`. A server that is reused keeps its level. */
  logLevel?: LogLevel
  /** Receives a new server, which then ends with this process. @internal */
  supervise?: (spawned: Spawned) => void
  /** Path of another server script. The start waits for its record. */
  workerScript?: string
}

/** Behaviour of an operation whose graph does not exist: it fails, with or without a hint to create it, or creates its directory. */
export type IfMissing = 'create' | 'fail' | 'suggest-create'

/** Running operation: its graph and its limits. */
export interface Operation {
  force: boolean
  graph: Graph
  ifMissing: IfMissing
  report: Reporter
  requester: Requester
  /** The directory whose `graphs` is the data directory; undefined if missing. */
  rootDir: string | undefined
  signal: AbortSignal | undefined
  system: System
  timeoutMs: number
  /** Time of the timeout, in ms of the system's clock. */
  until: number
}

const SILENT: Reporter = {debug() {}, progress() {}}

/** Begins an operation: finds the graph, and starts the clock. */
export async function begin(options: ServerOptions, ifMissing: IfMissing = 'fail'): Promise<Operation> {
  requireText(options, 'repo')
  const dataDir = options.dataDir ?? DEFAULT_DATA_DIR
  const graph =
    ifMissing === 'create'
      ? findOrMakeGraph(options.repo, dataDir, options.force)
      : findGraph(options.repo, dataDir, ifMissing === 'suggest-create')
  const system = options.system ?? (await realSystem())
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  return {
    force: options.force ?? false,
    graph,
    ifMissing,
    report: options.report ?? SILENT,
    requester: await identifyRequester(system, options.requester ?? {source: 'cli'}),
    rootDir: rootDirOf(dataDir, graph.dataDir),
    signal: options.signal,
    system,
    timeoutMs,
    until: system.clock.now() + timeoutMs - (options.spentMs ?? 0),
  }
}

/**
 * Refuses to write in a directory of another user.
 * @throws ServerError `data-dir-permission`; `graph-not-exists` if the graph was renamed or removed since the operation began
 */
export function requireOwnGraph(op: Operation): void {
  if (op.force) return
  try {
    requireOwnDirectory(op.graph.dir)
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? missingError(op) : error
  }
}

/** Creates the error for a graph that is not there, or no longer. */
export function missingError({graph, ifMissing}: Operation): ServerError {
  return missingGraph(graph, graph.dataDir, ifMissing !== 'fail')
}

/** Returns the remaining time of an operation, in ms. */
export function timeLeft(op: Operation): number {
  return op.until - op.system.clock.now()
}

/**
 * Runs `act` while holding the start lock.
 * @param instead called between attempts to take it: a result ends the wait, since `act` is no longer needed
 * @throws ServerError `lifecycle-busy` if the lock was not available in time
 */
export async function withStartLock<T>(
  op: Operation,
  act: () => Promise<T>,
  instead?: () => Promise<T | undefined>,
): Promise<T> {
  let found: T | undefined
  const lock = await acquireStartLock(op.system, op.graph.dir, {
    async cancelWhen() {
      op.report.progress(`Waiting for another start or stop of ${op.graph.name}`)
      found = await instead?.()
      return found !== undefined
    },
    deadline: op.until + CLEAN_UP_MS,
    signal: op.signal,
    until: op.until,
  })
  if ('abandoned' in lock) {
    if (lock.abandoned) return found as T
    throw busyError(op, lock.holder)
  }

  try {
    return await act()
  } finally {
    await lock.release()
  }
}

/** Creates the error for a start lock that was not available in time. */
export function busyError(op: Operation, holder: number | undefined): ServerError {
  const who = holder === undefined ? 'another process' : `pid ${holder}`
  return new ServerError(
    'lifecycle-busy',
    `Gave up after ${timeText(op.timeoutMs)}: ${who} is starting or stopping ${op.graph.name}`,
    {
      details: {repo: op.graph.repo, ...(holder !== undefined && {pid: holder})},
    },
  )
}
