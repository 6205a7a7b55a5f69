import type {ServerError} from '../lib/errors.js'
import type {Lifetime, OwnerSource} from '../lib/lock/record.js'

/** What an app calls its windows: the id of a BrowserWindow, or any other name of its own. */
export type WindowId = number | string

/** A server that a window can use. */
export interface ManagedRuntime {
  /** `logseq_db_demo`, in whichever form it was asked for. */
  repo: string
  baseUrl: string
  authToken: string
  /** What the proof of the server is made of, for the client of a page. Absent for a server of Logseq's own. */
  lockId?: string
  graphId?: string
  /** May this app stop it? One that it may not is used, and left alone. */
  owned: boolean
  ownerSource: OwnerSource
  ownerId?: string
  lifetime: Lifetime
  pid: number
  /** The file that it logs to today. */
  log: string
}

/**
 * How things stand with a graph:
 * - `starting` its server is being started or looked for
 * - `ready` it can be used
 * - `lost` its server is gone or silent; another one is looked for
 * - `failed` that was given up: the next call of `ensureRuntime` tries again
 * - `stopping` nobody wants it any more
 */
export type GraphStatus = 'failed' | 'lost' | 'ready' | 'starting' | 'stopping'

/** One graph, as `state()` tells it. No token is in it: it can be logged. */
export interface GraphState extends Partial<Omit<ManagedRuntime, 'authToken'>> {
  repo: string
  status: GraphStatus
  /** The windows that use it or wait for it. */
  windows: WindowId[]
  /** How many apps and programs hold its lease, as far as it has told. */
  leases?: number
}

/** What a manager tells its app, for its windows. `windows` are those that it concerns. */
export type ManagerEvent = {repo: string; windows: WindowId[]} & (
  | {type: 'failed'; error: ServerError}
  | {type: 'lost'; owned: boolean; reason: string}
  | {type: 'ready'; runtime: ManagedRuntime}
  | {type: 'retry'; attempt: number; error?: ServerError; inMs: number}
  /** `left`: it was not the app's to stop. `failed`: it could not be stopped, and ends by itself if it is leased. */
  | {type: 'released'; how: 'failed' | 'left' | 'stopped'; error?: ServerError}
)
