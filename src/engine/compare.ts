import {Keyword, Sym, Uuid} from '../values/scalars.js'

import {equal, List, Tagged, type Value, ValueMap, ValueSet} from '../values/types.js'
import type {Datom} from './datom.js'
import {hash} from './hash.js'

/**
 * Compares a with b: negative if a comes first, 0 if they are the same, positive otherwise. All orders of stored datoms are
 * below. A tree in another order cannot be searched, so they must be exactly Logseq's.
 */
type Comparator<T> = (a: T, b: T) => number

/** The index by entity: entity, attribute, value, transaction. */
export const compareEavt: Comparator<Datom> = (a, b) =>
  a.e - b.e || compareKeywords(a.a, b.a) || compareValues(a.v, b.v) || compareTransactions(a, b)

/** The index by attribute: attribute, entity, value, transaction. */
export const compareAevt: Comparator<Datom> = (a, b) =>
  compareKeywords(a.a, b.a) || a.e - b.e || compareValues(a.v, b.v) || compareTransactions(a, b)

/** The index by value: attribute, value, entity, transaction. */
export const compareAvet: Comparator<Datom> = (a, b) =>
  compareKeywords(a.a, b.a) || compareValues(a.v, b.v) || a.e - b.e || compareTransactions(a, b)

/** A retraction has the place of the fact that it retracts. */
function compareTransactions(a: Datom, b: Datom): number {
  return Math.abs(a.tx) - Math.abs(b.tx)
}

/** Keywords without a namespace first, then by namespace, then by name; by UTF-16 code units, not by locale. */
export function compareKeywords(a: Keyword, b: Keyword): number {
  if (a === b) return 0
  if (a.namespace === b.namespace) return a.name < b.name ? -1 : 1
  if (a.namespace === null) return -1
  if (b.namespace === null) return 1
  return a.namespace < b.namespace ? -1 : 1
}

/**
 * The order of values in the indexes. Values of one type have their natural order; vectors and lists go by length first;
 * maps and sets go by their hash, so two that are not equal may compare as 0. Values of different types go by the
 * names of their types, as in unminified ClojureScript: a typed property of Logseq holds one type, and a write of another
 * is refused. NaN may not be stored; it comes after all numbers, so that nothing is found by it.
 */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (typeof a !== 'object' && typeof a === typeof b) return comparePrimitives(a, b as typeof a)
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object')
    return comparePrimitives(typeName(a), typeName(b))
  return compareObjects(a, b)
}

function compareObjects(a: object & Value, b: object & Value): number {
  if (a instanceof Keyword && b instanceof Keyword) return compareKeywords(a, b)
  if (a instanceof Uuid && b instanceof Uuid) return comparePrimitives(a.text, b.text)
  if (a instanceof Date && b instanceof Date) return comparePrimitives(a.getTime(), b.getTime())
  if (a instanceof Sym && b instanceof Sym) return comparePrimitives(a.name, b.name)
  const items = itemsOf(a)
  const others = itemsOf(b)
  if (items !== undefined && others !== undefined) return compareItems(items, others)
  if (equal(a, b)) return 0
  return comparePrimitives(typeName(a), typeName(b)) || hash(a) - hash(b)
}

function compareItems(a: readonly Value[], b: readonly Value[]): number {
  if (a.length !== b.length) return a.length - b.length
  for (const [i, item] of a.entries()) {
    const other = b[i] as Value
    const order =
      item === null || other === null ? Number(item !== null) - Number(other !== null) : compareValues(item, other)
    if (order !== 0) return order
  }

  return 0
}

function itemsOf(value: Value): readonly Value[] | undefined {
  if (value instanceof List) return value.items
  return Array.isArray(value) ? (value as readonly Value[]) : undefined
}

function comparePrimitives<T extends boolean | number | string>(a: T, b: T): number {
  if (a === b) return 0
  if (a > b) return 1
  return a < b ? -1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

function typeName(value: Value): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return PRIMITIVES[typeof value] ?? ''
  if (value instanceof ValueMap) return value.size <= 8 ? 'cljs.core/PersistentArrayMap' : 'cljs.core/PersistentHashMap'
  for (const [kind, name] of TYPES) if (value instanceof kind) return name
  return 'cljs.core/PersistentVector'
}

const PRIMITIVES: Record<string, string> = {boolean: ' Boolean', number: ' Number', string: ' String'}

const TYPES = [
  [Keyword, 'cljs.core/Keyword'],
  [Uuid, 'cljs.core/UUID'],
  [Sym, 'cljs.core/Symbol'],
  [Date, ' Date'],
  [List, 'cljs.core/List'],
  [ValueSet, 'cljs.core/PersistentHashSet'],
  [Tagged, 'function Object'],
] as const
