import type {ServerError} from '../lib/errors.js'
import type {Lifetime, OwnerSource} from '../lib/lock/record.js'

/** Name of a window: the ID of a BrowserWindow, or any other value of the app. */
export type WindowId = number | string

/** Server that a window can use. */
export interface ManagedRuntime {
  /** Always with the prefix: `logseq_db_demo`. */
  repo: string
  baseUrl: string
  authToken: string
  /** Random ID of the server, with which the client of a page checks its proof. Absent for Logseq's own server. */
  lockId?: string
  graphId?: string
  /** True if this app may stop the server. Otherwise the server is used and left running. */
  owned: boolean
  ownerSource: OwnerSource
  ownerId?: string
  lifetime: Lifetime
  pid: number
  /** Path of today's log file. */
  log: string
}

/**
 * Status of a graph:
 * - `starting` its server is being started or found
 * - `ready` its server can be used
 * - `lost` its server is gone or silent; it is being restored
 * - `failed` the attempts failed; the next call of `ensureRuntime` tries again
 * - `stopping` no window wants it any more
 */
export type GraphStatus = 'failed' | 'lost' | 'ready' | 'starting' | 'stopping'

/** Entry of `state()`. It contains no token, so it can be logged. */
export interface GraphState extends Partial<Omit<ManagedRuntime, 'authToken'>> {
  repo: string
  status: GraphStatus
  /** Windows that use the graph or wait for it. */
  windows: WindowId[]
  /** Number of programs that hold the lease, as the server last reported it. */
  leases?: number
}

/**
 * Event for the app. `windows` are the windows that it concerns. It can be logged: neither JSON nor `console.log` shows the token of
 * `runtime`, which is there for the windows.
 */
export type ManagerEvent = {repo: string; windows: WindowId[]} & (
  | {type: 'failed'; error: ServerError}
  | {type: 'lost'; owned: boolean; reason: string}
  | {type: 'ready'; runtime: ManagedRuntime}
  | {type: 'retry'; attempt: number; error?: ServerError; inMs: number}
  /** `left`: the app may not stop the server. `failed`: stopping failed; a leased server ends by itself. */
  | {type: 'released'; how: 'failed' | 'left' | 'stopped'; error?: ServerError}
)
