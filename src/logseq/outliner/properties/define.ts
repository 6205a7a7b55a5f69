import {DB} from '../../../engine/idents.js'
import {present} from '../../../values/present.js'
import {Keyword, keyword} from '../../../values/scalars.js'
import {equal, type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {identUuid} from '../../derived-uuids.js'
import {blockName, newIdent} from '../../names.js'
import type {Draft} from '../draft.js'
import {itemsOf, lookUp} from '../given-maps.js'
import {impossible, objection} from '../objections.js'
import {isBuiltIn} from '../outline.js'
import {requirePropertyName, requireUnique} from '../page-titles.js'
import {writeDescription} from './description.js'
import {REF_TYPES} from './property.js'

const PROPERTY_NAME = keyword('property-name')
const PROPERTIES = keyword('properties')
const DEFAULT = keyword('default')

/** Attributes that a person may change in Logseq's own properties. */
const EDITABLE: ReadonlySet<Value> = new Set([A.hideEmptyValue, A.description])

/**
 * Makes a property, or changes one that there is. What is not given stays.
 * @returns its entity
 * @throws ServerError `validation-error` or `invalid-transaction`
 */
export function upsertProperty(draft: Draft, ident: Keyword | null, schema: ValueMap, options: ValueMap): number {
  const name = options.get(PROPERTY_NAME)
  if (schema.get(A.type) === keyword('checkbox') && schema.get(DB.cardinality) === DB.many)
    throw impossible(":checkbox property doesn't allow multiple values")
  const known = ident === null ? undefined : draft.byIdent(ident)
  const given = typeof name === 'string' ? name : undefined
  if (known !== undefined && draft.isTagged(known, 'Property')) return changeProperty(draft, known, schema, given)
  return makeProperty(draft, ident, schema, {name: given, options})
}

function makeProperty(
  draft: Draft,
  given: Keyword | null,
  schema: ValueMap,
  {name, options}: {name: string | undefined; options: ValueMap},
): number {
  const title = name ?? given?.name
  if (title === undefined) throw objection('property/create-error')
  requirePropertyName(title)
  const ident = given ?? newIdent(draft.db, 'property', title, draft.making.ending())
  const type = schema.get(A.type) ?? DEFAULT
  const facts: readonly (readonly [Keyword, undefined | Value])[] = [
    [DB.ident, ident],
    [A.title, title],
    [A.name, blockName(title)],
    [A.tags, draft.classId('Property')],
    [A.type, type],
    [DB.cardinality, cardinalityOf(schema) ?? DB.one],
    [DB.index, true],
    [DB.valueType, isRefType(type) ? DB.ref : undefined],
    [A.order, draft.lastOrder()],
    [A.createdAt, draft.now],
    [A.updatedAt, draft.now],
  ]
  const page = pageToConvert(draft, options)
  const e = page ?? draft.create([[A.uuid, identUuid(ident)]])
  if (page !== undefined) draft.drop(page, A.tags, draft.classId('Page') ?? -1)
  for (const [a, v] of facts) if (v !== undefined) draft.set(e, a, v)
  for (const [a, v] of restOf(schema)) changeAttribute(draft, e, a, v)
  return e
}

function pageToConvert(draft: Draft, options: ValueMap): number | undefined {
  const map = options.get(PROPERTIES)
  return map instanceof ValueMap && map.has(DB.id) ? lookUp(draft, map) : undefined
}

function changeProperty(draft: Draft, e: number, schema: ValueMap, name: string | undefined): number {
  if (isBuiltIn(draft, e) && [...schema.keys()].some((key) => !EDITABLE.has(key)))
    throw objection('property/not-editable')
  let changed = rename(draft, e, name)
  const ident = present(draft.identOf(e))
  const isUsed = draft.db.first(undefined, ident) !== undefined
  const type = schema.get(A.type)
  if (type instanceof Keyword && type !== draft.value(e, A.type)) {
    if (isUsed) throw objection('property/type-change')
    changed = true
    draft.set(e, A.type, type)
    if (isRefType(type)) draft.set(e, DB.valueType, DB.ref)
    else draft.drop(e, DB.valueType)
  }

  const cardinality = cardinalityOf(schema)
  if (cardinality !== undefined && cardinality !== (draft.value(e, DB.cardinality) ?? DB.one)) {
    if (isUsed && cardinality === DB.one) throw objection('property.validation/many-to-one')
    changed = true
    draft.set(e, DB.cardinality, cardinality)
  }

  for (const [a, v] of restOf(schema)) changed = changeAttribute(draft, e, a, v) || changed
  if (changed) draft.set(e, A.updatedAt, draft.now)
  return e
}

function rename(draft: Draft, e: number, name: string | undefined): boolean {
  if (name === undefined || name === draft.value(e, A.title)) return false
  requirePropertyName(name)
  requireUnique(draft, e, name)
  draft.set(e, A.title, name)
  draft.set(e, A.name, blockName(name))
  return true
}

/** @returns true if that changes anything */
function changeAttribute(draft: Draft, e: number, a: Keyword, given: Value): boolean {
  if (a === A.description && typeof given === 'string') return writeDescription(draft, e, given)
  const old = draft.values(e, a)
  const values = stored(draft, a, given)
  const isSame = old.length === values.length && values.every((value) => old.some((other) => equal(value, other)))
  if (isSame) return false
  for (const value of old) if (!values.some((other) => equal(value, other))) draft.drop(e, a, value)
  for (const value of values) draft.set(e, a, value)
  return true
}

/** Returns the facts of a schema beside type and cardinality. Keys of the namespaces `db` and `block` are left out. */
function restOf(schema: ValueMap): (readonly [Keyword, Value])[] {
  return [...schema].flatMap(([a, v]) =>
    a instanceof Keyword && a !== A.type && a.namespace !== 'db' && a.namespace !== 'block' ? [[a, v] as const] : [],
  )
}

function stored(draft: Draft, a: Keyword, given: Value): Value[] {
  if (given === null) return []
  const {attributes} = draft.db
  const values = attributes.isMany(a) ? itemsOf(given) : [given]
  if (!attributes.isRef(a)) return [...values]
  return values.flatMap((value) => {
    const e = lookUp(draft, value)
    if (e === undefined) throw impossible(`${a} of a property has to be an entity of the graph`)
    return [e]
  })
}

/** Clients spell it with and without a namespace. */
function cardinalityOf(schema: ValueMap): Keyword | undefined {
  const given = schema.get(DB.cardinality)
  if (!(given instanceof Keyword)) return undefined
  return given.name === 'many' ? DB.many : DB.one
}

function isRefType(type: Value): boolean {
  return type instanceof Keyword && REF_TYPES.has(type.fqn)
}
