import {Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import type {Schema} from '../schema.js'
import {type Id, type Operation, readOperation, Unnamed} from './forms.js'
import {isCurrentTx, isTempid, requireEntity} from './ids.js'
import {refusal} from './refusal.js'
import type {Transaction} from './transaction.js'

type Entity = Extract<Operation, {op: 'entity'}>

/**
 * Takes a map apart: which entity it is of, and what it says of that. An attribute that identifies entities, with a
 * value that is known, tells which entity is meant.
 * @param unnamed makes an id for a map without one
 * @returns what is left to be done, in order
 * @throws ServerError `invalid-transaction`, Retry
 */
export function expandEntity(transaction: Transaction, entity: Entity, unnamed: () => Unnamed): Operation[] {
  const {facts, known} = identify(transaction, entity)
  const e = settle(transaction, entity.id ?? unnamed(), known)
  transaction.reach(e)
  return facts.flatMap(([a, v]) => expandAttribute(transaction.db.attributes, e, a, v, unnamed))
}

/** Which entity do the attributes name, if any? Those that name it say nothing else. */
function identify(transaction: Transaction, {attributes}: Entity) {
  const schema = transaction.db.attributes
  const facts: (readonly [Keyword, Id])[] = []
  let known: number | undefined
  for (const attribute of attributes) {
    const [a, v] = attribute
    const identifies = schema.isUniqueIdentity(a) && !schema.isMany(a)
    const found = identifies ? transaction.findByIdentity(a, v as Value) : undefined
    if (found === undefined) facts.push(attribute)
    else if (known === undefined || known === found) known = found
    else throw refusal('conflicting-upsert', `One map names two entities, ${known} and ${found} (by ${a})`)
  }

  return {facts, known}
}

function settle(transaction: Transaction, id: Id, known: number | undefined): number {
  if (isCurrentTx(id)) return settle(transaction, transaction.tx, known)
  if (isTempid(id)) {
    if (known === undefined) return transaction.allocate(id)
    transaction.identify(id, known)
    return known
  }

  const e = requireEntity(transaction.db, id)
  if (known === undefined || known === e) return e
  throw refusal('conflicting-upsert', `A map of entity ${e} has the identity of entity ${known}`)
}

function expandAttribute(schema: Schema, e: number, name: Keyword, given: Id, unnamed: () => Unnamed): Operation[] {
  const a = name.name.startsWith('_') ? forwards(name) : name
  const reverse = a !== name
  if (reverse && !schema.isRef(a)) throw refusal('syntax', `${name} goes backwards, and ${a} is no reference`)
  return valuesOf(schema, a, reverse, given).flatMap((v): Operation[] => {
    if (!(v instanceof ValueMap) || !schema.isRef(a)) return [reverse ? add(v, a, e) : add(e, a, v)]
    const nested = readOperation(v) as Entity
    const id = nested.id ?? unnamed()
    if (reverse) return [{attributes: [...new Map<Keyword, Id>(nested.attributes).set(a, e)], id, op: 'entity'}]
    return [{...nested, id}, add(e, a, id)]
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

function add(e: Id, a: Keyword, v: Id): Operation {
  return {a, e, op: 'add', v}
}

/** `:block/_parent` is `:block/parent`, read backwards. */
function forwards({name, namespace}: Keyword): Keyword {
  return keyword(`${namespace === null ? '' : `${namespace}/`}${name.slice(1)}`)
}
