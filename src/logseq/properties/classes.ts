import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {List, type Value, type ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, Entities, targetsOf} from '../entities.js'
import {drawnMap, pick, rawMap} from '../entity-maps.js'
import {isSet, isSetOrAbsent} from '../lists/options.js'
import {subclassesOf} from '../references/subclasses.js'
import {entitiesWith, mapEach} from '../scans.js'
import type {Entity} from '../validity/entity.js'
import {valueOf} from '../validity/entity.js'
import {isPrivateClass, mayBeExtended} from './private.js'

const ROOT = keyword('logseq.class/Root')
const CHILDREN = keyword('class/children')

/** A result nests no deeper. */
const MAX_LEVELS = 100

/**
 * Lists the classes of a graph.
 * @param options `:except-root-class?`, `:except-private-tags?` (true where it is left out), `:except-extends-hidden-tags?`
 */
export function* allClasses(db: StoredDatabase, options: ValueMap, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const withoutRoot = isSet(options, 'except-root-class?')
  const withoutPrivate = isSetOrAbsent(options, 'except-private-tags?')
  const onlyExtendable = isSet(options, 'except-extends-hidden-tags?')
  const tag = entities.classId('Tag')
  const all = tag === undefined ? [] : yield* entitiesWith(db, A.tags, tag, execution)
  const rows = yield* mapEach(all, execution, (e) => {
    const entity = entities.get(e)
    if (withoutRoot && valueOf(entity, DB.ident) === ROOT) return undefined
    if (withoutPrivate && isPrivateClass(entity)) return undefined
    if (onlyExtendable && !mayBeExtended(entity)) return undefined
    return entities.isRecycled(entity) ? undefined : rawMap(entities, entity)
  })
  return new List(rows)
}

/** The numbers of the classes that extend a class, directly or not. */
export function* structuredChildren(db: StoredDatabase, id: Value, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const found = entities.lookUp(id)
  return new List(found ? [...(yield* subclassesOf(entities, found.e, execution))] : [])
}

/** The classes that extend a class, each with those that extend it. */
export function* classTree(db: StoredDatabase, id: Value, execution: ExecutionContext): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const found = entities.lookUp(id)
  return found ? yield* below(found.e, [found.e]) : []

  function* below(parent: number, path: readonly number[]): CooperativeTask<ValueMap[]> {
    if (path.length > MAX_LEVELS) return []
    const rows: ValueMap[] = []
    for (const e of yield* entitiesWith(db, A.extends, parent, execution)) {
      if (path.includes(e)) continue
      const children = yield* below(e, [...path, e])
      rows.push(pick(entities.get(e), [A.uuid, A.title, DB.ident]).set(CHILDREN, children))
    }

    return rows
  }
}

/** The properties that members of a class have: its own and those of the classes it extends, in their order. */
export function* classProperties(
  db: StoredDatabase,
  id: Value,
  execution: ExecutionContext,
): CooperativeTask<ValueMap[]> {
  const entities = new Entities(db)
  const found = entities.lookUp(id)
  const properties = found ? yield* propertiesOfClass(entities, found, execution) : []
  return yield* mapEach(properties, execution, (property) => drawnMap(entities, property))
}

function* propertiesOfClass(entities: Entities, root: Entity, execution: ExecutionContext): CooperativeTask<Entity[]> {
  const classes = new Set([root.e])
  const properties = new Set<number>()
  for (const e of classes) {
    const entity = entities.get(e)
    for (const property of targetsOf(entity, A.classProperties)) properties.add(property)
    for (const parent of targetsOf(entity, A.extends)) classes.add(parent)
    if (execution.shouldYield()) yield
  }

  return Array.from(properties, (e) => entities.get(e)).sort(compareOrder)
}

/** The members of a class and of those that extend it, without hidden ones. */
export function* classObjects(db: StoredDatabase, id: Value, execution: ExecutionContext): CooperativeTask<List> {
  const entities = new Entities(db)
  const found = entities.lookUp(id)
  const members = found ? yield* membersOf(entities, found.e, execution) : []
  return new List(yield* mapEach(members, execution, (entity) => drawnMap(entities, entity)))
}

/** Finds the members of a class and of those that extend it, without hidden ones. */
export function* membersOf(entities: Entities, root: number, execution: ExecutionContext): CooperativeTask<Entity[]> {
  const members = new Set<number>()
  for (const e of [root, ...(yield* subclassesOf(entities, root, execution))])
    for (const member of yield* entitiesWith(entities.db, A.tags, e, execution)) members.add(member)
  return yield* mapEach(members, execution, (e) => {
    const entity = entities.get(e)
    return entities.isHidden(entity) ? undefined : entity
  })
}
