import {Sym} from '../../../values/scalars.js'
import {List, type Value} from '../../../values/types.js'
import {invalidQuery} from '../../invalid-query.js'
import type {CallClause, Clause, NotClause, OrClause, PatternClause, RuleClause} from '../syntax.js'
import {parseBinding} from './binding.js'
import type {Budget} from './budget.js'
import {isSource, isVariable, isVector, itemsOf, parseTerm, parseVariables} from './terms.js'
import {varsOfAll} from './vars.js'

const MAX_CLAUSES = 1000
const MAX_LEVELS = 50

/** Place in which clauses stand. */
interface Around {
  /** Of the query, or of its rules. */
  budget: Budget
  /** Number of clauses around them. */
  level?: number
  /** Source of patterns and rules that name none themselves. */
  source?: string | undefined
}

/**
 * Reads conditions. `and` is not a clause of its own: what is in it is taken as if it stood there.
 * @throws ServerError `invalid-query`
 */
export function parseClauses(forms: readonly Value[], around: Around): Clause[] {
  const {budget, level = 0} = around
  if (level > MAX_LEVELS) throw invalidQuery(`clauses are nested more than ${MAX_LEVELS} deep`)
  if (forms.length > MAX_CLAUSES)
    throw invalidQuery(`expected at most ${MAX_CLAUSES} clauses in one place, got ${forms.length}`)
  budget.spend(forms.length)
  const clauses: Clause[] = []
  for (const form of forms) {
    const parsed = parseClause(form, around)
    for (const clause of Array.isArray(parsed) ? parsed : [parsed]) clauses.push(clause)
  }

  return clauses
}

function parseClause(form: Value, {budget, level = 0, source: outer}: Around): Clause | Clause[] {
  let items = itemsOf(form)
  if (!items || items.length === 0) throw invalidQuery('invalid clause', form)
  budget.spend(items.length)
  let source = outer
  if (isSource(items[0])) {
    source = items[0].name
    items = items.slice(1)
  }

  if (form instanceof List) return parseList(items, {budget, form, level, source})
  if (items[0] instanceof List) return parseCall(items, form, budget)
  return parsePattern(items, form, source)
}

interface Place extends Around {
  form: Value
  level: number
}

function parseList(items: readonly Value[], place: Place): Clause | Clause[] {
  const [head, ...rest] = items
  if (!(head instanceof Sym) || isVariable(head)) throw invalidQuery('invalid clause', place.form)
  switch (head.name) {
    case 'and':
      return nested(rest, place)
    case 'not':
      return parseNot(rest, undefined, place)
    case 'not-join':
      return parseNot(rest.slice(1), joinVars(rest[0], place), place)
    case 'or':
      return parseOr(rest, undefined, place)
    case 'or-join':
      return parseOr(rest.slice(1), joinVars(rest[0], place), place)
    default:
      return parseRuleCall(head.name, rest, place)
  }
}

function nested(forms: readonly Value[], {budget, form, level, source}: Place): Clause[] {
  if (forms.length === 0) throw invalidQuery('expected a clause in', form)
  return parseClauses(forms, {budget, level: level + 1, source})
}

function parseNot(forms: readonly Value[], join: JoinVars | undefined, place: Place): NotClause {
  const clauses = nested(forms, place)
  const inside = varsOfAll(clauses)
  if (join && join.required.length > 0) throw invalidQuery('expected variables', place.form)
  declared(join?.vars ?? [], inside, place.form)
  return {kind: 'not', clauses, form: place.form, strict: join !== undefined, vars: join?.vars ?? [...inside]}
}

function parseOr(forms: readonly Value[], join: JoinVars | undefined, place: Place): OrClause {
  if (forms.length === 0) throw invalidQuery('expected a clause in', place.form)
  if (forms.length > MAX_CLAUSES)
    throw invalidQuery(`expected at most ${MAX_CLAUSES} clauses in one place, got ${forms.length}`)
  const branches = forms.map((branch) => nested([branch], place))
  const vars = join?.vars ?? [...varsOfAll(branches.flat())]
  return {kind: 'or', branches, form: place.form, required: join?.required ?? [], vars}
}

function declared(vars: readonly string[], inside: ReadonlySet<string>, form: Value): void {
  const missing = vars.find((name) => !inside.has(name))
  if (missing !== undefined) throw invalidQuery(`${missing} is not used in`, form)
}

interface JoinVars {
  required: readonly string[]
  vars: readonly string[]
}

/** `[?x ?y]`, or `[[?required] ?y]`. */
function joinVars(form: undefined | Value, {budget, form: clause}: Place): JoinVars {
  if (!isVector(form) || form.length === 0)
    throw invalidQuery('expected a vector of the variables to join by in', clause)
  budget.spend(form.length)
  const [first, ...rest] = form as [Value]
  if (!isVector(first)) return {required: [], vars: parseVariables(form, clause)}
  budget.spend(first.length)
  return {required: parseVariables(first, clause), vars: parseVariables([...first, ...rest], clause)}
}

function parseRuleCall(name: string, forms: readonly Value[], {form, source}: Place): RuleClause {
  if (forms.length === 0) throw invalidQuery('expected arguments in the call of a rule', form)
  const args = forms.map((item) => parseTerm(item))
  if (args.some(({kind}) => kind === 'source')) throw invalidQuery('a source cannot be an argument of a rule', form)
  return {kind: 'rule', args, form, name, source}
}

function parseCall(items: readonly Value[], form: Value, budget: Budget): CallClause {
  const [head, ...args] = (items[0] as List).items
  budget.spend(args.length)
  if (isVariable(head)) throw invalidQuery('functions as inputs are not supported', form)
  if (!(head instanceof Sym)) throw invalidQuery('expected the name of a function in', form)
  if (items.length > 2) throw invalidQuery('expected at most one binding after the function in', form)
  const terms = args.map((item) => parseTerm(item))
  if (terms.some(({kind}) => kind === 'blank')) throw invalidQuery('_ cannot be an argument', form)
  const binding = items.length === 2 ? parseBinding(items[1] as Value, budget) : undefined
  return {kind: 'call', args: terms, binding, form, name: head.name}
}

function parsePattern(items: readonly Value[], form: Value, source: string | undefined): PatternClause {
  if (items.length === 0) throw invalidQuery('invalid clause', form)
  const terms = items.map((item) => parseTerm(item))
  if (terms.some(({kind}) => kind === 'source')) throw invalidQuery('expected the source as the first item of', form)
  return {kind: 'pattern', form, source, terms}
}
