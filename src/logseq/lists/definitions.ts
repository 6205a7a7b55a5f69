import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Keyword} from '../../values/scalars.js'
import {keyword} from '../../values/scalars.js'
import {List, type ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities, identOf, targetsOf} from '../entities.js'
import {rawMap} from '../entity-maps.js'
import {collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {isSet, isSetOrAbsent} from './options.js'
import {basicRow, titleRow, uuidText, withIdent} from './rows.js'

/** Kind of definition, by its class: the classes of a graph, or its properties. */
type Definition = 'Property' | 'Tag'

const PROPERTY_CLASSES = keyword('logseq.property/classes')

/** Facts that an expanded row leaves out. */
const LEFT_OUT: Readonly<Record<Definition, readonly Keyword[]>> = {
  Property: [A.tags, A.order, A.refs, A.name, DB.index, A.defaultValue],
  Tag: [A.tags, A.order, A.refs, A.name],
}

/**
 * Lists classes or properties in the order of their numbers.
 * @param options `:expand :include-built-in`
 */
export function* listDefinitions(
  db: StoredDatabase,
  kind: Definition,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<List> {
  const withBuiltIn = isSetOrAbsent(options, 'include-built-in')
  const isExpanded = isSet(options, 'expand')
  return yield* list(db, kind, execution, (entities, entity) => {
    if (!withBuiltIn && valueOf(entity, A.builtIn) === true) return undefined
    if (isExpanded) return expandedRow(entities, kind, entity)
    const row = withIdent(basicRow(entities, entity), entity)
    if (kind === 'Tag') return row
    return row.set(A.type, valueOf(entity, A.type) ?? null).set(DB.cardinality, cardinalityOf(entity))
  })
}

/** Lists classes or properties for plugins: title and UUID, or all but the number with `:expand`. */
export function* listDefinitionsForPlugins(
  db: StoredDatabase,
  kind: Definition,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<List> {
  const isExpanded = isSet(options, 'expand')
  return yield* list(db, kind, execution, (entities, entity) => {
    if (!isExpanded) return titleRow(entities, entity)
    const row = expandedRow(entities, kind, entity)
    row.delete(DB.id)
    return row
  })
}

/** Returns the cardinality of a property; one if it does not state it. */
export function cardinalityOf(property: Entity): Keyword {
  return (valueOf(property, DB.cardinality) as Keyword | undefined) ?? DB.one
}

function* list(
  db: StoredDatabase,
  kind: Definition,
  execution: ExecutionContext,
  rowOf: (entities: Entities, entity: Entity) => undefined | ValueMap,
): CooperativeTask<List> {
  const entities = new Entities(db)
  const tag = entities.classId(kind)
  if (tag === undefined) return new List([])
  return new List(yield* collect(db.scan(undefined, A.tags, tag), execution, ({e}) => rowOf(entities, entities.get(e))))
}

function expandedRow(entities: Entities, kind: Definition, entity: Entity): ValueMap {
  const row = rawMap(entities, entity)
  for (const attribute of LEFT_OUT[kind]) row.delete(attribute)
  row.set(A.title, entities.titleOf(entity) ?? null).set(A.uuid, uuidText(entity))
  setIdents(PROPERTY_CLASSES)
  setIdents(A.extends)
  setIdents(A.classProperties)
  const description = valueOf(entity, A.description)
  if (typeof description === 'number') row.set(A.description, entities.titleOf(entities.get(description)) ?? null)
  if (kind === 'Property') return row.set(DB.cardinality, cardinalityOf(entity))
  const view = entities.identAt(entity, A.viewType)
  return view === null ? row : row.set(A.viewType, view)

  function setIdents(attribute: Keyword): void {
    const idents = targetsOf(entity, attribute).map((e) => identOf(entities.get(e)))
    if (idents.length > 0) row.set(attribute, idents)
  }
}
