import {DB} from '../../engine/idents.js'
import type {CooperativeTask} from '../../engine/task.js'
import {present} from '../../values/present.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {identOf, targetsOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {isAnyProperty} from '../validity/idents.js'
import type {Collector} from './collector.js'
import {K} from './keys.js'
import {ExportRefused, MAX_BLOCK_DEPTH} from './refusal.js'

/** Properties that an export has in a place of their own, or that are made anew by an import. */
const ELSEWHERE: ReadonlySet<Keyword> = new Set(
  [
    'block/alias',
    'block/tags',
    'logseq.property/classes',
    'logseq.property/created-by-ref',
    'logseq.property/created-from-property',
    'logseq.property/type',
    'logseq.property/value',
    'logseq.property.class/extends',
    'logseq.property.class/properties',
  ].map((name) => keyword(name)),
)

/** The tags that say that something is a page, which its place says already. */
const PAGE_TAGS = ['Page', 'Journal'] as const

/** Returns the name of a page: its day, its title, or the uuid of its definition, which is elsewhere in the export. */
export function pageName(collector: Collector, page: Entity): ValueMap {
  const {entities} = collector
  if (entities.isDefinition(page)) {
    const reference = collector.refer(page)
    return new ValueMap(reference ? [reference] : [])
  }

  const day = valueOf(page, A.journalDay)
  if (entities.isTagged(page, 'Journal') && day !== undefined) return new ValueMap([[K.journal, day]])
  return new ValueMap([[A.title, valueOf(page, A.title) ?? '']])
}

/** A page with its own tags and properties, and with what stands on it. */
export function* wholePage(collector: Collector, page: Entity): CooperativeTask<ValueMap> {
  const map = pageName(collector, page)
  if (!collector.entities.isDefinition(page)) {
    collector.nodes.set(page.e, map)
    collector.addTimes(map, page)
    const aliases = targetsOf(page, A.alias).map((e) => collector.refer(collector.entities.get(e)))
    if (aliases.length > 0) map.set(A.alias, new ValueSet(aliases.filter((alias) => alias !== undefined)))
    yield* describe(collector, page, map)
  }

  return new ValueMap([
    [K.page, map],
    [K.blocks, yield* blocksUnder(collector, page)],
  ])
}

function blocksUnder(collector: Collector, parent: Entity): CooperativeTask<ValueMap[]> {
  return deeper(collector, allUnder(collector, parent))
}

/** A block under a block, or as a value of a property of one, is one level deeper. Values may lead back to where they are. */
function* deeper<T>(collector: Collector, task: CooperativeTask<T>): CooperativeTask<T> {
  if (collector.depth > MAX_BLOCK_DEPTH) throw new ExportRefused(`blocks nest more than ${MAX_BLOCK_DEPTH} deep`)
  collector.depth++
  const result = yield* task
  collector.depth--
  return result
}

function* allUnder(collector: Collector, parent: Entity): CooperativeTask<ValueMap[]> {
  const {entities, execution} = collector
  const blocks: ValueMap[] = []
  for (const child of yield* entities.children(parent.e, execution)) {
    if (execution.shouldYield()) yield
    if (entities.isPage(child) || child.facts.has(A.name)) continue
    execution.reserveRows(1)
    blocks.push(yield* wholeBlock(collector, child))
  }

  return blocks
}

function* wholeBlock(collector: Collector, block: Entity): CooperativeTask<ValueMap> {
  const map = yield* singleBlock(collector, block)
  collector.nodes.set(block.e, map)
  const children = yield* blocksUnder(collector, block)
  if (children.length > 0) map.set(K.children, children)
  return map
}

/** A block with its own tags and properties, without what stands under it. */
export function* singleBlock(collector: Collector, block: Entity): CooperativeTask<ValueMap> {
  const title = valueOf(block, A.title)
  const map = new ValueMap([[A.title, typeof title === 'string' ? title : '']])
  if (typeof title === 'string') collector.referFrom(title)
  collector.addTimes(map, block)
  const collapsed = valueOf(block, A.collapsed)
  if (collapsed !== undefined) map.set(A.collapsed, collapsed)
  const link = valueOf(block, A.link)
  const linked = typeof link === 'number' ? collector.refer(collector.entities.get(link)) : undefined
  if (linked) map.set(A.link, linked)
  yield* describe(collector, block, map)
  return map
}

/** Adds tags and properties to the map of a node. */
function* describe(collector: Collector, node: Entity, map: ValueMap): CooperativeTask<void> {
  const tags = tagsOf(collector, node)
  if (tags.length > 0) map.set(K.tags, new ValueSet(tags))
  const properties = yield* propertiesOf(collector, node)
  if (properties.size > 0) map.set(K.buildProperties, properties)
}

function tagsOf(collector: Collector, node: Entity): Keyword[] {
  const {entities} = collector
  const inPlace = new Set(PAGE_TAGS.map((name) => entities.classId(name)))
  return targetsOf(node, A.tags).flatMap((e) => {
    const tag = entities.get(e)
    const ident = identOf(tag)
    if (ident === null || inPlace.has(e)) return []
    collector.use(tag)
    return [ident]
  })
}

/** The properties of a node with their values. */
export function* propertiesOf(collector: Collector, node: Entity): CooperativeTask<ValueMap> {
  const properties = new ValueMap()
  for (const [attribute, values] of node.facts) {
    if (!isAnyProperty(attribute) || ELSEWHERE.has(attribute)) continue
    const property = collector.useProperty(attribute)
    if (!property) continue
    const built: Value[] = []
    for (const value of values) built.push(yield* builtValue(collector, attribute, value))
    const isMany = collector.entities.db.attributes.isMany(attribute)
    properties.set(attribute, isMany ? new ValueSet(built) : built[0]!)
  }

  return properties
}

function* builtValue(collector: Collector, attribute: Keyword, value: Value): CooperativeTask<Value> {
  const {entities} = collector
  if (!entities.db.attributes.isRef(attribute) || typeof value !== 'number') return value
  const target = entities.get(value)
  const ident = target.facts.get(DB.ident)?.[0]
  if (ident instanceof Keyword) {
    collector.use(target)
    return ident
  }

  if (!target.facts.has(A.choiceOf)) {
    if (!collector.style.pagesByUuid && target.facts.has(A.name)) return [K.buildPage, pageAsValue(collector, target)]
    if (target.facts.has(A.createdFrom)) return yield* deeper(collector, ownValue(collector, target))
  }

  return collector.refer(target) ?? null
}

function pageAsValue(collector: Collector, page: Entity): ValueMap {
  const name = pageName(collector, page)
  if (name.has(K.journal)) return name
  const tags = tagsOf(collector, page)
  return tags.length > 0 ? name.set(K.tags, new ValueSet(tags)) : name
}

/** The value that a property of a node has for itself: its text or number, or a block where more is said of it. */
function* ownValue(collector: Collector, block: Entity): CooperativeTask<Value> {
  const held = valueOf(block, A.value)
  if (held !== undefined) return held
  const map = yield* singleBlock(collector, block)
  const children = yield* blocksUnder(collector, block)
  if (children.length > 0) map.set(K.children, children)
  if ([K.children, K.tags, K.buildProperties].some((key) => map.has(key)))
    return new ValueMap([[K.propertyValue, K.buildBlock], ...map])
  return present(map.get(A.title))
}
