import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Uuid} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {byValue} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {searchedTitle} from './titles.js'

/** Row of an entity in the index. */
export interface SearchRow {
  id: string
  page: string
  title: string
}

/** Hidden, and searched nevertheless: people look for their quick notes later. */
const QUICK_ADD = 'quick add'

/** The row of an entity in the index; undefined when it is not searched for. */
export function searchRow(entities: Entities, entity: Entity): SearchRow | undefined {
  const uuid = valueOf(entity, A.uuid)
  if (!(uuid instanceof Uuid) || entity.facts.has(A.choiceOf) || isOutOfSight(entities, entity)) return undefined
  const title = searchedTitle(entities, entity)
  if (title === undefined) return undefined
  const above = valueOf(entity, A.page)
  const page = typeof above === 'number' ? entities.db.first(above, A.uuid)?.v : uuid
  return page instanceof Uuid ? {id: uuid.text, page: page.text, title} : undefined
}

function isOutOfSight(entities: Entities, entity: Entity): boolean {
  // What hides a property hides its values; the property itself is found.
  if (entities.isTagged(entity, 'Property')) return entities.isRecycled(entity) || isPrivate(entity)
  if (entities.isHidden(entity)) return true
  const above = valueOf(entity, A.page)
  if (typeof above !== 'number') return false
  const page = entities.get(above)
  return entities.isHidden(page) && valueOf(page, A.name) !== QUICK_ADD
}

function isPrivate(property: Entity): boolean {
  return valueOf(property, A.builtIn) === true && valueOf(property, A.public) !== true
}

/** All rows of a graph, some at a time, in the order of their ids. */
export function* eachRow(
  db: StoredDatabase,
  execution: ExecutionContext,
  take: (rows: SearchRow[]) => void,
): CooperativeTask<void> {
  const entities = new Entities(db)
  let rows: SearchRow[] = []
  const cursor = byValue(db, A.uuid)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const {e} of batch) {
      const row = searchRow(entities, entities.get(e))
      if (row) rows.push(row)
      if (!execution.shouldYield()) continue
      take(rows)
      rows = []
      yield
    }
  }

  take(rows)
}
