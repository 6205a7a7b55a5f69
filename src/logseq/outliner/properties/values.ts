import {Keyword, keyword} from '../../../values/scalars.js'
import {equal, type Value, ValueSet} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {Classes} from '../../validity/entity.js'
import {faultsOfValues, type Judging} from '../../validity/property-types.js'
import {isMacro, isUrl} from '../../validity/value-tests.js'
import type {Draft} from '../draft.js'
import {impossible, objection} from '../objections.js'
import {pageFor} from '../outline.js'
import type {Property} from './property.js'

/** Marks a text that is not a value: not a number, or not a choice. */
export const NO_VALUE = Symbol('no value')

/** Manner in which a value was given. */
export interface Manner {
  /** A number is always that of an entity. */
  isEntity: boolean
  /** A text that an entity has is copied into a block of the owner. */
  mayCopy: boolean
}

/**
 * Returns what is stored for a value that a client gives, and makes what that refers to.
 * @param owner owner of a text; undefined for shared values
 * @throws ServerError `validation-error` or `invalid-transaction`
 */
export function storedValue(
  draft: Draft,
  property: Property,
  owner: number | undefined,
  given: Value,
  manner: Manner,
): typeof NO_VALUE | Value {
  if (given === A.emptyValue) return emptyValue(draft, property)
  if (!draft.db.attributes.isRef(property.ident)) return checked(draft, property, given)
  if (given instanceof Keyword) {
    const e = draft.byIdent(given)
    if (e === undefined) throw impossible('Wrong property db/ident')
    return checkedRef(draft, property, owner, e)
  }

  if (property.choices.length > 0 && CHOSEN.has(property.type)) return chosen(draft, property, owner, given)
  switch (property.type) {
    case 'default':
    case 'url':
      return textValue(draft, property, owner, given, manner)
    case 'number':
      return numberValue(draft, property, owner, given, manner)
    default:
      return entityValue(draft, property, owner, given)
  }
}

const CHOSEN = new Set(['default', 'number', 'url'])

function emptyValue(draft: Draft, {ident}: Property): Value {
  if (!draft.db.attributes.isRef(ident)) return A.emptyValue
  const e = draft.byIdent(A.emptyValue)
  if (e === undefined) throw impossible('Wrong property db/ident')
  return e
}

/** A choice is given by its text or number, or as an entity. */
function chosen(draft: Draft, property: Property, owner: number | undefined, given: Value): typeof NO_VALUE | Value {
  const number = property.type === 'number' && typeof given === 'string' ? readNumber(given) : given
  const choice = property.choices.find(
    (e) => equal(draft.value(e, A.title) ?? null, given) || equal(draft.value(e, A.value) ?? null, number ?? null),
  )
  if (choice !== undefined) return choice
  if (typeof given === 'number' && property.type !== 'number') return checkedRef(draft, property, owner, given)
  if (typeof given === 'number' && property.choices.includes(given)) return given
  if (typeof given === 'number' || typeof given === 'string') return NO_VALUE
  throw invalidValue(draft, property, given)
}

function textValue(draft: Draft, property: Property, owner: number | undefined, given: Value, manner: Manner): Value {
  if (typeof given === 'string') {
    requireUrl(property, given)
    return property.isPublic && owner !== undefined
      ? makeText(draft, property, owner, given)
      : sharedText(draft, property, given)
  }

  if (typeof given !== 'number') throw impossible('value should be a string')
  const e = checkedRef(draft, property, owner, given)
  const text = draft.text(e, A.title)
  return manner.mayCopy && owner !== undefined && text !== undefined ? makeText(draft, property, owner, text) : e
}

/** Refuses a text that is no URL where one is asked for. */
export function requireUrl({title, type}: Property, text: string): void {
  if (type === 'url' && !isUrl(text) && !isMacro(text))
    throw objection('property.validation/invalid-value', title, 'should be a URL')
}

function numberValue(
  draft: Draft,
  property: Property,
  owner: number | undefined,
  given: Value,
  {isEntity}: Manner,
): typeof NO_VALUE | Value {
  const number = typeof given === 'string' ? readNumber(given) : given
  if (number === undefined) return NO_VALUE
  if (typeof number !== 'number') throw invalidValue(draft, property, given)
  if (isEntity || draft.has(number, A.createdFrom, property.e)) return checkedRef(draft, property, owner, number)
  return findNumber(draft, property, number) ?? makeShared(draft, property, [[A.value, number]])
}

function findNumber(draft: Draft, property: Property, number: number): number | undefined {
  return draft.owners(A.createdFrom, property.e).find((e) => draft.value(e, A.value) === number)
}

function entityValue(draft: Draft, property: Property, owner: number | undefined, given: Value): Value {
  if (typeof given === 'number') return checkedRef(draft, property, owner, given)
  if (typeof given !== 'string')
    throw impossible(property.type === 'page' ? 'Value should be non-empty string' : 'value should be a string')
  if (given.trim() === '') throw impossible('Value should be non-empty string')
  if (property.type === 'node') return sharedText(draft, property, given)
  throw invalidValue(draft, property, given)
}

/** Returns the number that a text says. */
export function readNumber(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** Makes the block of a text that is a value of one owner alone. */
export function makeText(
  draft: Draft,
  property: Property,
  owner: number,
  title: string,
  uuid = draft.making.uuid(),
): number {
  return makeValue(draft, property, {page: pageFor(draft, owner), parent: owner}, [
    [A.uuid, uuid],
    [A.title, title],
  ])
}

function sharedText(draft: Draft, property: Property, title: string): number {
  const known = draft
    .owners(A.createdFrom, property.e)
    .find((e) => draft.ref(e, A.parent) === property.e && draft.value(e, A.title) === title)
  return known ?? makeShared(draft, property, [[A.title, title]])
}

/** Makes the block of a shared value. */
function makeShared(draft: Draft, property: Property, facts: readonly (readonly [Keyword, Value])[]): number {
  return makeValue(draft, property, {page: property.e, parent: property.e}, [[A.uuid, draft.making.uuid()], ...facts])
}

function makeValue(
  draft: Draft,
  property: Property,
  {page, parent}: {page: number; parent: number},
  facts: readonly (readonly [Keyword, Value])[],
): number {
  return draft.create([
    [A.createdAt, draft.now],
    [A.updatedAt, draft.now],
    [A.order, draft.lastOrder()],
    [A.page, page],
    [A.parent, parent],
    [A.createdFrom, property.e],
    ...facts,
  ])
}

function checkedRef(draft: Draft, property: Property, owner: number | undefined, e: number): number {
  if (property.ident !== A.tags) checked(draft, property, e) // tags have rules of their own
  requireUrl(property, draft.text(e, A.title) ?? '')
  if (e === owner && property.ident !== A.alias && property.ident !== A.extends && property.ident !== A.tags)
    throw objection('property.validation/cant-set-self-value')
  return e
}

/** Refuses what the type of a property does not allow. */
function checked(draft: Draft, property: Property, value: Value): Value {
  const message = faultOf(draft, property, value)
  if (message !== undefined) throw objection('property.validation/invalid-value', property.title, message)
  return value
}

/** Returns the error of a value that the type of a property does not allow. */
export function invalidValue(draft: Draft, property: Property, value: Value): Error {
  const message = faultOf(draft, property, value) ?? 'should be a value of its type'
  return objection('property.validation/invalid-value', property.title, message)
}

function faultOf(draft: Draft, {ident, isMany, type}: Property, value: Value): string | undefined {
  const judging: Judging = {classes: new Classes(draft.db), db: draft.db, whole: false, withChoices: false}
  const property = {choices: undefined, ident, isMany, type: keyword(type)}
  return faultsOfValues(judging, property, [value])[0]?.message
}

/** Returns the values of a vector or set; undefined for a single value. */
export function severalOf(given: Value): readonly Value[] | undefined {
  if (given instanceof ValueSet) return [...given]
  if (!Array.isArray(given)) return undefined
  const items = given as readonly Value[]
  return items.length === 2 && items[0] === A.uuid ? undefined : items
}
