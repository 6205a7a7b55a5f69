import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {findExactly, uuidIn} from '../find-page.js'
import {collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** Finds what an address of the app names: a UUID, or the name of a page in any case. */
function* findRoute(
  entities: Entities,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<Entity | undefined> {
  const exact = yield* findExactly(entities, given, execution)
  return exact ?? (typeof given === 'string' && !uuidIn(given) ? entities.pageNamed(given) : undefined)
}

/** Returns the data that the app needs before it shows a page; null if the page does not exist. */
export function* routeInfo(
  db: StoredDatabase,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const found = yield* findRoute(entities, given, execution)
  if (!found) return null
  const isBuiltIn = valueOf(found, A.builtIn) === true
  const map = new ValueMap([
    [keyword('page-id'), found.e],
    [keyword('page-uuid'), valueOf(found, A.uuid) ?? null],
    [keyword('page-title'), entities.titleOf(found) ?? null],
    [keyword('hidden?'), entities.isHidden(found)],
    [keyword('property?'), entities.isTagged(found, 'Property')],
    [keyword('built-in?'), isBuiltIn],
    [keyword('private-built-in?'), isBuiltIn && isPrivate(entities, found)],
  ])
  addHeading(entities, found, map)
  const owner = db.first(undefined, A.alias, found.e)?.e
  if (owner === undefined) return map
  return map
    .set(keyword('alias-source-id'), owner)
    .set(keyword('alias-source-uuid'), valueOf(entities.get(owner), A.uuid) ?? null)
}

/** `{:page-title T}` or `{:block-title T}` of what an address names; null when it names nothing. */
export function* routeTitle(
  db: StoredDatabase,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const found = yield* findRoute(entities, given, execution)
  if (!found) return null
  const isPage = entities.isPage(found) || found.facts.has(A.name)
  return new ValueMap([[keyword(isPage ? 'page-title' : 'block-title'), entities.titleOf(found) ?? null]])
}

/** `{:block/uuid U}` of the heading of a page that an address names by its text; null if missing. */
export function* headingOf(
  db: StoredDatabase,
  page: Value,
  heading: string,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const found = yield* findRoute(entities, page, execution)
  if (!found) return null
  const wanted = heading.toLowerCase()
  const [first] = yield* collect(db.scan(undefined, A.page, found.e), execution, ({e}) => {
    const block = entities.get(e)
    const isNamed = block.facts.has(A.heading) && routeName(entities, block) === wanted
    return isNamed ? valueOf(block, A.uuid) : undefined
  })
  return first === undefined ? null : new ValueMap([[A.uuid, first]])
}

function addHeading(entities: Entities, found: Entity, map: ValueMap): void {
  const page = valueOf(found, A.page)
  if (typeof page !== 'number' || !found.facts.has(A.heading)) return
  map.set(keyword('block-page-name'), valueOf(entities.get(page), A.name) ?? null)
  map.set(keyword('block-route-name'), routeName(entities, found) ?? null)
}

/** Returns the name of a heading in an address: its first line in lower case. */
function routeName(entities: Entities, block: Entity): string | undefined {
  const [line] = entities.titleOf(block)?.split('\n') ?? []
  return line?.replace(/^#*\s*/, '').toLowerCase()
}

/** Returns true for a built-in entity that people do not work with. */
function isPrivate(entities: Entities, entity: Entity): boolean {
  if (entities.isTagged(entity, 'Property')) return valueOf(entity, A.public) !== true
  return !entities.isTagged(entity, 'Tag') && !entities.isTagged(entity, 'Page')
}
