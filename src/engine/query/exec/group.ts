import {present} from '../../../values/present.js'
import type {Value} from '../../../values/types.js'
import {invalidQuery} from '../../invalid-query.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import {ArgumentError} from '../functions/callable.js'
import type {AggregateElement, FindElement} from '../syntax.js'
import {type Aggregate, aggregateOf} from './aggregates.js'
import {type Column, type Relation, takeRows} from './relation.js'
import {TupleInterner} from './tuple-interner.js'

/**
 * Makes one row of all rows that are equal in what is not aggregated: a column for each element of `:find`.
 * @param inputs what names in front of the values of an aggregate stand for
 */
export function* grouped(
  rows: Relation,
  elements: readonly FindElement[],
  inputs: ReadonlyMap<string, Value>,
  memory: MemoryAccountant,
): CooperativeTask<Column[]> {
  const groups = yield* groupsOf(rows, elements, memory)
  const columns: Column[] = []
  for (const element of elements) {
    const column = rows.column(element.name)
    columns.push(
      element.kind === 'aggregate'
        ? yield* aggregated(element, {column, groups, inputs}, memory)
        : yield* takeRows(
            column,
            groups.map(([first]) => present(first)),
            memory,
          ),
    )
  }

  return columns
}

function* groupsOf(
  rows: Relation,
  elements: readonly FindElement[],
  memory: MemoryAccountant,
): CooperativeTask<number[][]> {
  const keys = elements.filter(({kind}) => kind !== 'aggregate').map(({name}) => rows.column(name))
  const index = new TupleInterner(keys.length)
  const groups: number[][] = []
  for (let row = 0; row < rows.size; row++) {
    const group = index.add(keys, row)
    if (group === groups.length) groups.push([])
    groups[group]!.push(row)
    if (memory.shouldYield()) yield
  }

  return groups
}

interface Grouped {
  column: Column
  groups: ReadonlyArray<readonly number[]>
  inputs: ReadonlyMap<string, Value>
}

function* aggregated(
  element: AggregateElement,
  {column, groups, inputs}: Grouped,
  memory: MemoryAccountant,
): CooperativeTask<Value[]> {
  const {aggregate, count} = prepare(element, inputs)
  const results: Value[] = []
  try {
    for (const rows of groups) {
      results.push(yield* aggregate(yield* takeRows(column, rows, memory), count, memory))
      if (memory.shouldYield()) yield
    }
  } catch (error) {
    if (error instanceof ArgumentError) throw invalidQuery(`${element.function}: ${error.message}`, element.form)
    throw error
  }

  return results
}

/** @throws ServerError `invalid-query` when there is no such aggregate, or it does not take what stands before the values */
export function prepare(
  {args, form, function: name}: AggregateElement,
  inputs: ReadonlyMap<string, Value>,
): {aggregate: Aggregate; count: number | undefined} {
  const known = aggregateOf(name)
  if (!known) throw invalidQuery(`unknown aggregate ${name}`, form)
  const [arg] = args
  if (args.length > (known.counted ? 1 : 0)) throw invalidQuery(`too many arguments of ${name}`, form)
  if (!arg) return {aggregate: known.aggregate, count: undefined}
  const count = arg.kind === 'constant' ? arg.value : arg.kind === 'variable' ? inputs.get(arg.name) : undefined
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0)
    throw invalidQuery(`expected a whole number as the first argument of ${name} in`, form)
  return {aggregate: known.aggregate, count}
}
