import {showEdn} from '../../values/edn-write.js'
import {keyword} from '../../values/scalars.js'
import {TX0} from '../datom.js'
import type {StoredDatabase} from '../stored-database.js'
import {type Id, Unnamed} from './forms.js'
import {refusal} from './refusal.js'

/** A name for an entity within one transaction. */
export type Tempid = number | string | Unnamed

const CURRENT_TX = new Set<Id>(['datascript.tx', 'datomic.tx', ':db/current-tx', keyword('db/current-tx')])

/**
 * Maximum distance from the greatest entity up to an id that a client makes up. Logseq numbers entities one by one, and
 * cannot add any when the last number below TX0 is taken. An id of a client must stay far from it.
 */
const LEAP = 1_000_000

/** Returns true if an id stands for the transaction itself. */
export function isCurrentTx(id: Id): boolean {
  return CURRENT_TX.has(id)
}

/** Returns true for a tempid. */
export function isTempid(id: Id): id is Tempid {
  return typeof id === 'string' || id instanceof Unnamed || (typeof id === 'number' && id < 0)
}

/**
 * The entity that a number, an ident or a lookup ref stands for.
 * @throws ServerError `invalid-transaction` if missing
 */
export function requireEntity(db: StoredDatabase, id: Id): number {
  const found = id instanceof Unnamed ? undefined : db.entid(id)
  if (found === undefined) throw refusal('no-such-entity', `Unknown entity ${shown(id)}`)
  return requireNumber(db, found)
}

/** Ids below TX0 are entities, those from there to the current transaction are transactions. */
function requireNumber(db: StoredDatabase, e: number): number {
  if (!Number.isInteger(e) || e <= 0 || e > (e < TX0 ? TX0 : db.maxTx + 1))
    throw refusal('no-such-entity', `${e} is not an entity id`)
  if (e < TX0 && e > db.maxEid + LEAP && !db.first(e))
    throw refusal('no-such-entity', `${e} is too far above the greatest entity id, ${db.maxEid}: use a tempid`)
  return e
}

/** Formats an id for an error. */
export function shown(id: Id): string {
  return id instanceof Unnamed ? 'without a name' : showEdn(id)
}
