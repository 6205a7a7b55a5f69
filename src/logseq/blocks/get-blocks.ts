import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {drawnBlock} from '../entity-maps.js'
import {findExactly} from '../find-page.js'
import {isSet, itemsIn} from '../lists/options.js'
import {countFor} from '../references/references.js'
import {mapEach} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {levelsOf} from './outline.js'
import {HAS_CHILDREN, renderedBlock, withOwn} from './rendered.js'

const ID = keyword('id')
const REFS_COUNT = keyword('block.temp/refs-count')

/** Maximum number of blocks under a block to return; with more, only its direct children are returned. */
const MAX_CHILDREN = 100

/**
 * Finds blocks or pages, each as its request says: `{:id ID :opts {:children? :include-collapsed-children? :properties
 * :render-data?}}`. An id is a UUID, a number, an ident, or the name of a page.
 * @returns for each request `{:id ID :block BLOCK}`, with `:children` where they are wanted; `{:id ID}` without the block
 */
export function* getBlocks(
  db: StoredDatabase,
  requests: readonly Value[],
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const answers: ValueMap[] = []
  for (const request of requests) {
    if (!(request instanceof ValueMap)) continue
    const id = request.get(ID) ?? null
    const options = request.get(keyword('opts'))
    answers.push(yield* answer(entities, id, options instanceof ValueMap ? options : new ValueMap(), execution))
    if (execution.shouldYield()) yield
  }

  return answers
}

function* answer(
  entities: Entities,
  id: Value,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  const found = yield* findBlock(entities, id, execution)
  const row = new ValueMap([[ID, id]])
  if (!found) return row
  const block = yield* blockOf(entities, found, options, execution)
  execution.reserveRows(block.size)
  row.set(keyword('block'), block)
  if (!isSet(options, 'children?')) return row
  const children = yield* childrenOf(entities, found, isSet(options, 'include-collapsed-children?'), execution)
  return row.set(keyword('children'), new List(children))
}

function* findBlock(entities: Entities, id: Value, execution: ExecutionContext): CooperativeTask<Entity | undefined> {
  if (typeof id !== 'string') return entities.lookUp(id)
  return (yield* findExactly(entities, id, execution)) ?? entities.pageNamed(id)
}

function* blockOf(
  entities: Entities,
  entity: Entity,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  const map = isSet(options, 'render-data?')
    ? yield* renderedBlock(entities, entity, execution)
    : withOwn(entities, entity, drawnBlock(entities, entity))
  if (!map.has(HAS_CHILDREN)) map.set(HAS_CHILDREN, entities.hasChildren(entity.e, {withValues: true}))
  const wanted = itemsIn(options.get(keyword('properties')))
  if (wanted.includes(REFS_COUNT)) map.set(REFS_COUNT, yield* countFor(entities, entity, execution))
  if (wanted.length === 0) return map
  const kept = new Set<Value>([...wanted, ...ALWAYS])
  return new ValueMap([...map].filter(([key]) => kept.has(key)))
}

/** Attributes that a block always has, whatever a request selects of it. */
const ALWAYS = [DB.id, A.rawTitle, A.tags, A.collapsed, HAS_CHILDREN]

function* childrenOf(
  entities: Entities,
  {e}: Entity,
  withCollapsed: boolean,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const isOpen = (entity: Entity) => withCollapsed || valueOf(entity, A.collapsed) !== true
  const all = yield* levelsOf(entities, e, execution, isOpen)
  const found = all.length > MAX_CHILDREN ? all.filter((child) => valueOf(child, A.parent) === e) : all
  return yield* mapEach(found, execution, (child) =>
    drawnBlock(entities, child).set(HAS_CHILDREN, entities.hasChildren(child.e, {withValues: true})),
  )
}
