import {ServerError} from '../../../../lib/errors.js'
import {Keyword} from '../../../../values/scalars.js'
import type {Value} from '../../../../values/types.js'
import type {Database} from '../../../database.js'
import type {Task} from '../../../task.js'
import {invalidQuery, show} from '../../invalid.js'
import type {PatternClause, Term} from '../../plan.js'
import type {Meter} from '../meter.js'
import type {Column, Relation} from '../relation.js'

/** What is known of one place of a fact: a value, one for each row, or nothing; then it may give a variable its value. */
export interface Slot {
  column?: Column
  /** The values come from outside: idents and lookup refs may stand for entities. */
  foreign?: boolean
  free?: string
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
  if (clause.terms.length > 5) throw invalidQuery('a fact has five places at most', clause.form)
  const [e, a, v, tx, added] = clause.terms.map((term) => slotOf(term, driver))
  const attribute = a?.value
  if (attribute !== undefined && !(attribute instanceof Keyword))
    throw invalidQuery('an attribute is a keyword', clause.form)
  if (isReference(e?.value)) e.value = named(e.value, db)
  if (isReference(v?.value) && attribute && db.attributes.isRef(attribute)) v.value = named(v.value, db)
  return {a: a ?? {}, added: added ?? {}, e: e ?? {}, tx: tx ?? {}, v: v ?? {}}
}

function slotOf(term: Term, driver: Relation): Slot {
  if (term.kind === 'constant') return {value: term.value}
  if (term.kind !== 'variable') return {}
  if (!driver.has(term.name)) return {free: term.name}
  return {column: driver.column(term.name), foreign: driver.foreign.has(term.name)}
}

/** Could it stand for an entity, without being its number? */
function isReference(value: undefined | Value): value is Keyword | readonly Value[] {
  return value instanceof Keyword || Array.isArray(value)
}

function named(id: Value, db: Database): number {
  const e = db.entid(id)
  if (e === undefined) throw new ServerError('invalid-entity-id', `there is no entity ${show(id)}`)
  return e
}

/** The entities that values of a column stand for; null for those that stand for none. */
export function* entitiesIn({column, foreign}: Slot, db: Database, meter: Meter): Task<Column | undefined> {
  if (!column || !foreign || !column.some((value) => typeof value !== 'number')) return column
  const entities: Value[] = []
  for (const value of column) {
    entities.push(entityOf(value, db))
    if (meter.pace.due()) yield
  }

  return entities
}

function entityOf(value: Value, db: Database): Value {
  if (value instanceof Keyword) return db.entid(value) ?? null
  if (!Array.isArray(value)) return value
  const [attribute] = value as readonly Value[]
  const isRef = value.length === 2 && attribute instanceof Keyword && db.attributes.isUnique(attribute)
  return (isRef && db.entid(value)) || null
}
