import {present} from '../../../../values/present.js'
import {equal, type Value} from '../../../../values/types.js'
import {invalidQuery} from '../../../invalid-query.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import {variablesIn} from '../../parse/vars.js'
import type {PatternClause} from '../../syntax.js'
import {sequenceOf} from '../destructure.js'
import {originsOf, Relation} from '../relation.js'

/**
 * The rows of a collection that match a pattern. Places beyond the end of a row match nothing.
 * @throws ServerError `invalid-query` when it is not a collection of rows
 */
export function* matchRows(
  clause: PatternClause,
  collection: Value,
  memory: MemoryAccountant,
): CooperativeTask<Relation> {
  const rows = sequenceOf(collection)
  if (!rows) throw invalidQuery('the source is neither a graph nor a collection', clause.form)
  const vars = variablesIn(clause.terms)
  const columns: Value[][] = vars.map(() => [])
  let size = 0
  for (const item of rows) {
    const row = sequenceOf(item)
    if (!row) throw invalidQuery('a row of the source is not a vector', clause.form)
    const found = valuesIn([...row], clause)
    if (found) {
      for (const [i, name] of vars.entries()) columns[i]!.push(present(found.get(name)))
      size++
      memory.countRow()
    }

    if (memory.shouldYield()) yield
  }

  return new Relation(vars, columns, size, originsOf(vars))
}

/** Returns the values of the variables in a row; undefined if the row does not match. */
function valuesIn(row: readonly Value[], {terms}: PatternClause): Map<string, Value> | undefined {
  const found = new Map<string, Value>()
  if (row.length < terms.length) return undefined
  for (const [i, term] of terms.entries()) {
    const value = row[i]!
    if (term.kind === 'constant' && !equal(term.value, value)) return undefined
    if (term.kind === 'variable') {
      const known = found.get(term.name)
      if (known !== undefined && !equal(known, value)) return undefined
      found.set(term.name, value)
    }
  }

  return found
}
