import {DB} from '../../../engine/idents.js'
import {Uuid} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {isCollection} from '../given-maps.js'

/** Returns the names of a block in other blocks of the list. */
export function namesOf(block: ValueMap): string[] {
  const [uuid, id] = [block.get(A.uuid), block.get(DB.id)]
  return [...(uuid instanceof Uuid ? [uuid.text] : []), ...(typeof id === 'number' ? [String(id)] : [])]
}

/** Returns the block of the list under which a block is to be. */
export function parentIn(byName: ReadonlyMap<string, number>, block: ValueMap): number | undefined {
  return translatedOne(block.get(A.parent) ?? null, byName)
}

/** The entity of the list that a reference means; undefined when it means another. */
function translatedOne(value: Value, byName: ReadonlyMap<string, number>): number | undefined {
  if (typeof value === 'number') return byName.get(String(value))
  const id =
    value instanceof ValueMap
      ? (value.get(A.uuid) ?? value.get(DB.id))
      : Array.isArray(value)
        ? (value[1] as Value)
        : null
  if (id instanceof Uuid) return byName.get(id.text)
  return typeof id === 'number' ? byName.get(String(id)) : undefined
}

/** References by UUID to blocks of the list are to what is inserted for them. */
export function translated(block: ValueMap, byName: ReadonlyMap<string, number>): ValueMap {
  const result = new ValueMap()
  for (const [a, given] of block) {
    const one = typeof given === 'number' || a === A.parent ? undefined : translatedOne(given, byName)
    if (one === undefined) {
      result.set(a, a === A.uuid || !isCollection(given) ? given : translatedItems(given, byName))
    } else {
      result.set(a, one)
    }
  }

  return result
}

/** A collection that refers to no block of the list stays what it is. */
function translatedItems(given: Iterable<Value> & Value, byName: ReadonlyMap<string, number>): Value {
  const items = [...given]
  const meant = items.map((item) => (typeof item === 'number' ? undefined : translatedOne(item, byName)))
  return meant.some((e) => e !== undefined) ? items.map((item, i) => meant[i] ?? item) : given
}
