import {Sym} from '../../../values/scalars.js'
import {List, type Value} from '../../../values/types.js'
import {invalidQuery, unexpectedForm} from '../../invalid-query.js'
import {readText} from '../../query-text.js'
import type {Rule, RuleBranch} from '../syntax.js'
import {Budget} from './budget.js'
import {parseClauses} from './clauses.js'
import {isVector, itemsOf, parseVariables} from './terms.js'

const MAX_BRANCHES = 1000
const RESERVED = new Set(['and', 'not', 'not-join', 'or', 'or-join'])

/**
 * Reads what `%` is given: `[[(rule ?x) clause...] ...]`, or the same as EDN text.
 * @throws ServerError `invalid-query`
 */
export function parseRules(rules: Value): Map<string, Rule> {
  const form = typeof rules === 'string' ? readText(rules) : rules
  const branches = itemsOf(form)
  if (!branches) throw unexpectedForm('a vector of rules', form)
  if (branches.length > MAX_BRANCHES)
    throw invalidQuery(`expected at most ${MAX_BRANCHES} rules, got ${branches.length}`)
  const all = new Map<string, Rule>()
  const budget = new Budget()
  for (const branch of branches) add(all, branch, budget)
  return all
}

function add(all: Map<string, Rule>, form: Value, budget: Budget): void {
  const [head, ...body] = itemsOf(form) ?? []
  const items = head instanceof List || isVector(head) ? itemsOf(head) : undefined
  const name = items?.[0]
  if (!items || !(name instanceof Sym) || RESERVED.has(name.name))
    throw unexpectedForm('a rule such as [(name ?x) [?x :attribute]]', form)
  if (body.length === 0) throw invalidQuery('expected clauses in the rule', form)
  const {formals, required} = parseFormals(items.slice(1), form)
  budget.spend(formals.length)
  const branch: RuleBranch = {clauses: parseClauses(body, {budget}), form, formals}
  const known = all.get(name.name)
  if (known && (known.branches[0]?.formals.length !== formals.length || known.required !== required))
    throw invalidQuery('expected the same arguments in all branches of the rule', form)
  all.set(name.name, {branches: [...(known?.branches ?? []), branch], name: name.name, required})
}

/** `?x ?y`, or `[?required] ?y`. */
function parseFormals(items: readonly Value[], form: Value): {formals: string[]; required: number} {
  const [first, ...rest] = items
  const required = isVector(first) ? first : []
  const formals = parseVariables(isVector(first) ? [...first, ...rest] : items, form)
  if (formals.length === 0) throw invalidQuery('expected variables in the head of the rule', form)
  return {formals, required: required.length}
}
