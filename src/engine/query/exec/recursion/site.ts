import {equal, type Value} from '../../../../values/types.js'
import type {Task} from '../../../task.js'
import type {RuleClause} from '../../plan.js'
import type {Meter} from '../meter.js'
import {type Column, gather, type Origins, Relation} from '../relation.js'
import type {Table, TableBranch} from './table.js'

/** Where a call stands. */
export interface Place {
  branch: TableBranch
  callee: Table
  /** The step after the call. */
  next: number
  owner: Table
}

/** A call within a rule: its rows wait here for answers. */
export class Site {
  readonly branch: TableBranch
  readonly next: number
  readonly owner: Table
  readonly #bySeed: number[][] = []
  readonly #call: RuleClause
  readonly #callee: Table
  readonly #columns: readonly Value[][]
  readonly #origins: Origins
  #seen = 0
  #size = 0
  readonly #vars: readonly string[]

  /** @param rows like those that will come */
  constructor(place: Place, call: RuleClause, rows: Relation) {
    this.branch = place.branch
    this.next = place.next
    this.owner = place.owner
    this.#call = call
    this.#callee = place.callee
    this.#columns = rows.vars.map(() => [])
    this.#origins = rows.origins
    this.#vars = rows.vars
  }

  get hasNews(): boolean {
    return this.#seen < this.#callee.size
  }

  /** Keeps rows, and asks for them. @returns them with the answers that are known already */
  *accept(rows: Relation, meter: Meter): Task<Relation> {
    const columns = this.#vars.map((name) => rows.column(name))
    const asked = this.#asked(rows)
    const found: Pairs = {answers: [], rows: []}
    for (let row = 0; row < rows.size; row++) {
      for (const [i, column] of this.#columns.entries()) column.push(columns[i]![row]!)
      const seed = this.#callee.ask(asked, row, meter)
      this.#bySeed[seed] ??= []
      this.#bySeed[seed].push(this.#size)
      for (const answer of this.#callee.answersOf(seed)) {
        if (answer >= this.#seen) break
        found.answers.push(answer)
        found.rows.push(this.#size)
        meter.row()
        if (meter.due()) yield
      }

      this.#size++
      meter.pin(1)
      if (meter.due()) yield
    }

    return yield* this.#together(found, meter)
  }

  /** The answers that are new, with the rows that wait for them. */
  *takeAnswers(meter: Meter): Task<Relation> {
    const from = this.#seen
    this.#seen = this.#callee.size
    const seeds = this.#callee.answers[0] as readonly number[]
    const found: Pairs = {answers: [], rows: []}
    for (let answer = from; answer < this.#seen; answer++) {
      for (const row of this.#bySeed[seeds[answer]!] ?? []) {
        found.answers.push(answer)
        found.rows.push(row)
        meter.row()
        if (meter.due()) yield
      }

      if (meter.due()) yield
    }

    return yield* this.#together(found, meter)
  }

  /** The columns that the call gives, each with a value for each row. */
  #asked(rows: Relation): Column[] {
    return this.#call.args.flatMap((arg) => {
      if (arg.kind === 'constant') return [Array.from({length: rows.size}, () => arg.value)]
      return arg.kind === 'variable' && this.#vars.includes(arg.name) ? [rows.column(arg.name)] : []
    })
  }

  *#together({answers, rows}: Pairs, meter: Meter): Task<Relation> {
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
        columns.push(yield* gather(this.#columns[i]!, picked.rows, meter))
      }
    }

    for (const [i, arg] of free.entries()) {
      if (arg.kind === 'variable' && needs.has(arg.name) && !vars.includes(arg.name)) {
        vars.push(arg.name)
        columns.push(yield* gather(this.#callee.answers[i + 1]!, picked.answers, meter))
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
