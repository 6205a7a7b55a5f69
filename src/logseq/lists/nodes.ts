import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, type ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities, targetsOf} from '../entities.js'
import {collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {itemsIn} from './options.js'
import {basicRow, withIdent} from './rows.js'

const NODE_TYPE = keyword('node/type')
const PAGE_ID = keyword('block/page-id')
const PAGE_TITLE = keyword('block/page-title')

/**
 * Lists pages and blocks, hidden and built-in ones included, without classes and properties.
 * @param options `:tag-ids` (all have to be tags of a node), `:property-idents` (a node has to have a value of each)
 */
export function* listNodes(db: StoredDatabase, options: ValueMap, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const tags = itemsIn(options.get(keyword('tag-ids')))
  const properties = itemsIn(options.get(keyword('property-idents')))
  const rows = yield* collect(candidates(db, tags[0], properties[0]), execution, ({e}) => {
    const entity = entities.get(e)
    const type = typeOf(entities, entity)
    if (type === undefined || !tags.every((tag) => targetsOf(entity, A.tags).includes(tag as number))) return undefined
    if (!properties.every((property) => entity.facts.has(property as Keyword))) return undefined
    return rowOf(entities, entity, type)
  })
  return new List(rows)
}

/** Scans as little as the options allow. A datom of each entity that may be listed is among them, once. */
function candidates(db: StoredDatabase, tag: undefined | Value, property: undefined | Value) {
  if (tag !== undefined) return db.scan(undefined, A.tags, tag)
  const isSingle = property instanceof Keyword && !db.attributes.isMany(property)
  return db.scan(undefined, isSingle ? property : A.uuid)
}

function typeOf(entities: Entities, entity: Entity): 'block' | 'page' | undefined {
  if (!entity.facts.has(A.uuid) || entities.isDefinition(entity)) return undefined
  if (entities.isPage(entity)) return 'page'
  return entity.facts.has(A.page) ? 'block' : undefined
}

function rowOf(entities: Entities, entity: Entity, type: 'block' | 'page'): ValueMap {
  const row = withIdent(basicRow(entities, entity), entity).set(NODE_TYPE, type)
  row.set(A.uuid, valueOf(entity, A.uuid) ?? null)
  const page = valueOf(entity, A.page)
  if (type === 'block' && typeof page === 'number')
    row.set(PAGE_ID, page).set(PAGE_TITLE, entities.titleOf(entities.get(page)) ?? null)
  for (const attribute of [A.assetType, A.assetSize]) {
    const value = valueOf(entity, attribute)
    if (value !== undefined) row.set(attribute, value)
  }

  return row
}
