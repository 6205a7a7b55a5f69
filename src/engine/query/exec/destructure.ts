import {List, type Value, ValueMap, ValueSet} from '../../../values/types.js'
import {invalidQuery} from '../../invalid-query.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'
import {boundBy} from '../parse/binding.js'
import type {Binding} from '../syntax.js'
import {join} from './join.js'
import {originsOf, Relation, UNIT_RELATION} from './relation.js'

/** A value to destructure, and its binding form. */
export interface BoundValue {
  binding: Binding
  form: Value
  value: Value
}

/**
 * Destructures a value by a binding.
 * @throws ServerError `invalid-query` when it has another form
 */
export function* destructure({binding, form, value}: BoundValue, memory: MemoryAccountant): CooperativeTask<Relation> {
  switch (binding.kind) {
    case 'blank':
      return UNIT_RELATION
    case 'collection':
      return yield* destructureEach({binding: binding.of, form, value}, memory)
    case 'tuple':
      return yield* destructureTuple(binding.items, {binding, form, value}, memory)
    case 'variable':
      return new Relation([binding.name], [[value]], 1, originsOf([binding.name]))
  }
}

function* destructureTuple(
  items: readonly Binding[],
  {form, value}: BoundValue,
  memory: MemoryAccountant,
): CooperativeTask<Relation> {
  const values = sequenceOf(value)
  if (!values) throw invalidQuery('expected a vector for', form)
  const given = [...values]
  if (given.length < items.length) throw invalidQuery(`expected ${items.length} values, got ${given.length}, for`, form)
  let rows = UNIT_RELATION
  for (const [i, binding] of items.entries())
    rows = yield* join(rows, yield* destructure({binding, form, value: given[i]!}, memory), memory)
  return rows
}

function* destructureEach({binding, form, value}: BoundValue, memory: MemoryAccountant): CooperativeTask<Relation> {
  const values = value === null ? [] : sequenceOf(value)
  if (!values) throw invalidQuery('expected a collection for', form)
  const vars = boundBy(binding)
  const columns: Value[][] = vars.map(() => [])
  let size = 0
  for (const item of values) {
    if (binding.kind === 'variable') {
      columns[0]!.push(item)
      size++
      memory.countRow()
    } else {
      const rows: Relation = yield* destructure({binding, form, value: item}, memory)
      for (const [i, name] of vars.entries()) for (const cell of rows.column(name)) columns[i]!.push(cell)
      size += rows.size
      memory.countRows(rows.size)
    }

    if (memory.shouldYield()) yield
  }

  return new Relation(vars, columns, size, originsOf(vars))
}

/** Returns the items of a collection, those of a map as pairs; undefined for any other value. */
export function sequenceOf(value: Value): Iterable<Value> | undefined {
  if (Array.isArray(value)) return value as readonly Value[]
  if (value instanceof List || value instanceof ValueMap || value instanceof ValueSet) return value as Iterable<Value>
  return undefined
}
