import {equal, type Value} from '../../../../values/types.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import type {RuleClause} from '../../syntax.js'
import {type Column, type Origins, Relation, takeRows} from '../relation.js'
import type {RuleTable, TableBranch} from './rule-table.js'

/** Position of a call. */
export interface CallPosition {
  branch: TableBranch
  callee: RuleTable
  /** The step after the call. */
  next: number
  owner: RuleTable
}

/** A call within a rule: its rows wait here for answers. */
export class RuleCallSite {
  readonly branch: TableBranch
  readonly next: number
  readonly owner: RuleTable
  readonly #byInput: number[][] = []
  readonly #call: RuleClause
  readonly #callee: RuleTable
  readonly #columns: readonly Value[][]
  readonly #origins: Origins
  #seen = 0
  #size = 0
  readonly #vars: readonly string[]

  /** @param rows like those that will come */
  constructor(place: CallPosition, call: RuleClause, rows: Relation) {
    this.branch = place.branch
    this.next = place.next
    this.owner = place.owner
    this.#call = call
    this.#callee = place.callee
    this.#columns = rows.vars.map(() => [])
    this.#origins = rows.origins
    this.#vars = rows.vars
  }

  get hasPending(): boolean {
    return this.#seen < this.#callee.size
  }

  /** Keeps rows, and asks for them. @returns them with the answers that are known already */
  *accept(rows: Relation, memory: MemoryAccountant): CooperativeTask<Relation> {
    const columns = this.#vars.map((name) => rows.column(name))
    const asked = this.#asked(rows)
    const found: Pairs = {answers: [], rows: []}
    for (let row = 0; row < rows.size; row++) {
      for (const [i, column] of this.#columns.entries()) column.push(columns[i]![row]!)
      const input = this.#callee.addSubgoal(asked, row, memory)
      this.#byInput[input] ??= []
      this.#byInput[input].push(this.#size)
      for (const answer of this.#callee.answersOf(input)) {
        if (answer >= this.#seen) break
        found.answers.push(answer)
        found.rows.push(this.#size)
        memory.countRow()
        if (memory.shouldYield()) yield
      }

      this.#size++
      memory.retain(1)
      if (memory.shouldYield()) yield
    }

    return yield* this.#together(found, memory)
  }

  /** The answers that are new, with the rows that wait for them. */
  *drainNewAnswers(memory: MemoryAccountant): CooperativeTask<Relation> {
    const from = this.#seen
    this.#seen = this.#callee.size
    const inputs = this.#callee.answers[0] as readonly number[]
    const found: Pairs = {answers: [], rows: []}
    for (let answer = from; answer < this.#seen; answer++) {
      for (const row of this.#byInput[inputs[answer]!] ?? []) {
        found.answers.push(answer)
        found.rows.push(row)
        memory.countRow()
        if (memory.shouldYield()) yield
      }

      if (memory.shouldYield()) yield
    }

    return yield* this.#together(found, memory)
  }

  /** The columns that the call gives, each with a value for each row. */
  #asked(rows: Relation): Column[] {
    return this.#call.args.flatMap((arg) => {
      if (arg.kind === 'constant') return [Array.from({length: rows.size}, () => arg.value)]
      return arg.kind === 'variable' && this.#vars.includes(arg.name) ? [rows.column(arg.name)] : []
    })
  }

  *#together({answers, rows}: Pairs, memory: MemoryAccountant): CooperativeTask<Relation> {
    const free = this.#call.args.filter(
      (arg) => !(arg.kind === 'constant' || (arg.kind === 'variable' && this.#vars.includes(arg.name))),
    )
    const picked = this.#agreeing(
      {answers, rows},
      free.map((arg) => (arg.kind === 'variable' ? arg.name : '')),
    )
    const vars: string[] = []
    const columns: Column[] = []
    const {needs} = this.branch.steps[this.next]!
    for (const [i, name] of this.#vars.entries()) {
      if (needs.has(name)) {
        vars.push(name)
        columns.push(yield* takeRows(this.#columns[i]!, picked.rows, memory))
      }
    }

    for (const [i, arg] of free.entries()) {
      if (arg.kind === 'variable' && needs.has(arg.name) && !vars.includes(arg.name)) {
        vars.push(arg.name)
        columns.push(yield* takeRows(this.#callee.answers[i + 1]!, picked.answers, memory))
      }
    }

    return new Relation(vars, columns, picked.rows.length, this.#origins)
  }

  /** Only those answers that have the same value wherever the call has the same variable. */
  #agreeing({answers, rows}: Pairs, names: readonly string[]): Pairs {
    const twins = names.flatMap((name, i) => {
      const first = names.indexOf(name)
      return name !== '' && first < i ? [[this.#callee.answers[first + 1]!, this.#callee.answers[i + 1]!] as const] : []
    })
    if (twins.length === 0) return {answers, rows}
    const kept: Pairs = {answers: [], rows: []}
    for (const [at, answer] of answers.entries()) {
      if (twins.every(([a, b]) => equal(a[answer]!, b[answer]!))) {
        kept.answers.push(answer)
        kept.rows.push(rows[at]!)
      }
    }

    return kept
  }
}

interface Pairs {
  answers: number[]
  rows: number[]
}
