import type {CooperativeTask} from '../../task.js'
import {varsOf, varsOfAll} from '../parse/vars.js'
import type {Clause} from '../syntax.js'
import {solveCall} from './call.js'
import {solveNot} from './not.js'
import {solveOr} from './or.js'
import {solvePattern} from './pattern/pattern.js'
import type {QueryContext, Scope, Solve} from './query-context.js'
import {solveRule} from './recursion/rule-call.js'
import {type Relation, totalSize, UNIT_RELATION} from './relation.js'
import {reorderClauses} from './reorder-clauses.js'

/** The clauses one after the other. It is where all kinds of clauses are known; those in which others stand get it from `context`. */
export const solve: Solve = function* (context, relations, clauses, scope) {
  const {memory} = context
  const before = memory.held
  if (isEmpty(relations)) return undefined
  const bound = relations.flatMap(({vars}) => vars)
  const ordered = reorderClauses(context, clauses, bound, scope.source)
  const live = liveAfter(ordered, scope.live)
  const used = varsOfAll(ordered)
  const isNeeded = (name: string) => scope.live.has(name) || used.has(name)
  let current: Relation[] = relations.map((relation) => relation.keep({has: isNeeded}))
  for (const [i, clause] of ordered.entries()) {
    const found = yield* solveClause(context, current, clause, {...scope, live: live[i]!})
    if (isEmpty(found)) {
      memory.releaseTo(before)
      return undefined
    }

    current = found.map((relation) => relation.keep(live[i]!)).filter(({columns}) => columns.length > 0)
    memory.releaseTo(before + totalSize(current))
    if (memory.shouldYield()) yield
  }

  return current.length === 0 ? [UNIT_RELATION] : current
}

function solveClause(
  context: QueryContext,
  relations: readonly Relation[],
  clause: Clause,
  scope: Scope,
): CooperativeTask<Relation[]> {
  switch (clause.kind) {
    case 'call':
      return solveCall(context, relations, clause, scope)
    case 'not':
      return solveNot(context, relations, clause, scope)
    case 'or':
      return solveOr(context, relations, clause, scope)
    case 'pattern':
      return solvePattern(context, relations, clause, scope)
    case 'rule':
      return solveRule(context, relations, clause, scope)
  }
}

function isEmpty(relations: readonly Relation[]): boolean {
  return relations.some(({size}) => size === 0)
}

/** For each clause the variables that are needed after it. */
function liveAfter(clauses: readonly Clause[], live: Scope['live']): Array<Scope['live']> {
  const last = new Map<string, number>()
  for (const [i, clause] of clauses.entries()) for (const name of varsOf(clause)) last.set(name, i)
  return clauses.map((_, i) => ({has: (name) => (last.get(name) ?? -1) > i || live.has(name)}))
}
