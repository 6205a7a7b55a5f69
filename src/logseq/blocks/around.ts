import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, Entities} from '../entities.js'
import {drawnBlock, rawMap, titledMap} from '../entity-maps.js'
import type {Era} from '../era.js'
import {mapEach} from '../scans.js'
import {valueOf} from '../validity/entity.js'

/** Default number of levels above a block. */
const DEFAULT_LEVELS = 3

/** A neighbour of a block. */
export type Neighbour = 'last-child' | 'left' | 'right'

/**
 * Lists what is above a block, the page first and its parent last.
 * @param levels how many at most
 * @param era titles as a person sees them for `head`, and all as `pull` has it for `base`
 */
export function listParents(db: StoredDatabase, id: Value, {era, levels}: {era: Era; levels: null | number}): List {
  const entities = new Entities(db)
  const entity = entities.lookUp(id)
  if (!entity) return new List([])
  const found: ValueMap[] = []
  for (const parent of entities.above(entity)) {
    if (found.length >= (levels ?? DEFAULT_LEVELS)) break
    found.unshift(era === 'head' ? titledMap(entities, parent) : rawMap(entities, parent, 'vector'))
  }

  return new List(found)
}

/** The block that a block is in, or its page; null if missing. */
export function parentOf(db: StoredDatabase, id: Value): null | ValueMap {
  const entities = new Entities(db)
  const entity = entities.lookUp(id)
  const parent = entity && valueOf(entity, A.parent)
  return typeof parent === 'number' ? rawMap(entities, entities.get(parent)) : null
}

/** The blocks in a block or on a page, in their order, without those further down. */
export function* immediateChildren(
  db: StoredDatabase,
  id: Value,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const entity = entities.lookUp(id)
  if (!entity) return []
  return yield* mapEach(yield* entities.children(entity.e, execution), execution, (child) => rawMap(entities, child))
}

/** The block left or right of a block, values of properties included, or its last child. */
export function* siblingOf(
  db: StoredDatabase,
  id: Value,
  neighbour: Neighbour,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const entity = entities.lookUp(id)
  if (!entity) return null
  if (neighbour === 'last-child') {
    const last = (yield* entities.children(entity.e, execution)).at(-1)
    return last ? drawnBlock(entities, last) : null
  }

  const parent = valueOf(entity, A.parent)
  if (typeof parent !== 'number') return null
  const siblings = (yield* entities.allChildren(parent, execution)).filter(({e}) => e !== entity.e)
  const found =
    neighbour === 'right'
      ? siblings.find((other) => compareOrder(other, entity) > 0)
      : siblings.findLast((other) => compareOrder(other, entity) < 0)
  return found ? drawnBlock(entities, found) : null
}

/** The page that a block is on, or the page itself. */
export function pageInfo(db: StoredDatabase, id: Value): null | ValueMap {
  const entities = new Entities(db)
  const entity = entities.lookUp(id)
  if (!entity) return null
  const page = valueOf(entity, A.page)
  const found = typeof page === 'number' ? entities.get(page) : entity
  const map = new ValueMap([[DB.id, found.e]])
  for (const attribute of [A.uuid, A.name, A.title]) {
    const value = valueOf(found, attribute)
    if (value !== undefined) map.set(attribute, value)
  }

  return map
}

/** The page that an alias stands for; null for anything else. */
export function sourceOf(db: StoredDatabase, id: Value): null | number {
  const entities = new Entities(db)
  const entity = entities.lookUp(id)
  if (!entity) return null
  const owner = db.first(undefined, A.alias, entity.e)?.e
  return owner ?? null
}
