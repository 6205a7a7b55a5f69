import {ServerError} from '../../lib/errors.js'
import {ownerIsDead} from '../../lib/lock/owner-process.js'
import {authority, type Owner, ownerOf, type Requester} from '../../lib/lock/owner.js'
import type {LockRecord} from '../../lib/lock/record.js'
import type {System} from '../../lib/process/system.js'

/** Returns the owner of this server if the requester may not stop it, and undefined if it may. */
export async function ownerUnlessAllowed(
  system: System,
  record: LockRecord,
  requester: Requester,
): Promise<Owner | undefined> {
  const owner = ownerOf(record)
  return authority(requester, owner, await ownerIsDead(system, record)).canStop ? undefined : owner
}

/** @throws ServerError `server-owned-by-other` for a requester that may not stop this server */
export async function requireOwner(system: System, record: LockRecord, requester: Requester): Promise<void> {
  const owner = await ownerUnlessAllowed(system, record, requester)
  if (owner === undefined) return
  throw new ServerError('server-owned-by-other', `only ${owner.source}, the owner of the server, may do this`, {
    details: {'owner-source': owner.source, 'requester-owner-source': requester.source},
  })
}
