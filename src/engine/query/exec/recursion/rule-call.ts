import {equal, type Value} from '../../../../values/types.js'
import {invalidQuery} from '../../../invalid-query.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import {checkBound} from '../../check.js'
import {variablesIn} from '../../parse/vars.js'
import type {Rule, RuleClause} from '../../syntax.js'
import {solveBranches} from '../branches.js'
import {chooseDriver, inputTuplesOf, joinBack} from '../input-tuples.js'
import {join} from '../join.js'
import {type QueryContext, type Scope, split} from '../query-context.js'
import {type Column, INPUT_ID, Relation, selectRows} from '../relation.js'
import {type BoundArgs, originsOfArguments, unboundArgNames} from './bound-args.js'
import {evaluatorOf} from './rule-evaluator.js'

/** Maximum nesting of rule calls: more would exhaust the stack. */
const MAX_DEPTH = 100

/** The rows for which a rule holds, with what it finds. */
export function* solveRule(
  context: QueryContext,
  relations: readonly Relation[],
  clause: RuleClause,
  scope: Scope,
): CooperativeTask<Relation[]> {
  const {memory} = context
  const rule = context.rules.of(clause)
  if (scope.depth >= MAX_DEPTH) throw invalidQuery(`rules call each other more than ${MAX_DEPTH} deep`, clause.form)
  const vars = variablesIn(clause.args)
  const {others, touched} = split(relations, vars)
  const {driver: base, rest} = yield* chooseDriver(touched, context.rules.isPure(clause), memory)
  const inputs = yield* inputTuplesOf(base, vars, memory)
  const boundArgs = argsFrom(clause, inputs.relation)
  checkRequired(rule, boundArgs, clause)
  const inner = {...scope, depth: scope.depth + 1, source: clause.source ?? scope.source}
  const found =
    context.rules.groupOf(rule.name) === undefined
      ? yield* solveBranches(context, branchesOf(rule, boundArgs, inputs.relation), unboundArgNames(boundArgs), inner)
      : yield* evaluatorOf(context, rule.name).solve(rule, boundArgs, inner)
  const live = {has: (name: string) => scope.live.has(name) || rest.some((relation) => relation.has(name))}
  const named = yield* nameFound(found, clause, memory)
  let all = yield* joinBack(base, inputs.of, named, {live, memory})
  for (const relation of rest) all = yield* join(all, relation, memory)
  return [...others, all]
}

function argsFrom({args}: RuleClause, inputs: Relation): BoundArgs {
  const columns = args.map((arg) => {
    if (arg.kind === 'constant') return filled(arg.value, inputs.size)
    return arg.kind === 'variable' && inputs.has(arg.name) ? inputs.column(arg.name) : undefined
  })
  return {columns, origins: originsOfArguments(args, inputs)}
}

function filled(value: Value, size: number): Value[] {
  const column: Value[] = []
  for (let i = 0; i < size; i++) column.push(value)
  return column
}

function checkRequired({required}: Rule, {columns}: BoundArgs, clause: RuleClause): void {
  if (columns.slice(0, required).includes(undefined))
    throw invalidQuery('Insufficient bindings: an argument of the rule must be known before', clause.form)
}

function branchesOf({branches}: Rule, {columns, origins}: BoundArgs, inputs: Relation) {
  return branches.map(({clauses, form, formals}) => {
    const bound = formals.flatMap((name, i) => (columns[i] ? [[name, columns[i], origins[i]] as const] : []))
    const names = bound.map(([name]) => name)
    checkBound(clauses, new Set(names))
    const cells = bound.map(([, column]) => column)
    const known = new Map(bound.flatMap(([name, , origin]) => (origin ? [[name, origin] as const] : [])))
    const renamed = new Relation([...names, INPUT_ID], [...cells, inputs.column(INPUT_ID)], inputs.size, known)
    return {clauses, form, outs: formals.filter((_, i) => !columns[i]), inputs: renamed}
  })
}

/** Gives what was found the names of the caller. A variable that stands for two arguments must be the same in both. */
function* nameFound(found: Relation, {args}: RuleClause, memory: MemoryAccountant): CooperativeTask<Relation> {
  const names: string[] = []
  const columns: Column[] = []
  const twins: Array<readonly [Column, Column]> = []
  for (const [i, arg] of args.entries()) {
    const column = found.has(`#${i}`) ? found.column(`#${i}`) : undefined
    if (column && arg.kind === 'variable') {
      const known = names.indexOf(arg.name)
      if (known === -1) {
        names.push(arg.name)
        columns.push(column)
      } else twins.push([columns[known]!, column])
    }
  }

  const origins = new Map(
    args.flatMap((arg, i) => {
      const origin = found.origins.get(`#${i}`)
      return arg.kind === 'variable' && origin ? [[arg.name, origin] as const] : []
    }),
  )
  const named = new Relation([INPUT_ID, ...names], [found.column(INPUT_ID), ...columns], found.size, origins)
  if (twins.length === 0) return named
  const rows: number[] = []
  for (let row = 0; row < named.size; row++) {
    if (twins.every(([a, b]) => equal(a[row]!, b[row]!))) rows.push(row)
    if (memory.shouldYield()) yield
  }

  return yield* selectRows(named, rows, memory)
}
