import {List, type Value, ValueMap, ValueSet} from '../../../values/types.js'
import {
  ArgumentError,
  boundedCollection,
  type Functions,
  numberIn,
  takes,
  takesAtLeast,
  wrongArgument,
} from './callable.js'

/** Making collections, and looking into them. */
export const COLLECTIONS: Functions = {
  'array-map': takesAtLeast(0, mapOf),
  'contains?': takes(2, ([collection, key]) => contains(collection, key)),
  count: takes(1, ([value]) => countOf(value)),
  'empty?': takes(1, ([value]) => countOf(value) === 0),
  first: takes(1, ([value]) => itemsOf(value)[0] ?? null),
  get: takes(2, ([collection, key, other]) => valueAt(collection, key) ?? other ?? null, 3),
  'hash-map': takesAtLeast(0, mapOf),
  last: takes(1, ([value]) => itemsOf(value).at(-1) ?? null),
  list: takesAtLeast(0, (args) => boundedCollection(new List([...args]))),
  'not-empty': takes(1, ([value]) => (countOf(value) === 0 ? null : value)),
  range: takes(1, (args) => range(args), 3),
  set: takes(1, ([value]) => boundedCollection(new ValueSet(itemsOf(value)))),
  tuple: takesAtLeast(0, (args) => boundedCollection([...args])),
  untuple: takes(1, ([value]) => value),
  vector: takesAtLeast(0, (args) => boundedCollection([...args])),
}

function mapOf(args: readonly Value[]): ValueMap {
  if (args.length % 2 === 1) throw new ArgumentError('expected a value for each key')
  const map = new ValueMap()
  for (let i = 0; i < args.length; i += 2) map.set(args[i]!, args[i + 1]!)
  return boundedCollection(map)
}

/** The items of a collection; those of a map are pairs, those of a string its characters. Nil has none. */
export function itemsOf(value: Value): readonly Value[] {
  if (value === null) return []
  if (Array.isArray(value)) return value as readonly Value[]
  if (value instanceof List) return value.items
  if (typeof value === 'string' || value instanceof ValueMap || value instanceof ValueSet) return [...value]
  throw wrongArgument('a collection', value)
}

function countOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (value instanceof ValueMap || value instanceof ValueSet) return value.size
  return itemsOf(value).length
}

function contains(collection: Value, key: Value): boolean {
  if (collection === null) return false
  if (collection instanceof ValueMap || collection instanceof ValueSet) return collection.has(key)
  if (Array.isArray(collection))
    return Number.isInteger(key) && (key as number) >= 0 && (key as number) < collection.length
  throw wrongArgument('a map, set or vector', collection)
}

function valueAt(collection: Value, key: Value): undefined | Value {
  if (collection instanceof ValueMap) return collection.get(key)
  if (collection instanceof ValueSet) return collection.has(key) ? key : undefined
  if (Array.isArray(collection) && typeof key === 'number') return (collection as readonly Value[])[key]
  return undefined
}

const MAX_RANGE = 100_000

function range(args: readonly Value[]): number[] {
  const numbers = args.map((value) => numberIn(value))
  const [start, end, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1]
  const count = Math.max(0, Math.ceil((end - start) / step))
  if (!(count <= MAX_RANGE)) throw new ArgumentError(`the range would have more than ${MAX_RANGE} numbers`)
  return Array.from({length: count}, (_, i) => start + i * step)
}
