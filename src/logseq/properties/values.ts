import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'

const LABEL = keyword('label')
const VALUE = keyword('value')
const PLACEHOLDER = keyword('logseq.property/empty-placeholder')

/** A value of a property that is in use, with what a person reads. */
interface UsedValue {
  /** The title or number of the entity that the value is, or the scalar itself. */
  label: Value
  /** The entity that the value is; undefined for a scalar. */
  target: Entity | undefined
}

/** The values that a property has anywhere, each once: `{:label :value}`, an entity as `{:db/id :block/uuid}`. */
export function* propertyValues(
  db: StoredDatabase,
  property: Keyword,
  execution: ExecutionContext,
): CooperativeTask<List> {
  const found = yield* usedValues(new Entities(db), property, execution)
  return new List(
    found.map(({label, target}) => {
      const value = target ? new ValueMap([[DB.id, target.e]]) : label
      const uuid = target && valueOf(target, A.uuid)
      if (value instanceof ValueMap && uuid !== undefined) value.set(A.uuid, uuid)
      return new ValueMap([
        [LABEL, label],
        [VALUE, value],
      ])
    }),
  )
}

/** Finds the values of a property that are in use. Two entities that read the same are one value. */
export function* usedValues(
  entities: Entities,
  property: Keyword,
  execution: ExecutionContext,
): CooperativeTask<UsedValue[]> {
  const {db} = entities
  const isRef = db.attributes.isRef(property)
  const seen = new Set<Value>()
  return yield* collect(db.scan(undefined, property), execution, ({e, v}) => {
    const target = isRef ? entities.get(v as number) : undefined
    if (entities.isHidden(entities.get(e)) || (target && valueOf(target, DB.ident) === PLACEHOLDER)) return undefined
    const label = target ? (entities.titleOf(target) ?? valueOf(target, A.value) ?? null) : v
    if (label === null || seen.has(label)) return undefined
    seen.add(label)
    return {label, target}
  })
}
