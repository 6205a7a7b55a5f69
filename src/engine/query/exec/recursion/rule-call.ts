import {equal, type Value} from '../../../../values/types.js'
import type {Task} from '../../../task.js'
import {checkBound} from '../../check.js'
import {type Env, type Scope, split} from '../../env.js'
import {invalidQuery} from '../../invalid.js'
import {variablesIn} from '../../parse/vars.js'
import type {Rule, RuleClause} from '../../plan.js'
import {solveBranches} from '../branches.js'
import {join} from '../join.js'
import type {Meter} from '../meter.js'
import {type Column, pick, Relation, SEED} from '../relation.js'
import {freeOf, type Given, originsOfArguments} from './given.js'
import {networkOf} from './network.js'
import {chooseBase, expand, seedsOf} from './seeds.js'

/** More rules in rules are entered by nobody, and would exhaust the stack. */
const MAX_DEPTH = 100

/** The rows for which a rule holds, with what it finds. */
export function* solveRule(
  env: Env,
  relations: readonly Relation[],
  clause: RuleClause,
  scope: Scope,
): Task<Relation[]> {
  const {meter} = env
  const rule = env.rules.of(clause)
  if (scope.depth >= MAX_DEPTH) throw invalidQuery(`rules call each other more than ${MAX_DEPTH} deep`, clause.form)
  const vars = variablesIn(clause.args)
  const {others, touched} = split(relations, vars)
  const {base, rest} = yield* chooseBase(touched, env.rules.isPure(clause), meter)
  const seeds = yield* seedsOf(base, vars, meter)
  const given = givenTo(clause, seeds.relation)
  checkRequired(rule, given, clause)
  const inner = {...scope, depth: scope.depth + 1, source: clause.source ?? scope.source}
  const found =
    env.rules.groupOf(rule.name) === undefined
      ? yield* solveBranches(env, branchesOf(rule, given, seeds.relation), freeOf(given), inner)
      : yield* networkOf(env, rule.name).solve(rule, given, inner)
  const live = {has: (name: string) => scope.live.has(name) || rest.some((relation) => relation.has(name))}
  const named = yield* nameFound(found, clause, meter)
  let all = yield* expand(base, seeds.of, named, {live, meter})
  for (const relation of rest) all = yield* join(all, relation, meter)
  return [...others, all]
}

function givenTo({args}: RuleClause, seeds: Relation): Given {
  const columns = args.map((arg) => {
    if (arg.kind === 'constant') return filled(arg.value, seeds.size)
    return arg.kind === 'variable' && seeds.has(arg.name) ? seeds.column(arg.name) : undefined
  })
  return {columns, origins: originsOfArguments(args, seeds)}
}

function filled(value: Value, size: number): Value[] {
  const column: Value[] = []
  for (let i = 0; i < size; i++) column.push(value)
  return column
}

function checkRequired({required}: Rule, {columns}: Given, clause: RuleClause): void {
  if (columns.slice(0, required).includes(undefined))
    throw invalidQuery('Insufficient bindings: an argument of the rule must be known before', clause.form)
}

function branchesOf({branches}: Rule, {columns, origins}: Given, seeds: Relation) {
  return branches.map(({clauses, form, formals}) => {
    const bound = formals.flatMap((name, i) => (columns[i] ? [[name, columns[i], origins[i]] as const] : []))
    const names = bound.map(([name]) => name)
    checkBound(clauses, new Set(names))
    const cells = bound.map(([, column]) => column)
    const known = new Map(bound.flatMap(([name, , origin]) => (origin ? [[name, origin] as const] : [])))
    const renamed = new Relation([...names, SEED], [...cells, seeds.column(SEED)], seeds.size, known)
    return {clauses, form, outs: formals.filter((_, i) => !columns[i]), seeds: renamed}
  })
}

/** Gives what was found the names of the caller. A variable that stands for two arguments must be the same in both. */
function* nameFound(found: Relation, {args}: RuleClause, meter: Meter): Task<Relation> {
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
  const named = new Relation([SEED, ...names], [found.column(SEED), ...columns], found.size, origins)
  if (twins.length === 0) return named
  const rows: number[] = []
  for (let row = 0; row < named.size; row++) {
    if (twins.every(([a, b]) => equal(a[row]!, b[row]!))) rows.push(row)
    if (meter.due()) yield
  }

  return yield* pick(named, rows, meter)
}
