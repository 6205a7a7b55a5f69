import {nearestAttribute} from '../../engine/attributes.js'
import {DB} from '../../engine/idents.js'
import {avetRange, eavtRange} from '../../engine/index-ranges.js'
import {lastIn} from '../../engine/index/last.js'
import type {RangeBounds} from '../../engine/index/node.js'
import type {Tree} from '../../engine/index/tree.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import {refusal} from '../../engine/transact/refusal.js'
import {holdsOther, type ValueType, valueTypeOf} from '../../engine/value-type.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {declaredType} from './known-types.js'

/** Values of each describing attribute that this engine supports. */
const MEANINGS = new Map<Keyword, ReadonlySet<Value>>([
  [DB.cardinality, new Set<Value>([DB.many, DB.one])],
  [DB.unique, new Set<Value>([DB.identity, DB.uniqueValue])],
  [DB.valueType, new Set<Value>([DB.ref])],
])

/**
 * Refuses a fact that would leave the graph with something that Logseq, or this engine, could not go on with.
 * @param v as it would be stored: a reference is a number by now
 * @throws ServerError `invalid-transaction`
 */
export function requireFit(db: StoredDatabase, e: number, a: Keyword, v: Value): void {
  requireStorable(db, a, v)
  requireDeclaredKind(db, a, v)
  requireOneKind(db, e, a, v)
}

/**
 * Refuses a fact that no graph of Logseq can have, whatever else is in it.
 * @throws ServerError `invalid-transaction`
 */
export function requireStorable(db: StoredDatabase, a: Keyword, v: Value): void {
  requireKnown(db, a, v)
  if (holdsOther(v)) throw refusal('wrong-type', `${a} cannot hold ${showEdn(v)}: Logseq stores no such value`)
}

function requireKnown(db: StoredDatabase, a: Keyword, v: Value): void {
  if (!db.attributes.knows(a)) {
    const hint = 'Spell it as the graph does, or declare it first, by an entity that has it as its :db/ident'
    const near = nearestAttribute(db, a)
    throw refusal(
      'unknown-attribute',
      `The graph has no attribute ${a}${near ? `; did you mean ${near}?` : '.'} ${hint}`,
    )
  }

  if (a.name.startsWith('tuple') && a.namespace === 'db')
    throw refusal('not-supported', `${a}: tuples are not supported`)
  const meanings = MEANINGS.get(a)
  if (meanings && !meanings.has(v)) throw refusal('not-supported', `${a} cannot be ${showEdn(v)}`)
  if (a === DB.ident && v instanceof Keyword && /^db(\.|$)/.test(v.namespace ?? ''))
    throw refusal('protected', `${v} is reserved for the database`)
}

function requireDeclaredKind(db: StoredDatabase, a: Keyword, v: Value): void {
  const declared = declaredType(db, a)
  if (declared === undefined) return
  const kind = valueTypeOf(v)
  if (kind === declared || (declared === 'map' && kind === 'large map')) return
  throw refusal('wrong-type', `${a} holds ${plural(declared)}, and ${showEdn(v)} is ${article(kind)}`)
}

/**
 * The order of values of different kinds is not the same in every build of Logseq. So an indexed attribute holds values
 * of one kind, and so does one of many values for each entity; where Logseq has put several, only Logseq adds more.
 */
function requireOneKind(db: StoredDatabase, e: number, a: Keyword, v: Value): void {
  if (db.attributes.isRef(a)) return
  const there = [
    ...(db.attributes.isIndexed(a) ? kindsIn(db.avet, avetRange(a)) : []),
    ...(db.attributes.isMany(a) ? kindsIn(db.eavt, eavtRange(e, a)) : []),
  ]
  const kinds = [...new Set(there)]
  if (kinds.length > 1)
    throw refusal(
      'mixed-types',
      `${a} holds ${kinds.map((kind) => plural(kind)).join(' and ')}: only Logseq can add to it`,
    )
  if (kinds.length === 1 && kinds[0] !== valueTypeOf(v))
    throw refusal(
      'mixed-types',
      `${a} holds ${plural(kinds[0]!)} so far, and ${showEdn(v)} is ${article(valueTypeOf(v))}`,
    )
}

/**
 * Refuses to go on when a fact is not where this engine looks for it, and could be elsewhere: among values of several
 * kinds, which Logseq may have put in another order.
 */
export function requireOrder(db: StoredDatabase, a: Keyword): void {
  if (kindsIn(db.avet, avetRange(a)).size < 2) return
  throw refusal(
    'mixed-types',
    `${a} holds values of several types, in an order of Logseq's own: only Logseq can remove one`,
  )
}

/** The kinds at both ends of a range: values of one kind stand together. */
function kindsIn(tree: Tree, range: RangeBounds): Set<ValueType> {
  const ends = [tree.first(range), lastIn(tree, range)]
  return new Set(ends.filter((datom) => datom !== undefined).map(({v}) => valueTypeOf(v)))
}

function plural(kind: ValueType): string {
  return `${kind}s`
}

function article(kind: ValueType): string {
  return kind === 'other' ? 'something else' : `${kind === 'instant' ? 'an' : 'a'} ${kind}`
}
