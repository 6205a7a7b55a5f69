import {DB} from '../../engine/idents.js'
import {keyword} from '../../values/scalars.js'
import type {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {type Entities, targetsOf} from '../entities.js'
import {pick, shortMap} from '../entity-maps.js'
import {cardinalityOf} from '../lists/definitions.js'
import type {Entity} from '../validity/entity.js'

export const UI_POSITION = keyword('logseq.property/ui-position')

const FACTS = [
  A.uuid,
  A.title,
  A.name,
  A.order,
  DB.ident,
  A.type,
  A.builtIn,
  A.hide,
  A.public,
  keyword('logseq.property/hide-empty-value'),
  UI_POSITION,
  keyword('logseq.property/view-context'),
]

/** Returns the data that a client needs to show the values of a property. */
export function propertyMap(entities: Entities, property: Entity): ValueMap {
  const tags = targetsOf(property, A.tags).map((tag) => shortMap(entities, tag))
  return pick(property, FACTS).set(A.tags, tags).set(DB.cardinality, cardinalityOf(property))
}
