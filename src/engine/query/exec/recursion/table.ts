import type {Value} from '../../../../values/types.js'
import type {Task} from '../../../task.js'
import {checkBound} from '../../check.js'
import type {Env} from '../../env.js'
import {invalidQuery} from '../../invalid.js'
import {orderOf} from '../../order.js'
import {varsOf} from '../../parse/vars.js'
import type {Clause, Rule, RuleBranch, RuleClause} from '../../plan.js'
import type {Meter} from '../meter.js'
import {type Column, gather, Relation, SEED} from '../relation.js'
import {TupleIndex} from '../tuples.js'
import {originsIn} from './given.js'

/** Clauses up to the next call of a rule of the same group, or up to the end. */
interface Step {
  call: RuleClause | undefined
  clauses: readonly Clause[]
  /** The variables that are needed after these clauses: by the call, and after it. */
  live: ReadonlySet<string>
  /** The variables that are needed before them. */
  needs: ReadonlySet<string>
}

/** One branch of a rule in one of its tables. */
export interface TableBranch {
  /** The formals that are given, and those that are found. */
  bound: readonly string[]
  form: Value
  outs: readonly string[]
  steps: readonly Step[]
}

interface TableOptions {
  group: number
  /** Which arguments are given, and their origins: see `maskOf`. */
  mask: string
  source: string
}

/** What a rule was asked with some of its arguments given, and what it found. */
export class Table {
  readonly branches: readonly TableBranch[]
  /** The answers: SEED, and the arguments that were not given. */
  readonly answers: ReadonlyArray<Value[]>
  readonly source: string
  readonly #answerIndex: TupleIndex
  /** The answers of each seed. */
  readonly #bySeed: number[][] = []
  readonly #mask: string
  readonly #seedIndex: TupleIndex
  readonly #seeds: readonly Value[][]
  #taken = 0

  constructor(env: Env, rule: Rule, {group, mask, source}: TableOptions) {
    this.#mask = mask
    this.source = source
    const given = [...mask].filter((mark) => mark !== 'f').length
    this.#seeds = Array.from({length: given}, () => [])
    this.#seedIndex = new TupleIndex(given)
    this.answers = Array.from({length: 1 + mask.length - given}, () => [])
    this.#answerIndex = new TupleIndex(this.answers.length)
    this.branches = rule.branches.map((branch) => branchOf(env, branch, {group, mask, source}))
  }

  /** How many answers there are. */
  get size(): number {
    return this.answers[0]!.length
  }

  get hasNews(): boolean {
    return this.#taken < this.#seedIndex.size
  }

  /** @returns the number of the seed that stands in a row of these columns */
  ask(columns: readonly Column[], row: number, meter: Meter): number {
    const before = this.#seedIndex.size
    const seed = this.#seedIndex.add(columns, row)
    if (seed === before) {
      for (const [i, column] of this.#seeds.entries()) column.push(columns[i]![row]!)
      this.#bySeed.push([])
      meter.pin(1)
    }

    return seed
  }

  /** The seeds that were not taken before, as each branch names them. */
  takeSeeds(): Array<{branch: TableBranch; seeds: Relation}> {
    const from = this.#taken
    const columns = this.#seeds.map((column) => column.slice(from))
    const numbers: number[] = []
    for (let seed = from; seed < this.#seedIndex.size; seed++) numbers.push(seed)
    this.#taken = this.#seedIndex.size
    const given = originsIn(this.#mask)
    return this.branches.map((branch) => {
      const origins = new Map(branch.bound.flatMap((name, i) => (given[i] ? [[name, given[i]] as const] : [])))
      return {branch, seeds: new Relation([...branch.bound, SEED], [...columns, numbers], numbers.length, origins)}
    })
  }

  *addAnswers({form, outs}: TableBranch, found: Relation, meter: Meter): Task<void> {
    const missing = outs.find((name) => !found.has(name))
    if (missing !== undefined) throw invalidQuery(`${missing} gets no value in`, form)
    const columns = [SEED, ...outs].map((name) => found.column(name))
    for (let row = 0; row < found.size; row++) {
      const before = this.#answerIndex.size
      if (this.#answerIndex.add(columns, row) === before) {
        for (const [i, column] of this.answers.entries()) column.push(columns[i]![row]!)
        this.#bySeed[columns[0]![row] as number]!.push(before)
        meter.pin(1)
      }

      if (meter.due()) yield
    }
  }

  answersOf(seed: number): readonly number[] {
    return this.#bySeed[seed]!
  }

  /** The answers for seeds, which the caller numbers from 0 in this order. */
  *answersFor(seeds: readonly number[], names: readonly string[], meter: Meter): Task<Relation> {
    const rows: number[] = []
    const numbers: number[] = []
    for (const [number, seed] of seeds.entries()) {
      for (const answer of this.#bySeed[seed]!) {
        rows.push(answer)
        numbers.push(number)
        meter.row()
        if (meter.due()) yield
      }

      if (meter.due()) yield
    }

    const columns: Column[] = [numbers]
    for (const column of this.answers.slice(1)) columns.push(yield* gather(column, rows, meter))
    return new Relation([SEED, ...names], columns, rows.length)
  }
}

function branchOf(env: Env, {clauses, form, formals}: RuleBranch, {group, mask, source}: TableOptions): TableBranch {
  const bound = formals.filter((_, i) => mask[i] !== 'f')
  const outs = formals.filter((_, i) => mask[i] === 'f')
  checkBound(clauses, new Set(bound))
  return {bound, form, outs, steps: stepsOf(env, orderOf(env, clauses, bound, source), {group, outs})}
}

function stepsOf(
  env: Env,
  clauses: readonly Clause[],
  {group, outs}: {group: number; outs: readonly string[]},
): Step[] {
  const steps: Step[] = []
  let step: Step & {clauses: Clause[]} = {
    call: undefined,
    clauses: [],
    live: new Set([SEED, ...outs]),
    needs: new Set(),
  }
  const finish = () => {
    steps.unshift({...step, needs: new Set([...step.live, ...step.clauses.flatMap((clause) => varsOf(clause))])})
  }

  // From the end to the start: what comes later says what is needed.
  for (const clause of clauses.toReversed()) {
    if (clause.kind === 'rule' && env.rules.groupOf(clause.name) === group) {
      finish()
      step = {call: clause, clauses: [], live: new Set([...steps[0]!.needs, ...varsOf(clause)]), needs: new Set()}
    } else step.clauses.unshift(clause)
  }

  finish()
  return steps
}
