import {runPull} from '../../engine/pull/pull.js'
import {runQuery} from '../../engine/query/query.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword, symbol} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {Entities} from '../entities.js'
import {rawMap} from '../entity-maps.js'
import {itemsIn} from '../lists/options.js'
import {queryRules} from '../query-rules.js'
import {valueOf} from '../validity/entity.js'
import {type DslQuery, dslQuery, FOUND} from './clauses.js'
import {formOf} from './from-edn.js'
import {resolveInputs} from './inputs.js'
import {type Form, parseDsl} from './syntax.js'

const BLOCK_ATTRS = keyword('block-attrs')
const QUERY = keyword('query')

/**
 * Runs a query in the short notation of Logseq.
 * @param options `:block-attrs`, a selector for what is found; all facts where it is left out
 * @returns a vector with a vector of one map for each; null when nothing is found
 * @throws ServerError `invalid-query`, `query-too-large`
 */
export function* runDsl(
  db: StoredDatabase,
  text: string,
  options: ValueMap,
  run: {now: Date; execution: ExecutionContext},
): CooperativeTask<Value> {
  return yield* runForm(new Entities(db), parseDsl(text), options, run)
}

/**
 * Runs a query of a map: `{:query QUERY :inputs [...]}`, in Datalog or in the short notation.
 * @throws ServerError `invalid-query`, `query-too-large`
 */
export function* runCustom(
  db: StoredDatabase,
  query: ValueMap,
  options: ValueMap,
  run: {now: Date; execution: ExecutionContext},
): CooperativeTask<Value> {
  const entities = new Entities(db)
  const form = query.get(QUERY) ?? null
  if (!isDatalog(form)) return yield* runForm(entities, formOf(form), options, run)
  const inputs = resolveInputs(itemsIn(query.get(keyword('inputs'))), {entities, now: run.now, options})
  const rules = query.get(keyword('rules')) ?? null
  const own = rules === null ? [] : [rules]
  return yield* runQuery(form, [db, ...inputs, ...own], run.execution, {rules: queryRules()})
}

function isDatalog(form: Value): boolean {
  return form instanceof ValueMap || (Array.isArray(form) && form[0] === keyword('find'))
}

function* runForm(
  entities: Entities,
  form: Form | undefined,
  options: ValueMap,
  {now, execution}: {now: Date; execution: ExecutionContext},
): CooperativeTask<Value> {
  if (!form) return null
  const query = dslQuery(form, {entities, now})
  const find: Value = [keyword('find'), [FOUND, symbol('...')], keyword('where'), ...query.where]
  const found = (yield* runQuery(find, [entities.db], execution, {rules: queryRules()})) as readonly number[]
  const rows: Value[] = []
  for (const e of chosen(entities, found, query)) {
    const map = yield* pulled(entities, e, options.get(BLOCK_ATTRS), execution)
    if (map) rows.push([withRawTitle(map)])
    execution.reserveRows(1)
    if (execution.shouldYield()) yield
  }

  return rows.length === 0 ? null : rows
}

function* pulled(
  entities: Entities,
  e: number,
  selector: undefined | Value,
  execution: ExecutionContext,
): CooperativeTask<null | ValueMap> {
  if (selector === undefined || selector === null) return rawMap(entities, entities.get(e), 'vector')
  return yield* runPull(entities.db, selector, e, execution)
}

function withRawTitle(map: ValueMap): ValueMap {
  const title = map.get(A.title)
  return title === undefined ? map : map.set(A.rawTitle, title)
}

function chosen(entities: Entities, found: readonly number[], {sample, sort}: DslQuery): readonly number[] {
  const all = found.toSorted((a, b) => a - b)
  if (sort) {
    const keyOf = (e: number) => valueOf(entities.get(e), sort.attribute)
    const sign = sort.isDescending ? -1 : 1
    all.sort((a, b) => sign * compare(keyOf(a), keyOf(b)))
  }

  if (sample === undefined) return all
  return all
    .map((e) => [Math.random(), e] as const)
    .toSorted(([a], [b]) => a - b)
    .slice(0, sample)
    .map(([, e]) => e)
}

/** Values of another kind, and none at all, come first. */
function compare(a: undefined | Value, b: undefined | Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [first, second] = [String(a ?? ''), String(b ?? '')]
  return first < second ? -1 : first > second ? 1 : 0
}
