import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, type Entities, identOf} from '../entities.js'
import {drawnMap, drawnValue, pick} from '../entity-maps.js'
import {propertyMap, UI_POSITION} from '../properties/property-map.js'
import {collect} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {isAnyProperty} from '../validity/idents.js'

export const HAS_CHILDREN = keyword('block.temp/has-children?')
const PROPERTIES = keyword('block/properties')
const REACTION_TARGET = keyword('logseq.property.reaction/target')
const EMOJI = keyword('logseq.property.reaction/emoji-id')
const BELOW = keyword('block-below')
const IN_FULL = keyword('properties')
const TEXT = keyword('default')

/** The values of properties that a block has, by the idents of these. */
function propertiesOf(entities: Entities, {facts}: Entity): ValueMap {
  const map = new ValueMap()
  for (const [attribute, values] of facts) {
    if (!isAnyProperty(attribute)) continue
    const shown = drawnValue(entities, attribute, values)
    map.set(attribute, Array.isArray(shown) && entities.db.attributes.isMany(attribute) ? new ValueSet(shown) : shown)
  }

  return map
}

/** Adds to a drawn map what each block is given whole with. */
export function withOwn(entities: Entities, entity: Entity, map: ValueMap): ValueMap {
  map.set(A.collapsed, valueOf(entity, A.collapsed) === true)
  if (!map.has(A.tags)) map.set(A.tags, [])
  return map.set(PROPERTIES, propertiesOf(entities, entity))
}

/** A block or page with all that a client draws of it: how its properties are laid out, and its reactions. */
export function* renderedBlock(
  entities: Entities,
  entity: Entity,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  const map = withOwn(entities, entity, drawnMap(entities, entity))
  map.set(HAS_CHILDREN, entities.hasChildren(entity.e, {withValues: false}))
  const {full, hidden, positioned} = layOut(entities, entity)
  const hasOwn = [...entity.facts.keys()].some((attribute) => isAnyProperty(attribute) && attribute !== A.tags)
  const builtIn = (ident: Keyword): null | ValueMap => {
    const e = hasOwn ? entities.idOf(ident) : undefined
    return e === undefined ? null : propertyMap(entities, entities.get(e))
  }

  map.set(
    keyword('block.temp/display-properties'),
    new ValueMap([
      [keyword('class-properties-property'), builtIn(A.classProperties)],
      [keyword('description-property'), builtIn(A.description)],
      [keyword('full-properties'), full],
      [keyword('hidden-properties'), hidden],
    ]),
  )
  map.set(keyword('block.temp/positioned-properties'), positioned)
  return map.set(keyword('block.temp/reactions'), yield* reactionsTo(entities, entity, execution))
}

interface Layout {
  full: ValueMap[]
  hidden: ValueMap[]
  positioned: ValueMap
}

/** Hidden built-in properties are left out; other hidden properties are listed separately. */
function layOut(entities: Entities, entity: Entity): Layout {
  const layout: Layout = {full: [], hidden: [], positioned: new ValueMap()}
  for (const [property, values] of shownProperties(entities, entity)) {
    const ident = identOf(property)
    if (ident === null) continue
    const map = propertyMap(entities, property)
    const row = () =>
      new ValueMap([
        [keyword('property-id'), ident],
        [keyword('property'), map],
        [keyword('value'), drawnValue(entities, ident, values)],
      ])
    const position = positionOf(entities, property)
    if (valueOf(property, A.hide) === true) layout.hidden.push(row())
    else if (position === IN_FULL) layout.full.push(row())
    else layout.positioned.set(position, [...((layout.positioned.get(position) ?? []) as Value[]), map])
  }

  return layout
}

function shownProperties(entities: Entities, {facts}: Entity): [Entity, readonly Value[]][] {
  const shown: [Entity, readonly Value[]][] = []
  for (const [attribute, values] of facts) {
    const e = attribute !== A.tags && isAnyProperty(attribute) ? entities.idOf(attribute) : undefined
    const property = e === undefined ? undefined : entities.get(e)
    const isHiddenBuiltIn = property && valueOf(property, A.builtIn) === true && valueOf(property, A.hide) === true
    if (property && !isHiddenBuiltIn) shown.push([property, values])
  }

  return shown.sort(([a], [b]) => compareOrder(a, b))
}

/** Returns the position of a property's values. Only text, which may have blocks under it, needs lines of its own. */
function positionOf(entities: Entities, property: Entity): Value {
  const own = valueOf(property, UI_POSITION)
  if (own !== undefined) return own
  const hasChoices = entities.db.first(undefined, A.choiceOf, property.e) !== undefined
  return valueOf(property, A.type) === TEXT && !hasChoices ? IN_FULL : BELOW
}

function* reactionsTo(entities: Entities, {e}: Entity, execution: ExecutionContext): CooperativeTask<ValueMap[]> {
  return yield* collect(entities.db.scan(undefined, REACTION_TARGET, e), execution, (datom) =>
    pick(entities.get(datom.e), [A.uuid, EMOJI]),
  )
}
