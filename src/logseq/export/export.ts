import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import {showEdn} from '../../values/edn-write.js'
import {present} from '../../values/present.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities, identOf} from '../entities.js'
import type {Era} from '../era.js'
import {entitiesWith} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {Collector, type ExportStyle} from './collector.js'
import {definitions} from './definitions.js'
import {graphDatoms} from './graph-datoms.js'
import {graphFiles, kvValues, propertyHistory, schemaVersion} from './graph-parts.js'
import {K} from './keys.js'
import {pageName, singleBlock, wholePage} from './nodes.js'
import {sortPages} from './pages-and-blocks.js'
import {ExportRefused} from './refusal.js'
import {referredPages} from './shallow.js'

const EXPORT_TYPE = keyword('export-type')
const GRAPH = keyword('graph')

/** Request for an export, with options as Logseq's clients send them. */
interface Asked {
  db: StoredDatabase
  options: ValueMap
  execution: ExecutionContext
}

const TYPES: Readonly<Record<string, (asked: Asked) => CooperativeTask<ValueMap>>> = {
  block: exportBlock,
  graph: exportGraph,
  'graph-human': exportGraphHuman,
  'graph-ontology': exportOntology,
  page: exportPage,
  'selected-nodes': (asked) => exportNodes(asked, itemsOf(asked.options.get(keyword('node-ids')))),
  'view-nodes': exportViewNodes,
}

/**
 * Exports a part of a graph, or all of it, in Logseq's EDN format.
 * @param options `{:export-type :page :page-id …}`
 * @param era the export of a whole graph is one of facts for `head`, one for people for `base`
 * @returns the export; `{:export-edn-error text}` when it cannot be made, as Logseq answers
 */
export function* exportEdn(
  db: StoredDatabase,
  options: ValueMap,
  execution: ExecutionContext,
  era: Era = 'head',
): CooperativeTask<ValueMap> {
  const type = options.get(EXPORT_TYPE) ?? null
  try {
    if (type === GRAPH && era === 'base')
      return (yield* exportGraphHuman({db, options, execution})).set(K.exportType, type)
    const build = type instanceof Keyword && Object.hasOwn(TYPES, type.fqn) ? TYPES[type.fqn] : undefined
    if (!build) throw new ExportRefused(`${showEdn(type)} is an invalid export-type`)
    return (yield* build({db, options, execution})).set(K.exportType, type)
  } catch (error) {
    if (!(error instanceof ExportRefused)) throw error
    return new ValueMap([[keyword('export-edn-error'), error.message]])
  }
}

function* exportBlock({db, options, execution}: Asked): CooperativeTask<ValueMap> {
  const collector = new Collector(new Entities(db), PART, execution)
  const block = found(collector, options.get(keyword('block-id')), 'block-id')
  const map = yield* singleBlock(collector, block)
  return (yield* finished(collector, [])).set(K.block, map)
}

function* exportPage({db, options, execution}: Asked): CooperativeTask<ValueMap> {
  const collector = new Collector(new Entities(db), PART, execution)
  const page = found(collector, options.get(keyword('page-id')), 'page-id')
  if (!page.facts.has(A.name))
    throw new ExportRefused(`${showEdn(present(options.get(keyword('page-id'))))} is not a page`)
  return yield* finished(collector, [yield* wholePage(collector, page)])
}

/** The rows of a view come alone, or in groups with what they are grouped by. */
function* exportViewNodes(asked: Asked): CooperativeTask<ValueMap> {
  const rows = itemsOf(asked.options.get(keyword('rows')))
  const isGrouped = asked.options.get(keyword('group-by?')) === true
  return yield* exportNodes(asked, isGrouped ? rows.flatMap((group) => itemsOf(itemsOf(group)[1])) : rows)
}

/** Blocks without what is under them, on their pages; of pages the names. */
function* exportNodes({db, execution}: Asked, ids: readonly Value[]): CooperativeTask<ValueMap> {
  const collector = new Collector(new Entities(db), PART, execution)
  const pages = new Map<number, {blocks: ValueMap[]; name: ValueMap}>()
  const pageOf = (page: Entity) => {
    const known = pages.get(page.e)
    if (known) return known
    const made = {blocks: [], name: pageName(collector, page)}
    collector.nodes.set(page.e, made.name)
    pages.set(page.e, made)
    return made
  }

  for (const id of ids) {
    if (execution.shouldYield()) yield
    execution.reserveRows(1)
    const node = found(collector, id, 'a node')
    if (node.facts.has(A.name)) pageOf(node)
    else {
      const page = valueOf(node, A.page)
      if (typeof page !== 'number') throw new ExportRefused(`${showEdn(id)} is neither a page nor a block`)
      if (collector.nodes.has(node.e)) continue
      const map = yield* singleBlock(collector, node)
      collector.nodes.set(node.e, map)
      pageOf(collector.entities.get(page)).blocks.push(map)
    }
  }

  const maps = [...pages.values()].map(({blocks, name}) => {
    const map = new ValueMap([[K.page, name]])
    return blocks.length > 0 ? map.set(K.blocks, blocks) : map
  })
  return yield* finished(collector, maps)
}

function* exportOntology({db, options, execution}: Asked): CooperativeTask<ValueMap> {
  const collector = new Collector(new Entities(db), PART, execution)
  yield* useAll(collector, options)
  const {classes, properties} = yield* definitions(collector, true)
  return withDefinitions(new ValueMap(), classes, properties)
}

function* exportGraph({db, execution}: Asked): CooperativeTask<ValueMap> {
  const map = new ValueMap([
    [K.datoms, yield* graphDatoms(db, execution)],
    [K.graphFormat, K.datoms],
  ])
  const version = schemaVersion(db)
  return version === undefined ? map : map.set(K.schemaVersion, version)
}

function* exportGraphHuman({db, options, execution}: Asked): CooperativeTask<ValueMap> {
  const asked = options.get(keyword('graph-options'))
  const chosen = asked instanceof ValueMap ? asked : new ValueMap()
  const says = (name: string) => (chosen.get(keyword(name)) ?? false) !== false
  const style = {pagesByUuid: true, timestamps: says('include-timestamps?')}
  const collector = new Collector(new Entities(db), style, execution)
  yield* useAll(collector, chosen)
  const pages: ValueMap[] = []
  for (const e of yield* entitiesWith(db, A.name, undefined, execution)) {
    if (execution.shouldYield()) yield
    const page = collector.entities.get(e)
    if (says('exclude-built-in-pages?') && valueOf(page, A.builtIn) === true) continue
    const isDefinition = collector.entities.isDefinition(page)
    if (isDefinition && !(yield* hasBlocks(collector, page))) continue
    pages.push(yield* wholePage(collector, page))
  }

  const history = yield* propertyHistory(collector)
  const map = yield* finished(collector, pages, true)
  map.set(K.kvValues, yield* kvValues(collector))
  if (history.size > 0) map.set(K.propertyHistory, history)
  const version = schemaVersion(db)
  if (version !== undefined) map.set(K.schemaVersion, version)
  return says('exclude-files?') ? map : map.set(K.graphFiles, yield* graphFiles(collector))
}

/** A part of a graph, which names the pages that it mentions by their titles. */
const PART: ExportStyle = {pagesByUuid: false, timestamps: false}

/** Notes all classes and properties of a user, without those of the namespaces that are to be left out. */
function* useAll(collector: Collector, options: ValueMap): CooperativeTask<void> {
  const {entities, execution} = collector
  const left = itemsOf(options.get(keyword('exclude-namespaces'))).map((name) =>
    name instanceof Keyword ? name.fqn : String(name),
  )
  for (const name of ['Tag', 'Property'] as const) {
    const tag = entities.classId(name)
    if (tag === undefined) continue
    for (const e of yield* entitiesWith(entities.db, A.tags, tag, execution)) {
      const entity = entities.get(e)
      const namespace = identOf(entity)?.namespace ?? ''
      if (!left.some((one) => namespace === one || namespace.startsWith(`${one}.`))) collector.use(entity)
    }
  }
}

function* hasBlocks({entities, execution}: Collector, page: Entity): CooperativeTask<boolean> {
  const children = yield* entities.children(page.e, execution)
  return children.some((child) => !child.facts.has(A.name))
}

/** Adds what the nodes of an export use and refer to. */
function* finished(collector: Collector, pages: readonly ValueMap[], whole = false): CooperativeTask<ValueMap> {
  const {classes, properties} = yield* definitions(collector, whole)
  const referred = yield* referredPages(collector)
  collector.keepUuids()
  const map = new ValueMap([[K.pagesAndBlocks, sortPages([...pages, ...referred])]])
  return withDefinitions(map, classes, properties)
}

function withDefinitions(map: ValueMap, classes: ValueMap, properties: ValueMap): ValueMap {
  if (properties.size > 0) map.set(K.properties, properties)
  if (classes.size > 0) map.set(K.classes, classes)
  return map
}

function found(collector: Collector, id: undefined | Value, name: string): Entity {
  let entity: Entity | undefined
  try {
    entity = id === undefined || id === null ? undefined : collector.entities.lookUp(id)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error // not a possible entity id
    throw new ExportRefused(error.message)
  }

  if (!entity) throw new ExportRefused(`unknown entity ${showEdn(id ?? null)}, which is given as ${name}`)
  return entity
}

function itemsOf(value: undefined | Value): readonly Value[] {
  if (value instanceof List) return value.items
  if (value instanceof ValueSet) return [...value]
  return Array.isArray(value) ? (value as readonly Value[]) : []
}
