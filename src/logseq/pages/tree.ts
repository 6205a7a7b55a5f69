import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {outlineOf} from '../blocks/outline.js'
import {HAS_CHILDREN, renderedBlock} from '../blocks/rendered.js'
import {compareOrder, Entities} from '../entities.js'
import {rawMap} from '../entity-maps.js'
import {findExactly, uuidIn} from '../find-page.js'
import {collect, mapEach} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'

const CHILDREN = keyword('block/children')

/** A page nests no deeper than a result may. */
const MAX_LEVELS = 400

/** All blocks of a page in their tree, each as `pull` has it, with its level and children; null without the page. */
export function* pageTree(
  db: StoredDatabase,
  page: Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap[]> {
  const entities = new Entities(db)
  const found = yield* pageOf(entities, page, execution)
  if (!found) return null
  const below = new Map<number, Entity[]>()
  const blocks = yield* collect(db.scan(undefined, A.page, found.e), execution, ({e}) => entities.get(e))
  for (const block of blocks) {
    const parent = valueOf(block, A.parent) as number
    const others = below.get(parent)
    if (others) others.push(block)
    else below.set(parent, [block])
    if (execution.shouldYield()) yield
  }

  return yield* levelUnder(found.e, 1)

  function* levelUnder(e: number, level: number): CooperativeTask<ValueMap[]> {
    if (level > MAX_LEVELS) return []
    const rows: ValueMap[] = []
    for (const block of (below.get(e) ?? []).sort(compareOrder)) {
      const map = rawMap(entities, block, 'vector')
      map.delete(A.txId)
      rows.push(map.set(A.level, level).set(CHILDREN, yield* levelUnder(block.e, level + 1)))
      if (execution.shouldYield()) yield
    }

    return rows
  }
}

/**
 * A page for drawing step by step: its index from top to bottom, and its first visible blocks whole; null without the page.
 * @param limit how many blocks are given whole, from 1
 */
export function* pageIndex(
  db: StoredDatabase,
  page: Value,
  limit: number,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const found = yield* pageOf(entities, page, execution)
  if (!found) return null
  const outline = yield* outlineOf(entities, found.e, execution)
  const first = outline.filter(({isVisible}) => isVisible).slice(0, limit)
  return new ValueMap([
    [keyword('block'), yield* renderedBlock(entities, found, execution)],
    [keyword('index'), yield* mapEach(outline, execution, ({entity, level}) => indexRow(entities, entity, level))],
    [keyword('blocks'), yield* all(first)],
  ])

  function* all(items: typeof first): CooperativeTask<ValueMap[]> {
    const rows: ValueMap[] = []
    for (const {entity} of items) rows.push(yield* renderedBlock(entities, entity, execution))
    return rows
  }
}

/** A page with the blocks right on it, as plugins read them; null without the page. */
export function* pageData(
  db: StoredDatabase,
  page: Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const found = yield* pageOf(entities, page, execution)
  if (!found) return null
  const entity = new ValueMap([[A.title, entities.titleOf(found) ?? null]])
  for (const attribute of [A.name, A.createdAt, A.updatedAt]) entity.set(attribute, valueOf(found, attribute) ?? null)
  entity.set(A.uuid, String(valueOf(found, A.uuid)))
  const children = yield* entities.children(found.e, execution)
  const blocks = yield* mapEach(children, execution, (block) => {
    const map = rawMap(entities, block)
    for (const attribute of [A.txId, A.page]) map.delete(attribute)
    const title = entities.titleOf(block)
    if (title !== undefined) map.set(A.title, title)
    return map.set(A.uuid, String(valueOf(block, A.uuid))).set(A.level, 1)
  })
  return new ValueMap([
    [keyword('entity'), entity],
    [keyword('blocks'), new List(blocks)],
  ])
}

function* pageOf(entities: Entities, page: Value, execution: ExecutionContext): CooperativeTask<Entity | undefined> {
  if (typeof page === 'string' && !uuidIn(page))
    return (yield* findExactly(entities, page, execution)) ?? entities.pageNamed(page)
  return yield* findExactly(entities, page, execution)
}

function indexRow(entities: Entities, entity: Entity, level: number): ValueMap {
  return new ValueMap([
    [DB.id, entity.e],
    [A.uuid, valueOf(entity, A.uuid) ?? null],
    [A.parent, new ValueMap([[DB.id, valueOf(entity, A.parent) ?? null]])],
    [A.order, valueOf(entity, A.order) ?? null],
    [A.collapsed, valueOf(entity, A.collapsed) === true],
    [A.level, level],
    [HAS_CHILDREN, entities.hasChildren(entity.e, {withValues: false})],
  ])
}
