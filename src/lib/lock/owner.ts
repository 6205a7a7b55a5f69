import type {LockRecord, OwnerSource} from './record.js'

/** The side that asks. */
export interface Requester {
  id?: string
  source: 'cli' | 'electron'
}

/** The side that a record names. */
export interface Owner {
  id?: string
  source: OwnerSource
}

/** What the requester may do with a daemon that runs. */
export interface Authority {
  /** May it stop and restart the daemon? */
  manages: boolean
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
    return {manages: sameId, takesOver: false}
  }

  const abandoned = owner.source === 'unknown' || ownerProcessDead
  const takesOver = requester.source === 'cli' && abandoned
  return {manages: takesOver, takesOver}
}
