import type {StoredDatabase} from '../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {keyword, type Keyword, Uuid} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'
import {isUuidText} from '../values/uuid-text.js'
import {A} from './attributes.js'
import {Entities, identOf, targetsOf} from './entities.js'
import {rawMap} from './entity-maps.js'
import {itemsIn} from './lists/options.js'
import {blockName} from './names.js'
import {entitiesWith} from './scans.js'
import {type Entity, valueOf} from './validity/entity.js'

/** The classes whose members a title names only in its own case. */
const BY_EXACT_TITLE: ReadonlySet<unknown> = new Set([keyword('logseq.class/Tag'), keyword('logseq.class/Property')])

/** Reads a text that is a UUID; undefined for anything else. */
export function uuidIn(value: Value): undefined | Uuid {
  if (value instanceof Uuid) return value
  return typeof value === 'string' && isUuidText(value) ? new Uuid(value) : undefined
}

/** Finds a page by its title in just this case, or what has a UUID: a block, too. */
export function* findExactly(
  entities: Entities,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<Entity | undefined> {
  const uuid = uuidIn(given)
  if (uuid) return entities.lookUp(uuid)
  if (typeof given !== 'string') return undefined
  for (const e of yield* entitiesWith(entities.db, A.name, blockName(given), execution)) {
    const entity = entities.get(e)
    if (entities.titleOf(entity) === given || valueOf(entity, A.title) === given) return entity
  }

  return undefined
}

/** The page of a title in just this case, or what has a UUID, with all that is said of it; null if missing. */
export function* casePage(
  db: StoredDatabase,
  given: Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  const entities = new Entities(db)
  const found = yield* findExactly(entities, given, execution)
  return found ? rawMap(entities, found) : null
}

/**
 * Returns true if there is a page of this name with at least one of these tags. Recycled pages count.
 * @param tags an ident, or several
 */
export function* pageExists(
  db: StoredDatabase,
  title: string,
  tags: Value,
  execution: ExecutionContext,
): CooperativeTask<boolean> {
  const entities = new Entities(db)
  const wanted = new Set(itemsIn(tags))
  if (tags !== null && wanted.size === 0 && !isCollection(tags)) wanted.add(tags)
  if (wanted.size === 0) return false
  const isExact = [...wanted].every((tag) => BY_EXACT_TITLE.has(tag))
  for (const e of yield* entitiesWith(db, A.name, blockName(title), execution)) {
    const page = entities.get(e)
    if (isExact && valueOf(page, A.title) !== title) continue
    if (targetsOf(page, A.tags).some((tag) => wanted.has(identOf(entities.get(tag))))) return true
  }

  return false
}

/** The classes of a name, whatever its case, with all that is said of them. */
export function* tagsNamed(db: StoredDatabase, name: string, execution: ExecutionContext): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const found = (yield* entitiesWith(db, A.name, blockName(name), execution)).map((e) => entities.get(e))
  return found.filter((entity) => entities.isTagged(entity, 'Tag')).map((entity) => rawMap(entities, entity))
}

/** The value that stands alone under an ident, such as `:logseq.kv/db-type`; null if missing. */
export function keyValue(db: StoredDatabase, ident: Keyword): Value {
  const entities = new Entities(db)
  const e = entities.idOf(ident)
  return (e === undefined ? undefined : valueOf(entities.get(e), keyword('kv/value'))) ?? null
}

/** The text of a file that is kept in the graph; null if missing. @param path `logseq/config.edn` */
export function fileContent(db: StoredDatabase, path: string): Value {
  const e = db.first(undefined, keyword('file/path'), path)?.e
  return e === undefined ? null : (db.first(e, keyword('file/content'))?.v ?? null)
}

function isCollection(value: Value): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
