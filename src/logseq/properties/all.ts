import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {pick, shortMap} from '../entity-maps.js'
import {isSet} from '../lists/options.js'
import {entitiesWith} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {namedChoices} from './choices.js'
import {isOffered} from './private.js'
import {propertyMap} from './property-map.js'

const CLOSED_VALUES = keyword('property/closed-values')

/**
 * Lists the properties that people work with: those of users first, each part in the order of the titles.
 * @param options `:remove-built-in-property?` leaves out those of Logseq
 */
export function* allProperties(
  db: StoredDatabase,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<List> {
  const entities = new Entities(db)
  const isOnlyUsers = isSet(options, 'remove-built-in-property?')
  const tag = entities.classId('Property')
  const all = tag === undefined ? [] : yield* entitiesWith(db, A.tags, tag, execution)
  const properties = all
    .map((e) => entities.get(e))
    .filter((property) => {
      const isBuiltIn = valueOf(property, A.builtIn) === true
      return isBuiltIn ? !isOnlyUsers && isOffered(property) : !entities.isRecycled(property)
    })
  const rows: ValueMap[] = []
  for (const property of properties.sort(byOwnerAndTitle)) {
    rows.push(yield* rowOf(property))
    execution.reserveRows(1)
    if (execution.shouldYield()) yield
  }

  return new List(rows)

  function* rowOf(property: Entity): CooperativeTask<ValueMap> {
    const row = propertyMap(entities, property)
    row.set(A.rawTitle, valueOf(property, A.title) ?? null)
    const [description, byDefault] = [valueOf(property, A.description), valueOf(property, A.defaultValue)]
    if (typeof description === 'number')
      row.set(A.description, pick(entities.get(description), [A.uuid, A.title, A.value]))
    if (typeof byDefault === 'number') row.set(A.defaultValue, shortMap(entities, byDefault))
    const scalar = valueOf(property, A.scalarDefault)
    if (scalar !== undefined) row.set(A.scalarDefault, scalar)
    const choices = yield* namedChoices(entities, property.e, execution)
    return choices.length === 0 ? row : row.set(CLOSED_VALUES, choices)
  }
}

function byOwnerAndTitle(a: Entity, b: Entity): number {
  const [ownA, ownB] = [a, b].map((property) => (valueOf(property, A.builtIn) === true ? 1 : 0)) as [number, number]
  if (ownA !== ownB) return ownA - ownB
  const [first, second] = [nameOf(a), nameOf(b)]
  if (first === second) return a.e - b.e
  return first < second ? -1 : 1
}

function nameOf(property: Entity): string {
  return String(valueOf(property, A.title) ?? '').toLowerCase()
}
