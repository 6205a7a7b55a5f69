import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {equal, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import type {Entities} from '../entities.js'
import {itemsIn} from '../lists/options.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** Returns true if an entity passes. */
export type Test = (entity: Entity) => boolean

type Operator = (values: readonly Value[], wanted: Value) => boolean

/** Compares what a person reads of the values of an entity with the value of a filter. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  after: (values, wanted) => values.some((value) => isAbove(value, wanted)),
  before: (values, wanted) => values.some((value) => isAbove(wanted, value)),
  between: (values, wanted) => {
    const [low = null, high = null] = itemsIn(wanted)
    return values.some((value) => isWithin(value, low, high))
  },
  'date-after': (values, wanted) => values.some((value) => isAbove(value, wanted)),
  'date-before': (values, wanted) => values.some((value) => isAbove(wanted, value)),
  is: (values, wanted) => wantedValues(wanted).some((one) => values.some((value) => equal(value, one))),
  'is-not': (values, wanted) => !wantedValues(wanted).some((one) => values.some((value) => equal(value, one))),
  'number-gt': (values, wanted) => values.some((value) => isAbove(value, wanted)),
  'number-gte': (values, wanted) => values.some((value) => isWithin(value, wanted, null)),
  'number-lt': (values, wanted) => values.some((value) => isAbove(wanted, value)),
  'number-lte': (values, wanted) => values.some((value) => isWithin(value, null, wanted)),
  'text-contains': (values, wanted) => values.some((value) => contains(value, wanted)),
  'text-not-contains': (values, wanted) => !values.some((value) => contains(value, wanted)),
}

/**
 * Makes the test of a view's filters: `{:or? false :filters [[IDENT OPERATOR VALUE] ...]}`. A filter without a value, or
 * with an operator that is not known, lets everything pass.
 */
export function filterTest(entities: Entities, filters: Value): Test {
  const map = filters instanceof ValueMap ? filters : new ValueMap()
  const tests = itemsIn(map.get(keyword('filters'))).map((filter) => testOf(entities, itemsIn(filter)))
  const known = tests.filter((test) => test !== undefined)
  if (known.length === 0) return () => true
  return map.get(keyword('or?')) === true
    ? (entity) => known.some((test) => test(entity))
    : (entity) => known.every((test) => test(entity))
}

function testOf(entities: Entities, [attribute, operator, wanted]: readonly Value[]): Test | undefined {
  const compare = operator instanceof Keyword ? OPERATORS[operator.fqn] : undefined
  if (!(attribute instanceof Keyword) || !compare || wanted === undefined || isBlank(wanted)) return undefined
  return (entity) => compare(readable(entities, entity, attribute), wanted)
}

/** Returns the values of an attribute as a person reads them: titles, numbers, scalars; and the UUIDs of entities. */
export function readable(entities: Entities, entity: Entity, attribute: Keyword): Value[] {
  if (attribute === A.title) return [entities.titleOf(entity) ?? '']
  const own = entity.facts.get(attribute)
  const byDefault = own ? undefined : entities.valueOf(entity, attribute)
  const values = own ?? (byDefault === undefined ? [] : [byDefault])
  if (!entities.db.attributes.isRef(attribute)) return [...values]
  return values.flatMap((e) => {
    const target = entities.get(e as number)
    const shown = [
      entities.titleOf(target),
      valueOf(target, A.value),
      valueOf(target, A.uuid),
      valueOf(target, A.journalDay),
    ]
    return shown.filter((value) => value !== undefined)
  })
}

/** The values of a filter; those of entities come as `{:block/uuid U}`, or as UUIDs. */
function wantedValues(wanted: Value): Value[] {
  const several = typeof wanted === 'object' && !(wanted instanceof ValueMap) ? itemsIn(wanted) : []
  const values = wanted instanceof Uuid || several.length === 0 ? [wanted] : several
  return values.map((value) => (value instanceof ValueMap ? (value.get(A.uuid) ?? value) : value))
}

function isBlank(wanted: Value): boolean {
  if (wanted === null || wanted === '') return true
  return typeof wanted === 'object' && Symbol.iterator in wanted && itemsIn(wanted).length === 0
}

function contains(value: Value, wanted: Value): boolean {
  return typeof value === 'string' && value.toLowerCase().includes(String(wanted).toLowerCase())
}

function isAbove(value: Value, other: Value): boolean {
  return typeof value === 'number' && typeof other === 'number' && value > other
}

function isWithin(value: Value, low: Value, high: Value): boolean {
  return (
    typeof value === 'number' &&
    (typeof low !== 'number' || value >= low) &&
    (typeof high !== 'number' || value <= high)
  )
}
