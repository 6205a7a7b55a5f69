import type {CooperativeTask} from '../../task.js'
import {varsOf} from '../parse/vars.js'
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
  let current: Relation[] = relations.map((relation) => relation.keep({has: (name) => needed(name, ordered, scope)}))
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

function needed(name: string, clauses: readonly Clause[], {live}: Scope): boolean {
  return live.has(name) || clauses.some((clause) => varsOf(clause).includes(name))
}

/** For each clause the variables that are needed after it. */
function liveAfter(clauses: readonly Clause[], live: Scope['live']): Array<Scope['live']> {
  const after: Array<Scope['live']> = []
  const later = new Set<string>()
  for (const clause of clauses.toReversed()) {
    const names = new Set(later)
    after.unshift({has: (name) => names.has(name) || live.has(name)})
    for (const name of varsOf(clause)) later.add(name)
  }

  return after
}
