import {join} from 'node:path'

import {logFileName} from '../files/names.js'
import type {Graph} from '../graphs/locate.js'
import type {Lifetime, LockRecord, OwnerSource} from '../lock/record.js'
import type {UncleanEnd} from '../lock/unclean-end.js'
import type {ScanOutcome} from '../process/scan.js'
import {LOOPBACK} from './inspect/exchange.js'
import type {Clients} from './inspect/reported-use.js'
import {newestLog} from './log-lines.js'

/** Running server, as every command reports it. The keys are those of the CLI's JSON. */
export interface Runtime {
  graph: string
  repo: string
  pid: number
  host: string
  port: number
  'base-url': string
  'owner-source': OwnerSource
  'owner-id'?: string
  /** True if the requester may stop and restart the server. */
  owned: boolean
  lifetime: Lifetime
  /** Time without use after which the server ends, in ms; absent if it does not. */
  'idle-timeout-ms'?: number
  /** True if a supervisor runs it in the foreground, and starts it again. */
  supervised?: true
  /** The build of the server; absent for Logseq's own. */
  revision?: string
  /** Path of today's log file. */
  log: string
  /** Token for HTTP. Printed only by `server env` and with `--show-token`. */
  'auth-token'?: string
}

/** Result of a start or restart. */
export interface StartResult extends Runtime {
  /** Random ID of the server, needed to check its proof. Printed only with the token; absent for Logseq's own server. */
  'lock-id'?: string
  /** SHA-256 of the directory's real path, if the server has proven that it serves this directory. */
  'graph-id'?: string
  /** True if the server was already running. */
  reused: boolean
  /** True if this start created the graph. */
  created: boolean
  /** Process IDs of leftover servers that were stopped first. */
  'orphans-terminated': number[]
  /** Outcome of the search for leftover servers; `not-needed` if a running server was reused. */
  'orphan-scan': 'not-needed' | ScanOutcome
  /** Present if the last server of the graph did not stop cleanly. */
  'unclean-end'?: UncleanEnd
  warnings: string[]
}

/** Result of a stop. */
export interface StopResult {
  graph: string
  repo: string
  pid: number
  /** End of the server: its own clean stop, or a signal. */
  'stopped-by': 'shutdown' | 'sigkill' | 'sigterm'
  warnings: string[]
}

/** Result of a stop with the option to ignore that no server runs. */
export interface NotRunningResult {
  graph: string
  'not-running': true
  repo: string
  warnings: string[]
}

/** Status of a graph's server; docs/cli/logseq-cli.md describes each. */
export type Status =
  'corrupt' | 'elsewhere' | 'ready' | 'stale' | 'starting' | 'stopped' | 'unreadable' | 'unresponsive' | 'unsupported'

/** Status of one graph's server. */
export interface StatusResult extends Partial<Runtime> {
  graph: string
  repo: string
  status: Status
  'started-at'?: string
  'uptime-ms'?: number
  /** Resident memory in bytes. */
  memory?: number
  /** Use of the server by clients; absent if it does not report it. */
  clients?: Clients
  /** Time since its last use, in ms; only with an idle timeout. */
  'idle-ms'?: number
  /** Reason why the graph counts as damaged and is read-only. */
  damage?: string
  /** Process IDs of leftover servers that no lock file names. The next start stops them. */
  orphans?: number[]
  /** Present if no server runs, and the last one did not stop cleanly. */
  'unclean-end'?: UncleanEnd
  /** Explanation of the status for a person. */
  hint?: string
  warnings?: string[]
}

/** Status of the servers in one data directory. */
export interface ListResult {
  'data-dir': string
  servers: StatusResult[]
  /** Warnings about the servers together. */
  warnings: string[]
}

/**
 * Converts a record to the result that commands print.
 * @param owned true if the requester may stop the server; see `mayStop`
 */
export function runtimeOf(graph: Graph, record: LockRecord, owned: boolean): Runtime {
  const port = record.port ?? 0
  return {
    repo: graph.repo,
    graph: graph.name,
    pid: record.pid,
    host: LOOPBACK,
    port,
    'base-url': `http://${LOOPBACK}:${port}`,
    'owner-source': record['owner-source'],
    ...(record['owner-id'] !== undefined && {'owner-id': record['owner-id']}),
    owned,
    lifetime: record.lifetime ?? 'persistent',
    ...(record['idle-timeout-ms'] !== undefined && {'idle-timeout-ms': record['idle-timeout-ms']}),
    ...(record.supervised === true && {supervised: true as const}),
    ...(record.revision !== undefined && {revision: record.revision}),
    log: newestLog(graph.dir) ?? join(graph.dir, logFileName(new Date())),
    ...(record['auth-token'] !== undefined && {'auth-token': record['auth-token']}),
  }
}
