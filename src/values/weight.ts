import {List, Tagged, type Value, ValueMap, ValueSet} from './types.js'

/** The key of a map, or the item of a set, may be so heavy: one for each value in it, and one for 16 characters. */
const MAX_KEY_WEIGHT = 10_000

/**
 * Returns true if a value that a client sent may be a key. A collection is identified by a text of its content, and collections inside
 * each other by as many texts as there are levels: a thousand levels around a large one would take minutes.
 */
export function canBeKey(value: Value): boolean {
  return typeof value !== 'object' || rest(value, MAX_KEY_WEIGHT) >= 0
}

/** @returns what is left of a weight; below 0 when the value is heavier */
function rest(value: Value, weight: number): number {
  if (typeof value === 'string') return weight - 1 - value.length / 16
  let left = weight - 1
  for (const item of itemsOf(value)) {
    if (left < 0) break
    left = rest(item, left)
  }

  return left
}

function itemsOf(value: Value): Iterable<Value> {
  if (value instanceof Tagged) return [value.value]
  if (value instanceof ValueMap) return pairs(value)
  if (value instanceof ValueSet || value instanceof List) return value
  return Array.isArray(value) ? (value as readonly Value[]) : []
}

function* pairs(map: ValueMap): Generator<Value, void, undefined> {
  for (const [key, value] of map) {
    yield key
    yield value
  }
}
