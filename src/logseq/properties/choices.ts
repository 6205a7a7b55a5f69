import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import type {Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, Entities} from '../entities.js'
import {pick} from '../entity-maps.js'
import {collect} from '../scans.js'
import type {Entity} from '../validity/entity.js'

const CHOICE_FACTS = [A.uuid, A.title, A.value, A.order, A.icon, keyword('logseq.property/choice-checkbox-state')]

/** The choices of a property in their order; none where it has none, or does not exist. */
export function* choices(
  db: StoredDatabase,
  property: Value,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const found = entities.lookUp(property)
  return found ? (yield* choicesOf(entities, found.e, execution)).map((choice) => pick(choice, CHOICE_FACTS)) : []
}

/** The choices of a property with their idents. */
export function* namedChoices(
  entities: Entities,
  property: number,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const found = yield* choicesOf(entities, property, execution)
  return found.map((choice) => pick(choice, [...CHOICE_FACTS, DB.ident]))
}

function* choicesOf(entities: Entities, property: number, execution: ExecutionContext): CooperativeTask<Entity[]> {
  const found = yield* collect(entities.db.scan(undefined, A.choiceOf, property), execution, ({e}) => entities.get(e))
  return found.sort(compareOrder)
}
