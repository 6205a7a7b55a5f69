import {ServerError} from '../errors.js'
import type {LockRecord, OwnerSource} from './record.js'

/** The app process on whose behalf an electron side asks. */
export interface OwnerProcess {
  pid: number
  /** When it started, in the system's own words; missing where the system does not tell. */
  start?: string
}

/** The side that asks. */
export interface Requester {
  /** Which instance of that side: stable for an app profile. See `requireOwnerId`. */
  id?: string
  /** For `electron`: the app's main process. Once it is proven dead, the CLI may manage the daemon. */
  process?: OwnerProcess
  source: 'cli' | 'electron'
}

/** An owner id travels in arguments, records and tables: one word, that no flag begins with. */
const OWNER_ID = /^[A-Za-z\d][\w.:@-]{0,127}$/

/**
 * Checks an owner id.
 * @throws ServerError `usage`
 */
export function requireOwnerId(id: string): string {
  if (OWNER_ID.test(id)) return id
  throw new ServerError('usage', `${JSON.stringify(id)} cannot be an owner id`, {
    hint: 'Use up to 128 letters, digits, and the characters . _ : @ -, beginning with a letter or digit.',
  })
}

/** The side that a record names. */
export interface Owner {
  id?: string
  source: OwnerSource
}

/** What the requester may do with a daemon that runs. */
export interface Authority {
  /** May it stop and restart the daemon? */
  canStop: boolean
  /** Does a start by it write itself into the record? */
  takesOver: boolean
}

/** The owner that a record names. */
export function ownerOf(record: LockRecord): Owner {
  return {id: record['owner-id'], source: record['owner-source']}
}

/**
 * The ownership table of the lifecycle contract.
 * @param ownerProcessDead the app that owns an electron daemon is proven dead: for the CLI nobody is left to ask
 */
export function authority(requester: Requester, owner: Owner, ownerProcessDead = false): Authority {
  if (owner.source === requester.source) {
    const sameId = requester.id === undefined || owner.id === undefined || requester.id === owner.id
    return {canStop: sameId, takesOver: false}
  }

  const abandoned = owner.source === 'unknown' || ownerProcessDead
  const takesOver = requester.source === 'cli' && abandoned
  return {canStop: takesOver, takesOver}
}

/**
 * Does a start by the requester write its own process into the record? An app that was started again is the owner of what
 * it left, under another pid.
 */
export function updatesOwnerProcess(requester: Requester, record: LockRecord): boolean {
  const {process, source} = requester
  if (source !== 'electron' || process === undefined || !authority(requester, ownerOf(record)).canStop) return false
  return record['owner-pid'] !== process.pid || record['owner-start'] !== process.start
}
