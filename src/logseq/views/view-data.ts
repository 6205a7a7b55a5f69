import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities, identOf, targetsOf} from '../entities.js'
import {pick} from '../entity-maps.js'
import {itemsIn} from '../lists/options.js'
import {membersOf} from '../properties/classes.js'
import {isInternalClass} from '../properties/private.js'
import {referencesTo} from '../references/references.js'
import {byValue, collect, mapEach} from '../scans.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {filterTest, readable} from './filters.js'

const ASCENDING = keyword('asc?')
const COUNT = keyword('count')
const DATA = keyword('data')
const FEATURE = keyword('logseq.property.view/feature-type')
const FILTERS = keyword('logseq.property.table/filters')
const GROUP_BY = keyword('logseq.property.view/group-by-property')
const ID = keyword('id')
const SORTING = keyword('logseq.property.table/sorting')
const VIEW_FOR = keyword('logseq.property/view-for')

/** Settings of a view. The caller's options take precedence over the stored ones. */
interface View {
  feature: string
  filters: Value
  groupBy: Keyword | undefined
  /** Part of the titles, in lower case. */
  input: string
  of: Entity | undefined
  sorting: readonly Value[]
}

/**
 * The rows of a view: a table of the members of a class, of what has a property, of all pages, or of references.
 * @param id the view's entity, if it is stored
 * @param options `:view-feature-type :view-for-id :sorting :filters :input :group-by-property-ident :query-entity-ids`
 * @returns `{:count N :data [ID ...]}`; grouped, each item is `[GROUP [ID ...]]`
 */
export function* viewData(
  db: StoredDatabase,
  id: undefined | Value,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<ValueMap> {
  const entities = new Entities(db)
  const view = viewOf(entities, id, options)
  const all = yield* rowsOf(entities, view, options, execution)
  const passes = filterTest(entities, view.filters)
  const rows = yield* mapEach(all, execution, (entity) => {
    const isNamed = view.input === '' || (entities.titleOf(entity) ?? '').toLowerCase().includes(view.input)
    return isNamed && passes(entity) ? entity : undefined
  })
  rows.sort(comparison(entities, view.sorting))
  const result = new ValueMap([
    [COUNT, rows.length],
    [DATA, view.groupBy ? grouped(entities, rows, view.groupBy) : rows.map(({e}) => e)],
  ])
  if (view.feature !== 'linked-references' || !view.of) return result
  return result
    .set(keyword('ref-pages-count'), pagesCount(entities, all, view.of))
    .set(keyword('ref-matched-children-ids'), new ValueSet())
}

function viewOf(entities: Entities, id: undefined | Value, options: ValueMap): View {
  const stored = id === undefined || id === null ? undefined : entities.lookUp(id)
  const setting = (name: string, attribute: Keyword): Value =>
    options.get(keyword(name)) ?? (stored && valueOf(stored, attribute)) ?? null
  const feature = setting('view-feature-type', FEATURE)
  const of = setting('view-for-id', VIEW_FOR)
  const given = options.get(keyword('group-by-property-ident'))
  const group = stored && valueOf(stored, GROUP_BY)
  const groupBy = given ?? (typeof group === 'number' ? identOf(entities.get(group)) : undefined)
  const input = options.get(keyword('input'))
  return {
    feature: feature instanceof Keyword ? feature.fqn : '',
    filters: setting('filters', FILTERS),
    groupBy: groupBy instanceof Keyword ? groupBy : undefined,
    input: typeof input === 'string' ? input.trim().toLowerCase() : '',
    of: of === null ? undefined : entities.lookUp(of),
    sorting: itemsIn(setting('sorting', SORTING)),
  }
}

function* rowsOf(
  entities: Entities,
  {feature, of}: View,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<Entity[]> {
  switch (feature) {
    case 'all-pages':
      return yield* collect(byValue(entities.db, A.name), execution, ({e}) => {
        const page = entities.get(e)
        const isListed = valueOf(page, A.builtIn) !== true && !entities.isHidden(page) && !isInternalClass(page)
        return isListed ? page : undefined
      })
    case 'class-objects':
      return of ? yield* membersOf(entities, of.e, execution) : []
    case 'linked-references':
      return of ? yield* referencesTo(entities, of, execution) : []
    case 'property-objects':
      return of ? yield* holdersOf(entities, of, execution) : []
    default: {
      const ids = itemsIn(options.get(keyword('query-entity-ids')))
      return ids.filter((id) => typeof id === 'number').map((id) => entities.get(id))
    }
  }
}

/** Finds the entities that have a value of a property, except hidden ones. */
function* holdersOf(entities: Entities, property: Entity, execution: ExecutionContext): CooperativeTask<Entity[]> {
  const ident = identOf(property)
  if (ident === null) return []
  const found = yield* collect(entities.db.scan(undefined, ident), execution, ({e}) => e)
  return [...new Set(found)].map((e) => entities.get(e)).filter((entity) => !entities.isHidden(entity))
}

/** `[{:id ATTRIBUTE :asc? BOOLEAN} ...]`; what was changed last comes first where nothing is said. */
function comparison(entities: Entities, sorting: readonly Value[]): (a: Entity, b: Entity) => number {
  const keys = sorting.flatMap((item) => {
    const attribute = item instanceof ValueMap ? item.get(ID) : undefined
    const isAscending = item instanceof ValueMap && item.get(ASCENDING) === true
    return attribute instanceof Keyword ? [{attribute, sign: isAscending ? 1 : -1}] : []
  })
  if (keys.length === 0) keys.push({attribute: A.updatedAt, sign: -1})
  return (a, b) => {
    for (const {attribute, sign} of keys) {
      const [first] = readable(entities, a, attribute)
      const [second] = readable(entities, b, attribute)
      const order = compare(first, second)
      if (order !== 0) return sign * order
    }

    return b.e - a.e
  }
}

function compare(a: undefined | Value, b: undefined | Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [first, second] = [String(a ?? '').toLowerCase(), String(b ?? '').toLowerCase()]
  return first < second ? -1 : first > second ? 1 : 0
}

/** Groups rows by a value: an entity stands as its short map, nothing as nil. */
function grouped(entities: Entities, rows: readonly Entity[], attribute: Keyword): Value[] {
  const groups = new Map<Value, number[]>()
  for (const row of rows) {
    const own = entities.valueOf(row, attribute) ?? null
    const group = groups.get(own)
    if (group) group.push(row.e)
    else groups.set(own, [row.e])
  }

  const isRef = entities.db.attributes.isRef(attribute)
  return [...groups].map(([group, ids]) => [
    isRef && group !== null ? pick(entities.get(group as number), [A.uuid, A.title, A.name]) : group,
    ids,
  ])
}

/** The pages that the references name beside what they refer to, with how many do, the most frequent first. */
function pagesCount(entities: Entities, references: readonly Entity[], of: Entity): Value[] {
  const counts = new Map<number, number>()
  for (const reference of references) {
    const page = valueOf(reference, A.page)
    const around = new Set([...targetsOf(reference, A.refs), ...(typeof page === 'number' ? [page] : [])])
    for (const e of around) {
      const entity = entities.get(e)
      const isCounted = e !== of.e && entities.isPage(entity) && valueOf(entity, A.builtIn) !== true
      if (isCounted && !entities.isDefinition(entity)) counts.set(e, (counts.get(e) ?? 0) + 1)
    }
  }

  return [...counts]
    .toSorted(([a, countA], [b, countB]) => countB - countA || a - b)
    .map(([e, count]) => [entities.titleOf(entities.get(e)) ?? null, count])
}
