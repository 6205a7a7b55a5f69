import {join} from 'node:path'

import {logFileName} from '../graphs/files.js'
import type {Graph} from '../graphs/locate.js'
import type {Lifetime, LockRecord, OwnerSource} from '../lock/record.js'
import type {UncleanEnd} from '../lock/unclean-end.js'
import type {ScanOutcome} from '../process/scan.js'
import {LOOPBACK} from './inspect/exchange.js'

/** A daemon that runs, as every command tells it. Keys are those of the CLI's JSON. */
export interface Runtime {
  graph: string
  repo: string
  pid: number
  host: string
  port: number
  'base-url': string
  'owner-source': OwnerSource
  'owner-id'?: string
  /** May the requester stop and restart it? */
  owned: boolean
  lifetime: Lifetime
  /** The build of the server; absent for Logseq's own. */
  revision?: string
  /** The log file that it writes to today. */
  log: string
  /** Never printed unless asked for. */
  'auth-token'?: string
}

export interface StartResult extends Runtime {
  /**
   * New for every server: with the token, what its proof is made of. Printed with the token only;
   * absent for Logseq's own server, which proves nothing.
   */
  'lock-id'?: string
  /** sha256 of the directory's real path, where the server has proven that it serves it. */
  'graph-id'?: string
  /** It ran already. */
  reused: boolean
  /** The graph was made by this start. */
  created: boolean
  'orphans-terminated': number[]
  /** `not-needed` when a daemon was reused: nothing was looked for. */
  'orphan-scan': 'not-needed' | ScanOutcome
  /** The last server of the graph did not end cleanly: what is known of it. */
  'unclean-end'?: UncleanEnd
  warnings: string[]
}

export interface StopResult {
  graph: string
  repo: string
  pid: number
  /** What ended it: its own clean stop, or a signal. */
  'stopped-by': 'shutdown' | 'sigkill' | 'sigterm'
  warnings: string[]
}

export type Status =
  'corrupt' | 'elsewhere' | 'ready' | 'stale' | 'starting' | 'stopped' | 'unreadable' | 'unresponsive' | 'unsupported'

export interface StatusResult extends Partial<Runtime> {
  graph: string
  repo: string
  status: Status
  'started-at'?: string
  'uptime-ms'?: number
  /** Resident memory in bytes. */
  memory?: number
  /** Why the graph counts as damaged, and is served for reading only. */
  damage?: string
  /** Live daemons of the graph that no record names; the next start ends them. */
  orphans?: number[]
  /** What a person should know about this status. */
  hint?: string
  warnings?: string[]
}

export interface ListResult {
  'data-dir': string
  servers: StatusResult[]
}

/** A record as a runtime. @param owned would a stop by the requester end it? See `mayStop`. */
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
    ...(record.revision !== undefined && {revision: record.revision}),
    log: join(graph.dir, logFileName(new Date())),
    ...(record['auth-token'] !== undefined && {'auth-token': record['auth-token']}),
  }
}
