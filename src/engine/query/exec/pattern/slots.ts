import {ServerError} from '../../../../lib/errors.js'
import {didYouMean} from '../../../../lib/nearest.js'
import {present} from '../../../../values/present.js'
import {Keyword} from '../../../../values/scalars.js'
import type {Value} from '../../../../values/types.js'
import {nearestIdent} from '../../../attributes.js'
import type {Database} from '../../../database.js'
import {formatForm, invalidQuery} from '../../../invalid-query.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import type {PatternClause, Term} from '../../syntax.js'
import type {Column, Origin, Relation} from '../relation.js'

/** One position of a pattern: a constant, a column with a value for each row, or open; then it may bind a variable. */
export interface Slot {
  column?: Column
  free?: string
  /** The origin of the column's values: undefined when facts gave them. */
  origin?: Origin | undefined
  value?: Value
}

export interface Slots {
  a: Slot
  added: Slot
  e: Slot
  tx: Slot
  v: Slot
}

/**
 * @param driver the rows that are there already
 * @throws ServerError `invalid-query`; `invalid-entity-id` when the pattern names an entity that there is not
 */
export function slotsOf(clause: PatternClause, driver: Relation, db: Database): Slots {
  if (clause.terms.length > 5) throw invalidQuery('a pattern has at most five places', clause.form)
  const [e, a, v, tx, added] = clause.terms.map((term) => slotOf(term, driver))
  const attribute = a?.value
  if (attribute !== undefined && !(attribute instanceof Keyword))
    throw invalidQuery('expected a keyword as the attribute in', clause.form)
  if (mayBeLookupRef(e?.value)) e.value = named(e.value, db)
  if (mayBeLookupRef(v?.value) && attribute && db.attributes.isRef(attribute)) v.value = named(v.value, db)
  return {a: a ?? {}, added: added ?? {}, e: e ?? {}, tx: tx ?? {}, v: v ?? {}}
}

function slotOf(term: Term, driver: Relation): Slot {
  if (term.kind === 'constant') return {value: term.value}
  if (term.kind !== 'variable') return {}
  if (!driver.has(term.name)) return {free: term.name}
  return {column: driver.column(term.name), origin: driver.origins.get(term.name)}
}

/** Returns true if a value may stand for an entity without being its number. */
function mayBeLookupRef(value: undefined | Value): value is Keyword | readonly Value[] {
  return value instanceof Keyword || Array.isArray(value)
}

function named(id: Value, db: Database): number {
  const e = db.entid(id)
  if (e === undefined) throw unknownEntity(id, db)
  return e
}

function unknownEntity(id: Value, db: Database): ServerError {
  const near = id instanceof Keyword ? nearestIdent(db, id) : undefined
  return new ServerError('invalid-entity-id', `unknown entity ${formatForm(id)}${didYouMean(near)}`)
}

/**
 * The entities that values of a column stand for; null for those that stand for none.
 * @param strict refuse a literal ident that no entity has, as where the pattern itself has it
 * @throws ServerError `invalid-entity-id`
 */
export function* entitiesIn(
  {column, origin}: Slot,
  db: Database,
  {memory, strict}: {memory: MemoryAccountant; strict: boolean},
): CooperativeTask<Column | undefined> {
  if (!column || !origin || !column.some((value) => typeof value !== 'number')) return column
  const entities: Value[] = []
  for (const value of column) {
    const entity = entityOf(value, origin, db)
    if (entity === undefined && strict && origin === 'literal' && mayBeLookupRef(value)) throw unknownEntity(value, db)
    entities.push(entity ?? null)
    if (memory.shouldYield()) yield
  }

  return entities
}

/** Entity that a value at the position of an entity stands for; undefined if it stands for none. */
function entityOf(value: Value, origin: Origin, db: Database): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Keyword) return origin === 'literal' ? db.entid(value) : undefined
  if (!Array.isArray(value)) return undefined
  const [attribute] = value as readonly Value[]
  const isLookupRef = value.length === 2 && attribute instanceof Keyword && db.attributes.isUnique(attribute)
  return isLookupRef ? db.entid(value) : undefined
}

/** Matches nothing: no entity has it, and no reference. */
const NO_ENTITY = -1

/** The value to search for under an attribute: for a reference, the entity that it stands for. */
export function valueUnder(slot: Slot, attribute: Keyword | undefined, db: Database): undefined | Value {
  if (!attribute || !mayBeLookupRef(slot.value) || !db.attributes.isRef(attribute)) return slot.value
  return entityOf(slot.value, 'literal', db) ?? NO_ENTITY
}

/**
 * A value whose attribute is open, as it is searched for under references: the entity that it stands for, where it stands for
 * one without being its number.
 * @returns undefined when it is the same under every attribute
 */
export function* valueUnderRefs(slot: Slot, db: Database, memory: MemoryAccountant): CooperativeTask<Slot | undefined> {
  if (mayBeLookupRef(slot.value)) {
    const entity = entityOf(slot.value, 'literal', db)
    return entity === undefined ? undefined : {value: entity}
  }

  const entities = yield* entitiesIn(slot, db, {memory, strict: false})
  if (!entities || entities === slot.column) return undefined
  const column: Value[] = []
  for (const [row, entity] of entities.entries()) {
    column.push(typeof present(slot.column)[row] === 'number' ? null : entity)
    if (memory.shouldYield()) yield
  }

  return column.some((entity) => entity !== null) ? {column} : undefined
}
