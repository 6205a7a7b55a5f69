import type {Task} from '../../../task.js'
import type {Env, Scope} from '../../env.js'
import type {Rule, RuleClause} from '../../plan.js'
import {joinAll} from '../join.js'
import type {Column, Relation} from '../relation.js'
import {freeOf, type Given, maskOf, originsOfArguments} from './given.js'
import {Site} from './site.js'
import {Table, type TableBranch} from './table.js'

/**
 * Rules that call themselves. Each rule has a table for each set of arguments that are known: what it was asked (seeds)
 * and what it found (answers). A call in a rule's body leaves its rows with the table that it asks, and goes on with
 * answers as they come, each row with each answer once; so recursion ends when nobody has anything new.
 */
export class Network {
  readonly #env: Env
  readonly #group: number
  readonly #sites: Site[] = []
  readonly #tables = new Map<string, Table>()

  constructor(env: Env, group: number) {
    this.#env = env
    this.#group = group
  }

  /** What a rule finds: SEED, by which the caller's rows are numbered, and the arguments that were not given. */
  *solve(rule: Rule, given: Given, scope: Omit<Scope, 'live'>): Task<Relation> {
    const {meter} = this.#env
    const table = this.#table(rule, given, scope.source)
    const columns = given.columns.filter((column) => column !== undefined)
    const size = columns[0]?.length ?? 1
    const asked: number[] = []
    for (let row = 0; row < size; row++) {
      asked.push(table.ask(columns, row, meter))
      if (meter.due()) yield
    }

    yield* this.#run(scope)
    return yield* table.answersFor(asked, freeOf(given), meter)
  }

  #table(rule: Rule, given: Given, source: string): Table {
    const mask = maskOf(given)
    const key = `${rule.name} ${mask} ${source}`
    const known = this.#tables.get(key)
    if (known) return known
    const table = new Table(this.#env, rule, {group: this.#group, mask, source})
    this.#tables.set(key, table)
    return table
  }

  *#run(scope: Omit<Scope, 'live'>): Task<void> {
    for (let idle = false; !idle;) {
      idle = true
      // Tables and sites are added on the way.
      for (const table of this.#tables.values()) {
        if (table.hasNews) {
          idle = false
          for (const {branch, seeds} of table.takeSeeds())
            yield* this.#go({branch, next: 0, owner: table}, seeds, scope)
        }
      }

      for (const site of this.#sites) {
        if (site.hasNews) {
          idle = false
          const before = this.#env.meter.held
          const rows = yield* site.takeAnswers(this.#env.meter)
          yield* this.#go(site, rows, scope)
          this.#env.meter.settle(before)
        }
      }

      if (this.#env.meter.due()) yield
    }
  }

  /** Takes rows through a branch, from one of its steps to the next call, or to the end. */
  *#go({branch, next, owner}: Start, rows: Relation, scope: Omit<Scope, 'live'>): Task<void> {
    const {meter} = this.#env
    if (rows.size === 0) return
    const {call, clauses, live} = branch.steps[next]!
    const before = meter.held
    const relations = yield* this.#env.solve(this.#env, [rows], clauses, {...scope, live, source: owner.source})
    if (relations) {
      const all = yield* joinAll(relations, meter)
      if (call) {
        const site = this.#site({branch, next: next + 1, owner}, call, all)
        yield* this.#go(site, yield* site.accept(all, meter), scope)
      } else yield* owner.addAnswers(branch, all, meter)
    }

    meter.settle(before)
  }

  #site(start: Start, call: RuleClause, rows: Relation): Site {
    const known = this.#sites.find(({branch, next}) => branch === start.branch && next === start.next)
    if (known) return known
    const columns = call.args.map((arg): Column | undefined => {
      if (arg.kind === 'constant') return []
      return arg.kind === 'variable' && rows.has(arg.name) ? rows.column(arg.name) : undefined
    })
    const origins = originsOfArguments(call.args, rows)
    const source = call.source ?? start.owner.source
    const callee = this.#table(this.#env.rules.of(call), {columns, origins}, source)
    const site = new Site({...start, callee}, call, rows)
    this.#sites.push(site)
    return site
  }
}

/** A step of a branch, in a table. */
interface Start {
  branch: TableBranch
  next: number
  owner: Table
}

const networks = new WeakMap<Env, Map<number, Network>>()

/** The network of the group that a rule belongs to, which keeps what it has found while a query runs. */
export function networkOf(env: Env, name: string): Network {
  const group = env.rules.groupOf(name)!
  const known = networks.get(env) ?? new Map<number, Network>()
  networks.set(env, known)
  const network = known.get(group) ?? new Network(env, group)
  known.set(group, network)
  return network
}
