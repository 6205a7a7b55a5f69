import {present} from '../../values/present.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {invalidQuery} from '../invalid-query.js'
import {pullEntity} from '../pull/entity.js'
import {type Counted, parseSelector} from '../pull/parse.js'
import type {Selector} from '../pull/selector.js'
import type {CooperativeTask} from '../task.js'
import {distinct} from './exec/distinct.js'
import {grouped} from './exec/group.js'
import {joinAll} from './exec/join.js'
import {isDatabase, type QueryContext} from './exec/query-context.js'
import {type Column, Relation} from './exec/relation.js'
import type {FindElement, PullElement, Query} from './syntax.js'

/**
 * Builds the result of a query from the relations of its clauses.
 * @param relations undefined when they found nothing
 * @param inputs the inputs that have names
 */
export function* findIn(
  context: QueryContext,
  {find, with: kept}: Query,
  relations: readonly Relation[] | undefined,
  inputs: ReadonlyMap<string, Value>,
): CooperativeTask<Value> {
  const {elements, keys, shape} = find
  const names = [...new Set([...elements.map(({name}) => name), ...kept])]
  const rows = yield* rowsOf(context, relations, names)
  const aggregates = elements.some(({kind}) => kind === 'aggregate')
  const columns: Column[] = aggregates
    ? yield* grouped(rows, elements, inputs, context.memory)
    : elements.map(({name}) => rows.column(name))
  const size = shape === 'scalar' || shape === 'tuple' ? Math.min(columns[0]!.length, 1) : columns[0]!.length
  const selectors = namedSelectors(elements, inputs)
  for (const [i, element] of elements.entries())
    if (element.kind === 'pull') columns[i] = yield* pulled(context, element, columns[i]!.slice(0, size), selectors)
  if (shape === 'scalar') return size === 0 ? null : columns[0]![0]!
  if (shape === 'collection') return columns[0]!
  if (keys) {
    const maps = yield* rowsAs((row) => new ValueMap(keys.map((key, i) => [key, columns[i]![row]!])), size, context)
    return shape === 'tuple' ? (maps[0] ?? null) : maps
  }

  const tuples = yield* rowsAs((row) => columns.map((column) => column[row]!), size, context)
  if (shape === 'tuple') return tuples[0] ?? null
  if (aggregates || elements.some(({kind}) => kind === 'pull')) return new List(tuples)
  return kept.length > 0 ? tuples : ValueSet.distinct(tuples)
}

/** The rows of the variables that are found or kept, each once. */
function* rowsOf(
  context: QueryContext,
  relations: readonly Relation[] | undefined,
  names: readonly string[],
): CooperativeTask<Relation> {
  if (!relations)
    return new Relation(
      names,
      names.map(() => []),
      0,
    )
  const all = yield* joinAll(relations, context.memory)
  const rows = new Relation(
    names,
    names.map((name) => all.column(name)),
    all.size,
  )
  const once = yield* distinct(rows, context.memory)
  context.memory.releaseTo(once.size)
  return once
}

/** The selectors that are inputs, each once: a thousand elements may name the same. */
function namedSelectors(elements: readonly FindElement[], inputs: ReadonlyMap<string, Value>): Map<string, Selector> {
  const counted: Counted = {attributes: 0}
  const selectors = new Map<string, Selector>()
  for (const element of elements) {
    const name = element.kind === 'pull' ? element.selector : undefined
    if (typeof name !== 'string' || selectors.has(name)) continue
    selectors.set(name, parseSelector(inputs.get(name) ?? null, counted))
  }

  return selectors
}

function* pulled(
  context: QueryContext,
  {name, selector, source}: PullElement,
  ids: Column,
  selectors: ReadonlyMap<string, Selector>,
): CooperativeTask<Value[]> {
  const db = context.sources.get(source)
  if (!isDatabase(db)) throw invalidQuery(`${source} is not a graph that ${name} could be pulled from`)
  const parsed = typeof selector === 'string' ? present(selectors.get(selector)) : selector
  const values: Value[] = []
  for (const id of ids) {
    const e = db.entid(id)
    values.push(e === undefined ? null : yield* pullEntity(db, parsed, e, {memory: context.memory}))
  }

  return values
}

function* rowsAs(make: (row: number) => Value, size: number, {memory}: QueryContext): CooperativeTask<Value[]> {
  const tuples: Value[] = []
  for (let row = 0; row < size; row++) {
    tuples.push(make(row))
    memory.countRow()
    if (memory.shouldYield()) yield
  }

  return tuples
}
