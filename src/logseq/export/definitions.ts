import {DB} from '../../engine/idents.js'
import type {CooperativeTask} from '../../engine/task.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {compareOrder, identOf, targetsOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'
import type {Collector} from './collector.js'
import {K} from './keys.js'
import {propertiesOf} from './nodes.js'

const CLASSES = keyword('logseq.property/classes')
const ROOT = keyword('logseq.class/Root')

/**
 * Exports the classes and properties that were used, with those that they are made of: what a class extends, the
 * properties of classes, and the classes of properties.
 * @param whole with the properties that they have themselves
 */
export function* definitions(
  collector: Collector,
  whole: boolean,
): CooperativeTask<{classes: ValueMap; properties: ValueMap}> {
  const classes = new ValueMap()
  const properties = new ValueMap()
  // Each may add to both, and so to what the loops have still before them.
  for (let before = -1; before !== classes.size + properties.size;) {
    before = classes.size + properties.size
    for (const [ident, entity] of collector.classes)
      if (!classes.has(ident)) classes.set(ident, yield* builtClass(collector, entity, whole))
    for (const [ident, entity] of collector.properties)
      if (!properties.has(ident)) properties.set(ident, yield* builtProperty(collector, entity, whole))
  }

  return {classes, properties}
}

function* builtClass(collector: Collector, entity: Entity, whole: boolean): CooperativeTask<ValueMap> {
  const map = yield* begun(collector, entity, whole)
  const extended = idents(collector, targetsOf(entity, A.extends)).filter((ident) => ident !== ROOT)
  if (extended.length > 0) map.set(K.classExtends, new ValueSet(extended))
  const ordered = targetsOf(entity, A.classProperties)
    .map((e) => collector.entities.get(e))
    .toSorted(compareOrder)
  const own = idents(
    collector,
    ordered.map(({e}) => e),
  )
  if (own.length > 0) map.set(K.classProperties, own)
  return map
}

function* builtProperty(collector: Collector, entity: Entity, whole: boolean): CooperativeTask<ValueMap> {
  const map = yield* begun(collector, entity, whole)
  map.set(DB.cardinality, valueOf(entity, DB.cardinality) ?? DB.one)
  const type = valueOf(entity, A.type)
  if (type !== undefined) map.set(A.type, type)
  const choices = yield* closedValues(collector, entity)
  if (choices.length > 0) map.set(K.closedValues, choices)
  const classes = idents(collector, targetsOf(entity, CLASSES))
  if (classes.length > 0) map.set(K.propertyClasses, new ValueSet(classes))
  return map
}

function* begun(collector: Collector, entity: Entity, whole: boolean): CooperativeTask<ValueMap> {
  const {execution} = collector
  execution.reserveRows(1)
  if (execution.shouldYield()) yield
  const map = new ValueMap([[A.title, valueOf(entity, A.title) ?? '']])
  collector.nodes.set(entity.e, map)
  collector.addTimes(map, entity)
  const properties = whole ? yield* propertiesOf(collector, entity) : new ValueMap()
  if (properties.size > 0) map.set(K.buildProperties, properties)
  return map
}

/** The idents of definitions, which are used by that. */
function idents(collector: Collector, targets: readonly number[]): Keyword[] {
  return targets.flatMap((e) => {
    const target = collector.entities.get(e)
    collector.use(target)
    return identOf(target) ?? []
  })
}

function* closedValues({entities, execution}: Collector, property: Entity): CooperativeTask<ValueMap[]> {
  const choices = entities.db.list(undefined, A.choiceOf, property.e).map(({e}) => entities.get(e))
  const maps: ValueMap[] = []
  for (const choice of choices.toSorted(compareOrder)) {
    if (execution.shouldYield()) yield
    const facts: (readonly [Keyword, undefined | Value])[] = [
      [K.value, valueOf(choice, A.value) ?? valueOf(choice, A.title)],
      [K.uuid, valueOf(choice, A.uuid)],
      [K.icon, valueOf(choice, A.icon)],
    ]
    maps.push(new ValueMap(facts.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))))
  }

  return maps
}
