import {DB} from '../engine/idents.js'
import {Keyword, keyword} from '../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../values/types.js'
import {A} from './attributes.js'
import {type Entities, identOf, targetsOf} from './entities.js'
import {type Entity, valueOf} from './validity/entity.js'

const PAGE_ID = keyword('block/page-id')
const PAGE_NAME = keyword('block/page-name')
const PAGE_UUID = keyword('block/page-uuid')
const PARENT_ID = keyword('block/parent-id')
const PARENT_UUID = keyword('block/parent-uuid')

/** Attributes that a reference to an entity is shown with, as far as the entity has them. */
const SHOWN = [A.uuid, A.title, A.name, DB.ident, A.journalDay, A.value, A.icon]

/** All that is said of an entity: references as `{:db/id n}`, several values as a set, or in a vector as `pull` has them. */
export function rawMap({db}: Entities, {e, facts}: Entity, several: 'set' | 'vector' = 'set'): ValueMap {
  const map = new ValueMap([[DB.id, e]])
  for (const [attribute, values] of facts) {
    const shown = db.attributes.isRef(attribute) ? values.map((id) => new ValueMap([[DB.id, id]])) : values
    if (db.attributes.isMany(attribute)) {
      map.set(attribute, several === 'set' ? new ValueSet(shown) : shown)
    } else {
      map.set(attribute, shown[0]!)
    }
  }

  return map
}

/** Raw maps with the title as a person sees it. */
export function titledMap(entities: Entities, entity: Entity): ValueMap {
  const map = rawMap(entities, entity)
  const title = entities.titleOf(entity)
  return title === undefined ? map : map.set(A.title, title)
}

/** The attributes given, as far as an entity has them, with its number. Single values only. */
export function pick(entity: Entity, attributes: readonly Keyword[]): ValueMap {
  const map = new ValueMap([[DB.id, entity.e]])
  for (const attribute of attributes) {
    const value = valueOf(entity, attribute)
    if (value !== undefined) map.set(attribute, value)
  }

  return map
}

/** Number of short maps that are kept while one call runs. */
const KEPT = 4096

const shortMaps = new WeakMap<Entities, Map<number, ValueMap>>()

/**
 * Returns the map that stands for a referenced entity in the maps that clients draw: enough for a link. Many blocks refer to
 * the same pages and tags, so each map is made once per call and shared: do not change it.
 */
export function shortMap(entities: Entities, e: number): ValueMap {
  const kept = shortMaps.get(entities) ?? new Map<number, ValueMap>()
  const known = kept.get(e)
  if (known) return known
  if (kept.size >= KEPT) kept.clear()
  shortMaps.set(entities, kept)
  const made = makeShortMap(entities, e)
  kept.set(e, made)
  return made
}

function makeShortMap(entities: Entities, e: number): ValueMap {
  const entity = entities.get(e)
  const map = withRawTitle(pick(entity, SHOWN))
  const tags = targetsOf(entity, A.tags).map((tag) => identOf(entities.get(tag)))
  const idents = tags.filter((ident) => ident !== null)
  return idents.length === 0 ? map : map.set(A.tags, idents)
}

/** All that is said of an entity, with short maps in place of references. */
export function drawnMap(entities: Entities, {e, facts}: Entity): ValueMap {
  const map = new ValueMap([[DB.id, e]])
  for (const [attribute, values] of facts) map.set(attribute, drawnValue(entities, attribute, values))
  return withRawTitle(map)
}

/** The values of an attribute as they are drawn: one, or a vector. */
export function drawnValue(entities: Entities, attribute: Keyword, values: readonly Value[]): Value {
  const {attributes} = entities.db
  const shown = attributes.isRef(attribute) ? values.map((id) => shortMap(entities, id as number)) : values
  return attributes.isMany(attribute) ? shown : shown[0]!
}

/** A drawn map that also names page and parent of a block by their ids. */
export function drawnBlock(entities: Entities, entity: Entity): ValueMap {
  const map = drawnMap(entities, entity)
  const [page, parent] = [valueOf(entity, A.page), valueOf(entity, A.parent)]
  if (typeof page === 'number') {
    const above = entities.get(page)
    map.set(PAGE_ID, page)
    setPresent(map, PAGE_UUID, valueOf(above, A.uuid))
    setPresent(map, PAGE_NAME, valueOf(above, A.name))
  }

  if (typeof parent !== 'number') return map
  map.set(PARENT_ID, parent)
  setPresent(map, PARENT_UUID, valueOf(entities.get(parent), A.uuid))
  return map
}

function withRawTitle(map: ValueMap): ValueMap {
  const title = map.get(A.title)
  return title === undefined ? map : map.set(A.rawTitle, title)
}

function setPresent(map: ValueMap, key: Keyword, value: undefined | Value): void {
  if (value !== undefined) map.set(key, value)
}
