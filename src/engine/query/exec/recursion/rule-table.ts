import type {Value} from '../../../../values/types.js'
import {invalidQuery} from '../../../invalid-query.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import {checkBound} from '../../check.js'
import {varsOf} from '../../parse/vars.js'
import type {Clause, Rule, RuleBranch, RuleClause} from '../../syntax.js'
import type {QueryContext} from '../query-context.js'
import {type Column, INPUT_ID, Relation, takeRows} from '../relation.js'
import {reorderClauses} from '../reorder-clauses.js'
import {TupleInterner} from '../tuple-interner.js'
import {originsIn} from './bound-args.js'

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
  /** Mask of the given arguments and their origins: see `maskOf`. */
  mask: string
  source: string
}

/** The inputs of a rule for one set of bound arguments, and its answers. */
export class RuleTable {
  readonly branches: readonly TableBranch[]
  /** The answers: INPUT_ID, and the arguments that were not given. */
  readonly answers: ReadonlyArray<Value[]>
  readonly source: string
  readonly #answerIndex: TupleInterner
  /** The answers of each input. */
  readonly #byInput: number[][] = []
  readonly #mask: string
  readonly #inputIndex: TupleInterner
  readonly #inputs: readonly Value[][]
  #taken = 0

  constructor(context: QueryContext, rule: Rule, {group, mask, source}: TableOptions) {
    this.#mask = mask
    this.source = source
    const given = [...mask].filter((mark) => mark !== 'f').length
    this.#inputs = Array.from({length: given}, () => [])
    this.#inputIndex = new TupleInterner(given)
    this.answers = Array.from({length: 1 + mask.length - given}, () => [])
    this.#answerIndex = new TupleInterner(this.answers.length)
    this.branches = rule.branches.map((branch) => branchOf(context, branch, {group, mask, source}))
  }

  /** Number of answers. */
  get size(): number {
    return this.answers[0]!.length
  }

  get hasPending(): boolean {
    return this.#taken < this.#inputIndex.size
  }

  /** @returns the number of the input that stands in a row of these columns */
  addSubgoal(columns: readonly Column[], row: number, memory: MemoryAccountant): number {
    const before = this.#inputIndex.size
    const input = this.#inputIndex.add(columns, row)
    if (input === before) {
      for (const [i, column] of this.#inputs.entries()) column.push(columns[i]![row]!)
      this.#byInput.push([])
      memory.retain(1)
    }

    return input
  }

  /** Returns the inputs that were not returned before, as each branch names them. */
  drainNewSubgoals(): Array<{branch: TableBranch; inputs: Relation}> {
    const from = this.#taken
    const columns = this.#inputs.map((column) => column.slice(from))
    const numbers: number[] = []
    for (let input = from; input < this.#inputIndex.size; input++) numbers.push(input)
    this.#taken = this.#inputIndex.size
    const given = originsIn(this.#mask)
    return this.branches.map((branch) => {
      const origins = new Map(branch.bound.flatMap((name, i) => (given[i] ? [[name, given[i]] as const] : [])))
      return {branch, inputs: new Relation([...branch.bound, INPUT_ID], [...columns, numbers], numbers.length, origins)}
    })
  }

  *addAnswers({form, outs}: TableBranch, found: Relation, memory: MemoryAccountant): CooperativeTask<void> {
    const missing = outs.find((name) => !found.has(name))
    if (missing !== undefined) throw invalidQuery(`${missing} gets no value in`, form)
    const columns = [INPUT_ID, ...outs].map((name) => found.column(name))
    for (let row = 0; row < found.size; row++) {
      const before = this.#answerIndex.size
      if (this.#answerIndex.add(columns, row) === before) {
        for (const [i, column] of this.answers.entries()) column.push(columns[i]![row]!)
        this.#byInput[columns[0]![row] as number]!.push(before)
        memory.retain(1)
      }

      if (memory.shouldYield()) yield
    }
  }

  answersOf(input: number): readonly number[] {
    return this.#byInput[input]!
  }

  /** The answers for inputs, which the caller numbers from 0 in this order. */
  *answersFor(
    inputs: readonly number[],
    names: readonly string[],
    memory: MemoryAccountant,
  ): CooperativeTask<Relation> {
    const rows: number[] = []
    const numbers: number[] = []
    for (const [number, input] of inputs.entries()) {
      for (const answer of this.#byInput[input]!) {
        rows.push(answer)
        numbers.push(number)
        memory.countRow()
        if (memory.shouldYield()) yield
      }

      if (memory.shouldYield()) yield
    }

    const columns: Column[] = [numbers]
    for (const column of this.answers.slice(1)) columns.push(yield* takeRows(column, rows, memory))
    return new Relation([INPUT_ID, ...names], columns, rows.length)
  }
}

function branchOf(
  context: QueryContext,
  {clauses, form, formals}: RuleBranch,
  {group, mask, source}: TableOptions,
): TableBranch {
  const bound = formals.filter((_, i) => mask[i] !== 'f')
  const outs = formals.filter((_, i) => mask[i] === 'f')
  checkBound(clauses, new Set(bound))
  return {bound, form, outs, steps: stepsOf(context, reorderClauses(context, clauses, bound, source), {group, outs})}
}

function stepsOf(
  context: QueryContext,
  clauses: readonly Clause[],
  {group, outs}: {group: number; outs: readonly string[]},
): Step[] {
  const steps: Step[] = []
  let step: Step & {clauses: Clause[]} = {
    call: undefined,
    clauses: [],
    live: new Set([INPUT_ID, ...outs]),
    needs: new Set(),
  }
  const finish = () => {
    steps.unshift({...step, needs: new Set([...step.live, ...step.clauses.flatMap((clause) => varsOf(clause))])})
  }

  // From the end to the start: later steps decide what is needed.
  for (const clause of clauses.toReversed()) {
    if (clause.kind === 'rule' && context.rules.groupOf(clause.name) === group) {
      finish()
      step = {call: clause, clauses: [], live: new Set([...steps[0]!.needs, ...varsOf(clause)]), needs: new Set()}
    } else step.clauses.unshift(clause)
  }

  finish()
  return steps
}
