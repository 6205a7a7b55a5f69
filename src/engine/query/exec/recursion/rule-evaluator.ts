import {present} from '../../../../values/present.js'
import type {CooperativeTask} from '../../../task.js'
import type {Rule, RuleClause} from '../../syntax.js'
import {joinAll} from '../join.js'
import type {QueryContext, Scope} from '../query-context.js'
import type {Column, Relation} from '../relation.js'
import {type BoundArgs, maskOf, originsOfArguments, unboundArgNames} from './bound-args.js'
import {RuleCallSite} from './rule-call-site.js'
import {RuleTable, type TableBranch} from './rule-table.js'

/**
 * Evaluates recursive rules by tabling (semi-naive). Each rule has a table for each set of bound arguments, with its inputs
 * (subgoals) and its answers. A call in a rule's body registers its rows with the table that it calls, and continues with each
 * new answer once. The evaluation ends at the fixpoint, when no table has anything new.
 */
export class RecursiveRuleEvaluator {
  readonly #context: QueryContext
  readonly #group: number
  readonly #sites: RuleCallSite[] = []
  readonly #tables = new Map<string, RuleTable>()

  constructor(context: QueryContext, group: number) {
    this.#context = context
    this.#group = group
  }

  /** Finds the answers of a rule: INPUT_ID, which numbers the caller's rows, and the arguments not given. */
  *solve(rule: Rule, boundArgs: BoundArgs, scope: Omit<Scope, 'live'>): CooperativeTask<Relation> {
    const {memory} = this.#context
    const table = this.#table(rule, boundArgs, scope.source)
    const columns = boundArgs.columns.filter((column) => column !== undefined)
    const size = columns[0]?.length ?? 1
    const asked: number[] = []
    for (let row = 0; row < size; row++) {
      asked.push(table.addSubgoal(columns, row, memory))
      if (memory.shouldYield()) yield
    }

    yield* this.#run(scope)
    return yield* table.answersFor(asked, unboundArgNames(boundArgs), memory)
  }

  #table(rule: Rule, boundArgs: BoundArgs, source: string): RuleTable {
    const mask = maskOf(boundArgs)
    const key = `${rule.name} ${mask} ${source}`
    const known = this.#tables.get(key)
    if (known) return known
    const table = new RuleTable(this.#context, rule, {group: this.#group, mask, source})
    this.#tables.set(key, table)
    return table
  }

  *#run(scope: Omit<Scope, 'live'>): CooperativeTask<void> {
    for (let idle = false; !idle;) {
      idle = true
      // Tables and sites are added on the way.
      for (const table of this.#tables.values()) {
        if (table.hasPending) {
          idle = false
          for (const {branch, inputs} of table.drainNewSubgoals())
            yield* this.#evaluateStep({branch, next: 0, owner: table}, inputs, scope)
        }
      }

      for (const site of this.#sites) {
        if (site.hasPending) {
          idle = false
          const before = this.#context.memory.held
          const rows = yield* site.drainNewAnswers(this.#context.memory)
          yield* this.#evaluateStep(site, rows, scope)
          this.#context.memory.releaseTo(before)
        }
      }

      if (this.#context.memory.shouldYield()) yield
    }
  }

  /** Takes rows through a branch, from one of its steps to the next call, or to the end. */
  *#evaluateStep(
    {branch, next, owner}: StepPosition,
    rows: Relation,
    scope: Omit<Scope, 'live'>,
  ): CooperativeTask<void> {
    const {memory} = this.#context
    if (rows.size === 0) return
    const {call, clauses, live} = branch.steps[next]!
    const before = memory.held
    const relations = yield* this.#context.solve(this.#context, [rows], clauses, {...scope, live, source: owner.source})
    if (relations) {
      const all = yield* joinAll(relations, memory)
      if (call) {
        const site = this.#site({branch, next: next + 1, owner}, call, all)
        yield* this.#evaluateStep(site, yield* site.accept(all, memory), scope)
      } else yield* owner.addAnswers(branch, all, memory)
    }

    memory.releaseTo(before)
  }

  #site(start: StepPosition, call: RuleClause, rows: Relation): RuleCallSite {
    const known = this.#sites.find(({branch, next}) => branch === start.branch && next === start.next)
    if (known) return known
    const columns = call.args.map((arg): Column | undefined => {
      if (arg.kind === 'constant') return []
      return arg.kind === 'variable' && rows.has(arg.name) ? rows.column(arg.name) : undefined
    })
    const origins = originsOfArguments(call.args, rows)
    const source = call.source ?? start.owner.source
    const callee = this.#table(this.#context.rules.of(call), {columns, origins}, source)
    const site = new RuleCallSite({...start, callee}, call, rows)
    this.#sites.push(site)
    return site
  }
}

/** A step of a branch, in a table. */
interface StepPosition {
  branch: TableBranch
  next: number
  owner: RuleTable
}

const evaluators = new WeakMap<QueryContext, Map<number, RecursiveRuleEvaluator>>()

/** Returns the evaluator of a rule's group, which keeps its tables while a query runs. */
export function evaluatorOf(context: QueryContext, name: string): RecursiveRuleEvaluator {
  const group = present(context.rules.groupOf(name))
  const known = evaluators.get(context) ?? new Map<number, RecursiveRuleEvaluator>()
  evaluators.set(context, known)
  const evaluator = known.get(group) ?? new RecursiveRuleEvaluator(context, group)
  known.set(group, evaluator)
  return evaluator
}
