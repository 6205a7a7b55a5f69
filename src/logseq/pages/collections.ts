import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, Entities} from '../entities.js'
import {drawnBlock, rawMap} from '../entity-maps.js'
import {isInternalClass} from '../properties/private.js'
import {byValue, collect, mapEach} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** The page that keeps the favourites as links. */
const FAVORITES = '$$$favorites'

/** Maximum number of recently visited pages to return. */
const MAX_RECENT = 20

const CLOSED: ReadonlySet<unknown> = new Set(
  ['done', 'canceled'].map((name) => keyword(`logseq.property/status.${name}`)),
)

/** The pages among what a client visited last, in its order: the first 20 that a person may see. */
export function* recentPages(
  db: StoredDatabase,
  visited: readonly Value[],
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const found = new Map<number, ValueMap>()
  for (const id of visited) {
    if (found.size >= MAX_RECENT) break
    const entity = typeof id === 'number' ? entities.get(id) : undefined
    if (entity && entities.isPage(entity) && !entities.isHidden(entity))
      found.set(entity.e, drawnBlock(entities, entity))
    if (execution.shouldYield()) yield
  }

  return [...found.values()]
}

/** The favourite pages, in the order that their owner gave them. */
export function* favoritePages(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  return yield* mapEach(yield* favorites(entities, execution), execution, (page) => drawnBlock(entities, page))
}

/** Returns whether a page is among the favourites. */
export function* isFavorite(db: StoredDatabase, id: Value, execution: ExecutionContext): CooperativeTask<boolean> {
  const entities = new Entities(db)
  const page = entities.lookUp(id)
  return page !== undefined && (yield* favorites(entities, execution)).some(({e}) => e === page.e)
}

function* favorites(entities: Entities, execution: ExecutionContext): CooperativeTask<Entity[]> {
  const page = entities.pageNamed(FAVORITES)
  if (!page) return []
  const links = (yield* entities.allChildren(page.e, execution)).map((block) => valueOf(block, A.link))
  return links
    .filter((link) => typeof link === 'number')
    .map((link) => entities.get(link))
    .filter((target) => !entities.isRecycled(target))
}

/** The titles of all pages that a person may see, each once, in the order of their code units. */
export function* pageTitles(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const titles = yield* collect(byValue(db, A.name), execution, ({e}) => {
    const page = entities.get(e)
    return entities.isHidden(page) || isInternalClass(page) ? undefined : entities.titleOf(page)
  })
  return new List([...new Set(titles)].sort())
}

/**
 * The tasks that are scheduled or due within a time, under their pages.
 * @param start the first and the last moment, in ms
 * @returns a map from a short map of each page to its blocks; an empty vector for a page without blocks
 */
export function* scheduledBetween(
  db: StoredDatabase,
  start: number,
  end: number,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  const entities = new Entities(db)
  const found = new Set<number>()
  for (const attribute of [A.scheduled, A.deadline])
    for (const e of yield* collect(db.scan(undefined, attribute), execution, inTime)) found.add(e)
  const blocks = [...found].map((e) => entities.get(e)).filter((entity) => isOpen(entities, entity))
  const byPage = new Map<null | number, ValueMap[]>()
  for (const block of blocks.sort(compareOrder)) {
    const page = valueOf(block, A.page)
    const key = typeof page === 'number' ? page : null
    const map = rawMap(entities, block, 'vector')
    if (key !== null) map.set(A.page, pageMap(entities, key))
    byPage.set(key, [...(byPage.get(key) ?? []), map])
    if (execution.shouldYield()) yield
  }

  if (byPage.size === 0) return []
  return new ValueMap([...byPage].map(([page, rows]) => [page === null ? null : pageMap(entities, page), rows]))

  function inTime({e, v}: {e: number; v: Value}): number | undefined {
    return typeof v === 'number' && v >= start && v <= end ? e : undefined
  }
}

function isOpen(entities: Entities, entity: Entity): boolean {
  const status = valueOf(entity, A.status)
  if (typeof status !== 'number') return false
  return !CLOSED.has(valueOf(entities.get(status), DB.ident))
}

function pageMap(entities: Entities, e: number): ValueMap {
  const page = entities.get(e)
  return new ValueMap([
    [DB.id, e],
    [A.title, valueOf(page, A.title) ?? null],
    [A.uuid, valueOf(page, A.uuid) ?? null],
  ])
}
