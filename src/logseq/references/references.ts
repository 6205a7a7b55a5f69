import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities, identOf, targetsOf} from '../entities.js'
import {drawnBlock, rawMap} from '../entity-maps.js'
import type {Era} from '../era.js'
import {entitiesWith, mapEach} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {subclassesOf} from './subclasses.js'

const INCLUDES = keyword('logseq.property.linked-references/includes')
const EXCLUDES = keyword('logseq.property.linked-references/excludes')

/**
 * Lists the blocks that refer to an entity or one of its aliases.
 * @param id a number, ident, lookup ref or UUID; an unknown one has no references
 * @param era raw facts for `base`; drawn, without tags, for `head`
 */
export function* listReferences(
  db: StoredDatabase,
  id: Value,
  {era, execution}: {era: Era; execution: ExecutionContext},
): CooperativeTask<List> {
  const entities = new Entities(db)
  const target = entities.lookUp(id)
  if (!target) return new List([])
  const found = yield* referencesTo(entities, target, execution)
  const rows = yield* mapEach(found, execution, (entity) => {
    if (era === 'base') return rawMap(entities, entity)
    const row = drawnBlock(entities, entity)
    row.delete(A.tags)
    return row
  })
  return new List(rows)
}

/**
 * Counts the blocks that refer to an entity, without what is on the page itself, and what has the entity as one of
 * its properties.
 */
export function* countReferences(db: StoredDatabase, id: Value, execution: ExecutionContext): CooperativeTask<number> {
  const entities = new Entities(db)
  const target = entities.lookUp(id)
  return target ? yield* countFor(entities, target, execution) : 0
}

/** As `countReferences`, for an entity that was found. */
export function* countFor(entities: Entities, target: Entity, execution: ExecutionContext): CooperativeTask<number> {
  const found = yield* referencesTo(entities, target, execution)
  const ident = identOf(target)
  const others = found.filter(
    (entity) => valueOf(entity, A.page) !== target.e && !(ident !== null && entity.facts.has(ident)),
  )
  return others.length
}

/** The entities that refer to an entity or one of its aliases, and that a person should see. */
export function* referencesTo(
  entities: Entities,
  target: Entity,
  execution: ExecutionContext,
): CooperativeTask<Entity[]> {
  const aliases = new Set(yield* withAliases(entities, target, execution))
  const members = entities.isTagged(target, 'Tag')
    ? new Set([target.e, ...(yield* subclassesOf(entities, target.e, execution))])
    : undefined
  const passes = pageFilter(entities, target)
  const seen = new Set<number>()
  const found: Entity[] = []
  for (const alias of aliases) {
    for (const e of yield* entitiesWith(entities.db, A.refs, alias, execution)) {
      if (execution.shouldYield()) yield
      if (seen.has(e) || aliases.has(e)) continue
      seen.add(e)
      const entity = entities.get(e)
      if (isOutOfSight(entities, entity)) continue
      if (members && targetsOf(entity, A.tags).some((tag) => members.has(tag))) continue
      if (passes(entity)) found.push(entity)
    }
  }

  return found
}

/** An entity with its aliases: what its `:block/alias` names, and what names it as an alias. */
function* withAliases(entities: Entities, target: Entity, execution: ExecutionContext): CooperativeTask<number[]> {
  const all = [target.e]
  for (let at = 0; at < all.length; at++) {
    const e = all[at]!
    const around = [...targetsOf(entities.get(e), A.alias), ...entities.db.list(undefined, A.alias, e).map(({e}) => e)]
    for (const alias of around) if (!all.includes(alias)) all.push(alias)
    if (execution.shouldYield()) yield
  }

  return all
}

function isOutOfSight(entities: Entities, entity: Entity): boolean {
  if (entities.isHidden(entity)) return true
  const page = valueOf(entity, A.page)
  return typeof page === 'number' && entities.isHidden(entities.get(page))
}

/**
 * Returns the test that the page sets for its references. Some pages must be, and some must not be, among those of a
 * block and its ancestors.
 */
function pageFilter(entities: Entities, target: Entity): (entity: Entity) => boolean {
  const [includes, excludes] = [targetsOf(target, INCLUDES), targetsOf(target, EXCLUDES)]
  if (includes.length === 0 && excludes.length === 0) return () => true
  return (entity) => {
    const around = new Set<number>()
    for (const above of [entity, ...entities.above(entity)]) {
      around.add(above.e)
      if (above.facts.has(A.page)) for (const ref of targetsOf(above, A.refs)) around.add(ref) // not what the page itself names
    }

    return includes.every((e) => around.has(e)) && !excludes.some((e) => around.has(e))
  }
}
