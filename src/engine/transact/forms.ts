import {showEdn} from '../../values/edn-write.js'
import {present} from '../../values/present.js'
import {Keyword} from '../../values/scalars.js'
import {List, Tagged, type Value, ValueMap} from '../../values/types.js'
import {DB} from '../idents.js'
import {refusal} from './refusal.js'

/** An entity that a map stands for, without a name of its own. `index` is its place among those of its transaction. */
export class Unnamed {
  readonly index: number

  constructor(index: number) {
    this.index = index
  }
}

/** An entity id as a transaction has it: a number, an ident, a lookup ref, a tempid, or an entity without a name. */
export type Id = Unnamed | Value

/**
 * One thing to do, taken from the data of a transaction. A map can stand for many: `name` is the id of the map that an
 * `add` comes from, `e` the entity that it turned out to be.
 */
export type Operation =
  | {a: Keyword; e: Id; expected: Value; op: 'cas'; v: Value}
  | {a: Keyword; e: Id; name?: Id; op: 'add'; v: Id}
  | {a: Keyword; e: Id; op: 'retract'; v: Value | undefined}
  | {attributes: readonly (readonly [Keyword, Id])[]; id: Id | undefined; op: 'entity'}
  | {e: Id; op: 'retract-entity'}

const FORMS: Record<string, {args: string; least: number; most: number; op: Operation['op']}> = {
  'db/add': {args: 'e a v', least: 4, most: 5, op: 'add'},
  'db/retract': {args: 'e a v?', least: 3, most: 4, op: 'retract'},
  'db.fn/retractAttribute': {args: 'e a', least: 3, most: 3, op: 'retract'},
  'db/retractEntity': {args: 'e', least: 2, most: 2, op: 'retract-entity'},
  'db.fn/retractEntity': {args: 'e', least: 2, most: 2, op: 'retract-entity'},
  'db/cas': {args: 'e a expected v', least: 5, most: 5, op: 'cas'},
  'db.fn/cas': {args: 'e a expected v', least: 5, most: 5, op: 'cas'},
}

/**
 * Reads one item of a transaction: a map, `[:db/add e a v]` and its like, or a datom.
 * @returns undefined for nil, which stands for nothing
 * @throws ServerError `invalid-transaction`
 */
export function readOperation(item: Value): Operation | undefined {
  if (item === null) return undefined
  if (item instanceof ValueMap) return readEntity(item)
  if (item instanceof Tagged && item.tag === 'datascript/Datom') return readDatom(item.value)
  const parts = item instanceof List ? item.items : item
  if (Array.isArray(parts)) return readVector(parts as readonly Value[])
  throw refusal('syntax', `expected a map, a vector or a datom, got ${showEdn(item)}`)
}

function readEntity(map: ValueMap): Operation {
  const attributes: [Keyword, Value][] = []
  let id: undefined | Value
  for (const [key, value] of map) {
    const attribute = requireAttribute(key, map)
    if (value === null) throw refusal('syntax', `${key} has no value: nil cannot be stored`)
    if (attribute === DB.id) id = value
    else attributes.push([attribute, value])
  }

  return {attributes, id, op: 'entity'}
}

function readVector(parts: readonly Value[]): Operation {
  const [name, e, a, v, w] = parts
  const form = name instanceof Keyword && Object.hasOwn(FORMS, name.fqn) ? FORMS[name.fqn] : undefined
  if (!form) throw refusal('not-supported', `Unknown operation ${parts.length === 0 ? '[]' : showEdn(present(name))}`)
  if (parts.length < form.least || parts.length > form.most || e === null)
    throw refusal('syntax', `expected [${String(name)} ${form.args}], got ${showEdn(parts)}`)
  if (form.op === 'retract-entity') return {e: present(e), op: 'retract-entity'}
  const attribute = requireAttribute(present(a), parts)
  switch (form.op) {
    case 'add':
      // The fifth place of an add is a transaction: a fact is always of the transaction that states it.
      return {a: attribute, e: present(e), op: 'add', v: requireValue(v, parts)}
    case 'cas':
      return {a: attribute, e: present(e), expected: v ?? null, op: 'cas', v: requireValue(w, parts)}
    default:
      return {a: attribute, e: present(e), op: 'retract', v: v ?? undefined}
  }
}

/** A datom of another database, or of this one: added now, or retracted now. */
function readDatom(value: Value): Operation {
  const [e, a, v, , added] = Array.isArray(value) ? (value as readonly Value[]) : []
  if (typeof e !== 'number') throw refusal('syntax', `expected a datom, got ${showEdn(value)}`)
  const attribute = requireAttribute(a ?? null, value)
  const fact = requireValue(v, value)
  return {a: attribute, e, op: added === false ? 'retract' : 'add', v: fact}
}

function requireAttribute(attribute: Value, where: Value): Keyword {
  if (attribute instanceof Keyword) return attribute
  throw refusal('syntax', `expected a keyword as the attribute, got ${showEdn(attribute)} in ${showEdn(where)}`)
}

function requireValue(value: undefined | Value, where: Value): Value {
  if (value === undefined || value === null) throw refusal('syntax', `nil cannot be stored: ${showEdn(where)}`)
  return value
}
