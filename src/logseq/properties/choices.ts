import type {Facts} from '../../engine/facts.js'
import {DB} from '../../engine/idents.js'
import type {Pace, Task} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import type {Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, Entities} from '../entities.js'
import {pick} from '../entity-maps.js'
import {collect} from '../scans.js'
import type {Entity} from '../validity/entity.js'

const CHOICE_FACTS = [A.uuid, A.title, A.value, A.order, A.icon, keyword('logseq.property/choice-checkbox-state')]

/** The choices of a property in their order; none where it has none, or does not exist. */
export function* choices(db: Facts, property: Value, pace: Pace): Task<ValueMap[]> {
  const entities = new Entities(db)
  const found = entities.lookUp(property)
  return found ? (yield* choicesOf(entities, found.e, pace)).map((choice) => pick(choice, CHOICE_FACTS)) : []
}

/** The choices of a property with their idents. */
export function* namedChoices(entities: Entities, property: number, pace: Pace): Task<ValueMap[]> {
  const found = yield* choicesOf(entities, property, pace)
  return found.map((choice) => pick(choice, [...CHOICE_FACTS, DB.ident]))
}

function* choicesOf(entities: Entities, property: number, pace: Pace): Task<Entity[]> {
  const found = yield* collect(entities.db.scan(undefined, A.choiceOf, property), pace, ({e}) => entities.get(e))
  return found.sort(compareOrder)
}
