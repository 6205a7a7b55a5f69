import {Keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {forwardOf, reverseOf} from '../reverse-attribute.js'
import type {Schema} from '../schema.js'
import {type Id, type Operation, readOperation, Unnamed} from './forms.js'
import {isCurrentTx, isTempid, requireEntity, shown} from './ids.js'
import {refusal} from './refusal.js'
import type {Transaction} from './transaction.js'

type Entity = Extract<Operation, {op: 'entity'}>

/** The entity of a map, found by a value that identifies it; `why` is for errors. */
interface Found {
  e: number
  why: string
}

/**
 * Expands a map into operations on its entity. A known value of an attribute that identifies entities determines which
 * entity is meant.
 * @param unnamed makes an id for a map without one
 * @returns what is left to be done, in order
 * @throws ServerError `invalid-transaction`
 */
export function expandEntity(transaction: Transaction, entity: Entity, unnamed: () => Unnamed): Operation[] {
  if (entity.attributes.length === 0 && (entity.id === undefined || isTempid(entity.id))) return []
  const {facts, found} = identify(transaction, entity)
  const id = entity.id ?? unnamed()
  const e = settle(transaction, id, found)
  transaction.reach(e)
  return facts.flatMap(([a, v]) => expandAttribute(transaction, {e, id}, a, v, unnamed))
}

/** Finds the entity that the identifying attributes of a map name, if any. */
function identify(transaction: Transaction, {attributes}: Entity) {
  const facts: (readonly [Keyword, Id])[] = []
  let found: Found | undefined
  for (const [a, given] of attributes) {
    if (!transaction.db.attributes.isUniqueIdentity(a)) {
      facts.push([a, given])
      continue
    }

    const values = valuesOf(transaction.db.attributes, a, false, given)
    const left = values.filter((v) => {
      const e = transaction.findByIdentity(a, v)
      if (e === undefined) return true
      const why = `${a} ${shown(v)} is of entity ${e}`
      if (found !== undefined && found.e !== e)
        throw refusal('conflicting-upsert', `One map names two entities: ${found.why}, and ${why}`)
      found = {e, why}
      return false
    })
    for (const v of left) facts.push([a, v])
  }

  return {facts, found}
}

function settle(transaction: Transaction, id: Id, found: Found | undefined): number {
  if (isTempid(id) && !isCurrentTx(id)) {
    if (found === undefined) return transaction.allocate(id)
    transaction.identify(id, found.e, found.why)
    return found.e
  }

  const e = isCurrentTx(id) ? transaction.tx : requireEntity(transaction.db, id)
  if (found === undefined || found.e === e) return e
  throw refusal('conflicting-upsert', `A map of entity ${e} also identifies another entity: ${found.why}`)
}

function expandAttribute(
  transaction: Transaction,
  {e, id}: {e: number; id: Id},
  name: Keyword,
  given: Id,
  unnamed: () => Unnamed,
): Operation[] {
  const schema = transaction.db.attributes
  const a = forwardOf(name) ?? name
  const reverse = a !== name
  if (reverse && !schema.isRef(a))
    throw refusal('syntax', `${name} is a reverse attribute, but ${a} is not a reference`)
  return valuesOf(schema, a, reverse, given).map((v): Operation => {
    // With a reverse attribute the map's tempid is a value: the map has to state something else about it.
    if (reverse && isTempid(id) && !isCurrentTx(id)) transaction.allocateValue(id)
    if (!(v instanceof ValueMap && schema.isRef(a)))
      return reverse ? {a, e: v, op: 'add', v: e} : {a, e, name: id, op: 'add', v}
    const nested = readOperation(v) as Entity
    const pointer = [reverse ? a : reverseOf(a), e] as const
    return {attributes: [...nested.attributes, pointer], id: nested.id ?? unnamed(), op: 'entity'}
  })
}

/** The values that stand for one attribute of a map: several, when it is one of many, or is read backwards. */
function valuesOf(schema: Schema, a: Keyword, reverse: boolean, given: Id): readonly Id[] {
  if (given instanceof Unnamed || !(reverse || schema.isMany(a))) return [given]
  if (given instanceof ValueSet || given instanceof List) return [...given]
  if (!Array.isArray(given)) return [given]
  const items = given as readonly Value[]
  const [first] = items
  const isLookup = items.length === 2 && first instanceof Keyword && schema.isUniqueIdentity(first)
  return isLookup ? [items] : items
}
