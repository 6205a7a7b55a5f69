import {didYouMean, nearest} from '../../../lib/nearest.js'
import {present} from '../../../values/present.js'
import {invalidQuery} from '../../invalid-query.js'
import {varsOfAll} from '../parse/vars.js'
import type {Clause, OrClause, Rule, RuleBranch, RuleClause} from '../syntax.js'

/** The rules of a query, and what follows from how they call each other. */
export class RuleSet {
  /** Rules that call themselves, over others or not, by the group in which each calls each. */
  readonly #groups: Map<string, number>
  readonly #impure: Set<string>
  readonly #known: readonly string[]
  readonly #rules: Map<string, Rule>

  /** @param known names of rules that could have been meant by an unknown name */
  constructor(rules: ReadonlyMap<string, Rule>, known: readonly string[] = []) {
    this.#known = known
    this.#rules = new Map(rules)
    const calls = new Map([...rules].map(([name, rule]) => [name, callsOf(rule)]))
    this.#groups = recursiveGroups(calls)
    this.#impure = impureRules(rules, calls)
    for (const rule of rules.values()) this.#lift(rule)
  }

  /** The group of a rule that calls itself; undefined for any other. */
  groupOf(name: string): number | undefined {
    return this.#groups.get(name)
  }

  /** Returns true if a clause means the same in any position, whatever is bound before. */
  isPure(clause: Clause): boolean {
    return isPure(clause) && !callsIn([clause]).some((name) => this.#impure.has(name))
  }

  /** Finds a rule by its name alone. */
  named(name: string): Rule | undefined {
    return this.#rules.get(name)
  }

  /** @throws ServerError `invalid-query` when there is no such rule with so many arguments */
  of({args, form, name}: RuleClause): Rule {
    const rule = this.#rules.get(name)
    if (!rule) throw invalidQuery(`unknown rule ${name}${didYouMean(nearest(name, this.#known))}`, form)
    const count = rule.branches[0]!.formals.length
    if (count !== args.length) throw invalidQuery(`the rule ${name} has ${count} arguments`, form)
    return rule
  }

  /** An `or` in which a rule calls itself becomes a rule of its own: then all such calls stand among the clauses of rules. */
  #lift(rule: Rule): void {
    const group = this.#groups.get(rule.name)
    if (group === undefined) return
    this.#rules.set(rule.name, {
      ...rule,
      branches: rule.branches.map((branch) => ({...branch, clauses: this.#lifted(branch.clauses, group)})),
    })
  }

  #lifted(clauses: readonly Clause[], group: number): Clause[] {
    return clauses.map((clause) => {
      if (!callsIn([clause]).some((name) => this.#groups.get(name) === group)) return clause
      if (clause.kind === 'not') throw invalidQuery('a rule cannot depend on what it does not find itself', clause.form)
      return clause.kind === 'or' ? this.#ruleOf(clause, group) : clause
    })
  }

  #ruleOf({branches, form, vars}: OrClause, group: number): RuleClause {
    const name = `or#${this.#rules.size}`
    this.#groups.set(name, group)
    this.#rules.set(name, {branches: [], name, required: 0})
    const lifted: RuleBranch[] = branches.map((clauses) => ({
      clauses: this.#lifted(clauses, group),
      form,
      formals: vars,
    }))
    this.#rules.set(name, {branches: lifted, name, required: 0})
    return {kind: 'rule', args: vars.map((one) => ({kind: 'variable', name: one})), form, name, source: undefined}
  }
}

function isPure(clause: Clause): boolean {
  if (clause.kind !== 'or') return clause.kind === 'pattern' || clause.kind === 'rule'
  return clause.required.length === 0 && clause.branches.every((branch) => isPureBranch(branch, clause.vars))
}

/** A branch that does not give all variables their values has them from outside. */
function isPureBranch(branch: readonly Clause[], vars: readonly string[]): boolean {
  const inside = varsOfAll(branch)
  return vars.every((name) => inside.has(name)) && branch.every((clause) => isPure(clause))
}

function callsOf({branches}: Rule): string[] {
  return callsIn(branches.flatMap(({clauses}) => clauses))
}

/** The names of the rules that clauses call, however deep. */
export function callsIn(clauses: readonly Clause[]): string[] {
  return clauses.flatMap((clause) => {
    if (clause.kind === 'rule') return clause.name
    if (clause.kind === 'not') return callsIn(clause.clauses)
    return clause.kind === 'or' ? callsIn(clause.branches.flat()) : []
  })
}

function impureRules(rules: ReadonlyMap<string, Rule>, calls: ReadonlyMap<string, readonly string[]>): Set<string> {
  const impure = new Set<string>()
  for (const {branches, name, required} of rules.values())
    if (required > 0 || !branches.every(({clauses}) => clauses.every((clause) => isPure(clause)))) impure.add(name)
  const callers = new Map<string, string[]>([...rules.keys()].map((name) => [name, []]))
  for (const [name, called] of calls) for (const one of new Set(called)) callers.get(one)?.push(name)
  // A set takes names while it is gone through: each rule comes once.
  for (const name of impure) for (const caller of callers.get(name) ?? []) impure.add(caller)
  return impure
}

/** Tarjan's strongly connected components; those of one rule only when it calls itself. */
function recursiveGroups(calls: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const groups = new Map<string, number>()
  const order = new Map<string, number>()
  const stack: string[] = []
  const visit = (name: string): number => {
    const known = order.get(name)
    if (known !== undefined) return stack.includes(name) ? known : Number.POSITIVE_INFINITY
    const at = order.size
    order.set(name, at)
    stack.push(name)
    let lowest = at
    for (const called of present(calls.get(name))) if (calls.has(called)) lowest = Math.min(lowest, visit(called))
    if (lowest < at) return lowest
    const members = stack.splice(stack.indexOf(name))
    if (members.length > 1 || present(calls.get(name)).includes(name))
      for (const member of members) groups.set(member, at)
    return lowest
  }

  for (const name of calls.keys()) visit(name)
  return groups
}
