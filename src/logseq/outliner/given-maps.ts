import {DB} from '../../engine/idents.js'
import type {CooperativeTask} from '../../engine/task.js'
import {keyword, Keyword, Uuid} from '../../values/scalars.js'
import {isTruthy} from '../../values/truthy.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {isPassing} from '../passing.js'
import type {Draft} from './draft.js'
import {impossible} from './objections.js'

/** Returns the items of a collection; of anything else, that alone. A lookup ref is one item. */
export function itemsOf(value: Value): readonly Value[] {
  return isCollection(value) ? [...value] : [value]
}

/** Returns true for a list, vector or set of values, and false for one value, such as a lookup ref. */
export function isCollection(value: Value): value is List | readonly Value[] | ValueSet {
  if (value instanceof ValueSet || value instanceof List) return true
  if (!Array.isArray(value)) return false
  const items = value as readonly Value[]
  return !(items.length === 2 && items[0] instanceof Keyword && !(items[1] instanceof Keyword))
}

/** Returns the option of a map that is on. */
export function isOn(options: ValueMap, name: string): boolean {
  return isTruthy(options.get(keyword(name)))
}

/** Returns the entity that a map is of; undefined when it names none, or one that is not there. */
export function entityOf(draft: Draft, map: ValueMap): number | undefined {
  const id = map.get(DB.id) ?? map.get(A.uuid)
  return id === undefined ? undefined : lookUp(draft, id)
}

/** Returns the entity that a number, ident, UUID, lookup ref or map stands for; undefined if missing. */
export function lookUp(draft: Draft, given: Value): number | undefined {
  if (given instanceof ValueMap) return entityOf(draft, given) ?? lookUp(draft, given.get(DB.ident) ?? null)
  if (given instanceof Uuid) return draft.byUuid(given)
  if (typeof given === 'number') return draft.db.first(given) ? given : undefined
  if (given instanceof Keyword) return draft.byIdent(given)
  return Array.isArray(given) && given.length === 2 ? draft.db.entid(given) : undefined
}

/**
 * States what a map says of an entity, as far as the graph knows its attributes. References may be numbers, idents, lookup
 * refs or maps.
 * @param without attributes that are left out
 * @throws ServerError `invalid-transaction` when a reference is to nothing
 */
export function* stateMap(
  draft: Draft,
  e: number,
  map: ValueMap,
  without: ReadonlySet<Keyword>,
): CooperativeTask<void> {
  for (const [a, given] of map) {
    if (!(a instanceof Keyword) || given === null || a === DB.id || without.has(a) || isPassing(a)) continue
    if (!draft.db.attributes.knows(a)) continue
    const isRef = draft.db.attributes.isRef(a)
    const values = draft.db.attributes.isMany(a) ? itemsOf(given) : [given]
    for (const value of values) draft.set(e, a, isRef ? requireTarget(draft, a, value) : value)
    yield
  }
}

function requireTarget(draft: Draft, a: Keyword, given: Value): number {
  const target = lookUp(draft, given)
  if (target === undefined)
    throw impossible(`DB write failed with invalid data: ${a} refers to what is not in the graph`)
  return target
}
