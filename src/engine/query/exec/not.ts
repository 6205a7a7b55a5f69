import type {CooperativeTask} from '../../task.js'
import type {NotClause} from '../syntax.js'
import {inputTuplesOf} from './input-tuples.js'
import {joinAll} from './join.js'
import {type QueryContext, type Scope, split} from './query-context.js'
import {INPUT_ID, Relation, selectRows, UNIT_RELATION} from './relation.js'

/** The rows for which the clauses of a `not` find nothing. */
export function* solveNot(
  context: QueryContext,
  relations: readonly Relation[],
  clause: NotClause,
  scope: Scope,
): CooperativeTask<Relation[]> {
  const {memory} = context
  const {others, touched} = split(relations, clause.vars)
  const base = touched.length === 0 ? UNIT_RELATION : yield* joinAll(touched, memory)
  const inputs = yield* inputTuplesOf(base, clause.vars, memory)
  const found = yield* context.solve(context, [inputs.relation], clause.clauses, {...scope, live: new Set([INPUT_ID])})
  if (!found) return [...others, base.keep(scope.live)]
  const excluded = new Uint8Array(inputs.relation.size)
  for (const relation of found) for (const input of relation.column(INPUT_ID)) excluded[input as number] = 1
  const rows: number[] = []
  for (let row = 0; row < base.size; row++) {
    if (!excluded[inputs.of ? inputs.of[row]! : row]) rows.push(row)
    if (memory.shouldYield()) yield
  }

  return [...others, yield* selectRows(base.keep(scope.live), rows, memory)]
}
