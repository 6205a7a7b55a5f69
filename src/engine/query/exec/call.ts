import {didYouMean, nearest} from '../../../lib/nearest.js'
import {present} from '../../../values/present.js'
import {isTruthy} from '../../../values/truthy.js'
import {equal, type Value} from '../../../values/types.js'
import type {Database} from '../../database.js'
import {invalidQuery} from '../../invalid-query.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import {ArgumentError, type Callable} from '../functions/callable.js'
import {callableOf, functionNames} from '../functions/table.js'
import {boundBy} from '../parse/binding.js'
import {variablesIn} from '../parse/vars.js'
import type {Binding, CallClause, Term} from '../syntax.js'
import {destructure} from './destructure.js'
import {estimateSize} from './estimate-size.js'
import {join, joinAll} from './join.js'
import {isDatabase, type QueryContext, type Scope, type Source, split} from './query-context.js'
import {type Column, mergeOrigins, originsOf, Relation, selectRows, UNIT_RELATION} from './relation.js'

/**
 * Finds the rows for which a predicate holds, or adds the result of a function. A function that returns nil gives no row.
 * @throws ServerError `invalid-query` when there is no such function, or its arguments are not such as it takes
 */
export function* solveCall(
  context: QueryContext,
  relations: readonly Relation[],
  clause: CallClause,
  {live}: Scope,
): CooperativeTask<Relation[]> {
  const {memory} = context
  const {others, touched} = split(relations, variablesIn(clause.args))
  const rows = touched.length === 0 ? UNIT_RELATION : yield* joinAll(touched, memory)
  const call = prepare(context, clause, rows)
  const {binding} = clause
  if (!binding) return [...others, yield* filter(rows, (row) => isTruthy(call(row)), context)]
  if (binding.kind === 'variable' && rows.has(binding.name)) {
    const column = rows.column(binding.name)
    return [...others, yield* filter(rows, (row) => sameAs(call(row), column[row]!), context)]
  }

  const outs = boundBy(binding)
  const met = split(others, outs)
  const needed = {
    has: (name: string) => live.has(name) || outs.includes(name) || met.touched.some((one) => one.has(name)),
  }
  const extended =
    binding.kind === 'variable'
      ? yield* extend(rows.keep(needed), binding.name, call, context)
      : yield* spread(rows, {binding, call, clause}, context)
  let found = extended
  for (const relation of met.touched) found = yield* join(found, relation, memory)
  return [...met.others, found]
}

type Call = (row: number) => Value

/** Binds a function to the positions of its arguments; the result takes the number of a row. */
function prepare(context: QueryContext, clause: CallClause, rows: Relation): Call {
  const {args, form, name} = clause
  const callable = callableOf(name)
  if (!callable) throw invalidQuery(`unknown function ${name}${didYouMean(nearest(name, functionNames()))}`, form)
  checkCount(callable, clause)
  const columns = args.map((arg) => (arg.kind === 'variable' ? rows.column(arg.name) : undefined))
  const fixed = args.map((arg) => (arg.kind === 'variable' ? null : valueOf(arg, context, clause)))
  const db = callable.kind === 'lookup' ? databaseOf(fixed[0], clause) : undefined
  const values = fixed.map((value) => (isDatabase(value) ? null : value))
  if (!db && fixed.some((value) => isDatabase(value))) throw invalidQuery(`${name} takes no graph`, form)
  return (row) => {
    for (let i = 0; i < columns.length; i++) if (columns[i]) values[i] = columns[i]![row]!
    try {
      return callable.kind === 'lookup' ? callable.run(values.slice(1), present(db)) : callable.run(values)
    } catch (error) {
      if (error instanceof ArgumentError) throw invalidQuery(`${name}: ${error.message}`, form)
      throw error
    }
  }
}

function checkCount({max, min}: Callable, {args, form, name}: CallClause): void {
  if (args.length < min || args.length > max) {
    const right = max === min ? String(min) : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`
    throw invalidQuery(`${name} expects ${right} argument${right === '1' ? '' : 's'}, got ${args.length}`, form)
  }
}

function valueOf(arg: Term, context: QueryContext, {form}: CallClause): Source {
  if (arg.kind === 'constant') return arg.value
  const source = arg.kind === 'source' ? context.sources.get(arg.name) : undefined
  if (source === undefined) throw invalidQuery('unknown source', form)
  return source
}

function databaseOf(source: Source | undefined, {form, name}: CallClause): Database {
  if (!isDatabase(source)) throw invalidQuery(`the first argument of ${name} is a graph`, form)
  return source
}

function sameAs(value: Value, other: Value): boolean {
  return value !== null && equal(value, other)
}

function* filter(rows: Relation, test: (row: number) => boolean, {memory}: QueryContext): CooperativeTask<Relation> {
  const kept: number[] = []
  for (let row = 0; row < rows.size; row++) {
    if (test(row)) kept.push(row)
    if (memory.shouldYield()) yield
  }

  return kept.length === rows.size ? rows : yield* selectRows(rows, kept, memory)
}

function* extend(rows: Relation, name: string, call: Call, {memory}: QueryContext): CooperativeTask<Relation> {
  const kept: number[] = []
  const column: Value[] = []
  for (let row = 0; row < rows.size; row++) {
    const value = call(row)
    if (value !== null) {
      kept.push(row)
      column.push(value)
      memory.countRow()
      hold(value, memory)
    }

    if (memory.shouldYield()) yield
  }

  const picked = kept.length === rows.size ? rows : yield* selectRows(rows, kept, memory)
  const origins = mergeOrigins(rows.origins, originsOf([name]))
  return new Relation([...picked.vars, name], [...picked.columns, column], kept.length, origins)
}

/** Counts long texts and large collections as rows. @throws ServerError `query-too-large` */
function hold(value: Value, memory: MemoryAccountant): void {
  const weight = estimateSize(value)
  if (weight > 0) memory.retain(weight)
}

interface Spreading {
  binding: Binding
  call: Call
  clause: CallClause
}

/** Destructures the result of a function for each row: zero, one or more rows come of each. */
function* spread(
  rows: Relation,
  {binding, call, clause}: Spreading,
  {memory}: QueryContext,
): CooperativeTask<Relation> {
  const outs = boundBy(binding)
  const fresh = outs.filter((name) => !rows.has(name))
  const known = outs.filter((name) => rows.has(name))
  const kept: number[] = []
  const columns: Value[][] = fresh.map(() => [])
  for (let row = 0; row < rows.size; row++) {
    if (memory.shouldYield()) yield
    const value = call(row)
    if (value === null) continue
    hold(value, memory)
    const found = yield* destructure({binding, form: clause.form, value}, memory)
    for (let i = 0; i < found.size; i++) {
      if (known.every((name) => equal(found.column(name)[i]!, rows.column(name)[row]!))) {
        kept.push(row)
        for (const [at, name] of fresh.entries()) columns[at]!.push(found.column(name)[i]!)
        memory.countRow()
      }

      if (memory.shouldYield()) yield
    }
  }

  const picked = yield* selectRows(rows, kept, memory)
  const all: Column[] = [...picked.columns, ...columns]
  return new Relation([...rows.vars, ...fresh], all, kept.length, mergeOrigins(rows.origins, originsOf(fresh)))
}
