import {ServerError} from '../errors.js'
import type {LockRecord, OwnerSource} from './record.js'

/** App process that owns a server. */
export interface OwnerProcess {
  pid: number
  /** Start time in the system's format; missing if the system does not report it. */
  start?: string
}

/** Client that requests an operation. */
export interface Requester {
  /** ID of the client instance, constant for an app profile. See `requireOwnerId`. */
  id?: string
  /** Main process of the app, for `electron`. Once it is proven dead, the CLI may stop the server. */
  process?: OwnerProcess
  source: 'cli' | 'electron'
}

/** An owner ID appears in arguments, records and tables, so it is one word that does not start with a hyphen. */
const OWNER_ID = /^[A-Za-z\d][\w.:@-]{0,127}$/

/**
 * Checks an owner ID.
 * @throws ServerError `usage`
 */
export function requireOwnerId(id: string): string {
  if (OWNER_ID.test(id)) return id
  throw new ServerError('usage', `${JSON.stringify(id)} is not a valid owner ID`, {
    hint: 'Use up to 128 letters, digits and the characters . _ : @ -, starting with a letter or digit.',
  })
}

/** Owner of a server. */
export interface Owner {
  id?: string
  source: OwnerSource
}

/** Returns how a request names its requester. */
export function requesterFields({id, source}: Requester): Record<string, string> {
  return {'owner-source': source, ...(id !== undefined && {'owner-id': id})}
}

/** Rights of a requester on a running server. */
export interface Authority {
  /** True if it may stop and restart the server. */
  canStop: boolean
  /** True if its start makes it the owner. */
  takesOver: boolean
}

/** Returns the owner that a record names. */
export function ownerOf(record: LockRecord): Owner {
  return {id: record['owner-id'], source: record['owner-source']}
}

/**
 * Ownership table of the lifecycle contract.
 * @param ownerProcessDead true if the owning app is proven dead; the CLI then takes over
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
 * Returns true if a start by the requester replaces the owner process in the record. A restarted app owns its old
 * servers under a new pid.
 */
export function updatesOwnerProcess(requester: Requester, record: LockRecord): boolean {
  const {process, source} = requester
  if (source !== 'electron' || process === undefined || !authority(requester, ownerOf(record)).canStop) return false
  return record['owner-pid'] !== process.pid || record['owner-start'] !== process.start
}
