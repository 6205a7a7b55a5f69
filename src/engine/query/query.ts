import type {Value} from '../../values/types.js'
import type {Warn} from '../attributes.js'
import type {Database} from '../database.js'
import {invalidQuery} from '../invalid-query.js'
import {MemoryAccountant} from '../memory-accountant.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {checkNames, type NamedInputs} from './check-names.js'
import {checkBound} from './check.js'
import {destructure} from './exec/destructure.js'
import {prepare} from './exec/group.js'
import {joinAll} from './exec/join.js'
import type {QueryContext, Source} from './exec/query-context.js'
import {isDatabase} from './exec/query-context.js'
import type {Relation} from './exec/relation.js'
import {callsIn, RuleSet} from './exec/rule-set.js'
import {solve} from './exec/solve.js'
import {findIn} from './find.js'
import {boundBy} from './parse/binding.js'
import {parseQuery} from './parse/query.js'
import {parseRules} from './parse/rules.js'
import type {Clause, Input, Query, Rule} from './syntax.js'

/** Options of a query. */
export interface QueryOptions {
  /** Rules that it may call without being given them. With them `%` may be left out of the inputs. */
  rules?: ReadonlyMap<string, Rule>
  warn?: Warn
}

/**
 * Runs a Datalog query as DataScript has it.
 * @param query EDN text or a form
 * @param inputs what `:in` names, in its order; the graph alone when there is no `:in`
 * @returns a set of vectors, or what the form of `:find` says
 * @throws ServerError `invalid-query`, `invalid-entity-id`, `query-too-large`
 */
export function* runQuery(
  query: Value,
  inputs: ReadonlyArray<Database | Value>,
  execution: ExecutionContext,
  {rules = new Map(), warn}: QueryOptions = {},
): CooperativeTask<Value> {
  const parsed = parseQuery(query)
  const given = pairsOf(parsed.inputs, inputs, rules.size > 0)
  const own = rulesIn(given)
  const allRules = new RuleSet(withCalled(own, parsed.where, rules), [...own.keys(), ...rules.keys()])
  const context: QueryContext = {
    memory: new MemoryAccountant(execution),
    rules: allRules,
    solve,
    sources: sourcesIn(given),
  }
  const named = namedIn(given)
  check(parsed, context, named)
  if (warn) checkNames(parsed, {given, named, own, rules: allRules, sources: context.sources}, warn)
  const relations = yield* relationsIn(given, context.memory)
  const found = yield* solve(context, relations, parsed.where, {depth: 0, live: neededBy(parsed), source: '$'})
  return yield* findIn(context, parsed, found, named)
}

/** @param optionalRules true if `%` may be left out: one input less than `:in` names */
function pairsOf(names: readonly Input[], inputs: readonly Source[], optionalRules: boolean): NamedInputs {
  const at = names.findIndex(({kind}) => kind === 'rules')
  const values = optionalRules && at !== -1 && inputs.length === names.length - 1 ? inputs.toSpliced(at, 0, []) : inputs
  if (names.length !== values.length) throw wrongCount(names, inputs.length)
  return names.map((input, i) => [input, values[i]!] as const)
}

/** Counts without `$`: the method adds the graph itself, so a person counts the inputs after it. */
function wrongCount(names: readonly Input[], given: number): Error {
  const hasGraph = names[0]?.kind === 'source'
  const count = (n: number) => (n === 1 ? '1 value' : `${n} values`)
  return hasGraph && given > 0
    ? invalidQuery(`:in names ${count(names.length - 1)} beside $, the graph, but got ${given - 1}`)
    : invalidQuery(`:in names ${count(names.length)}, but got ${given}`)
}

function rulesIn(given: NamedInputs): Map<string, Rule> {
  const rules = given.find(([input]) => input.kind === 'rules')?.[1]
  if (isDatabase(rules)) throw invalidQuery('expected rules for %, got the graph')
  return rules === undefined ? new Map() : parseRules(rules)
}

/** The rules that were given, and those of the others that are called from anywhere. */
function withCalled(
  own: ReadonlyMap<string, Rule>,
  where: readonly Clause[],
  others: ReadonlyMap<string, Rule>,
): Map<string, Rule> {
  const all = new Map(own)
  const called = callsIn([...where, ...[...own.values()].flatMap((rule) => clausesOf(rule))])
  for (let name = called.pop(); name !== undefined; name = called.pop()) {
    const rule = all.has(name) ? undefined : others.get(name)
    if (!rule) continue
    all.set(name, rule)
    for (const one of callsIn(clausesOf(rule))) called.push(one)
  }

  return all
}

function clausesOf({branches}: Rule): readonly Clause[] {
  return branches.flatMap(({clauses}) => clauses)
}

function sourcesIn(given: NamedInputs): Map<string, Source> {
  const sources = new Map<string, Source>()
  for (const [input, value] of given) if (input.kind === 'source') sources.set(input.name, value)
  return sources
}

/** The inputs that have a name by themselves. */
function namedIn(given: NamedInputs): Map<string, Value> {
  const named = new Map<string, Value>()
  for (const [input, value] of given) {
    if (isDatabase(value)) continue
    if (input.kind === 'plain') named.set(input.name, value)
    if (input.kind === 'values' && input.binding.kind === 'variable') named.set(input.binding.name, value)
  }

  return named
}

/** Refuses a query that cannot be run, before anything is. */
function check(query: Query, {rules, sources}: QueryContext, named: ReadonlyMap<string, Value>): void {
  const bound = new Set(query.inputs.flatMap((input) => (input.kind === 'values' ? boundBy(input.binding) : [])))
  checkBound(query.where, bound)
  for (const clause of query.where) if (clause.kind === 'rule') rules.of(clause)
  const unknown = [...neededBy(query)].filter((name) => !bound.has(name))
  if (unknown.length > 0) throw invalidQuery(`Query for unknown vars: ${unknown.join(' ')}`)
  for (const element of query.find.elements) {
    if (element.kind === 'aggregate') prepare(element, named)
    if (element.kind !== 'pull') continue
    if (!isDatabase(sources.get(element.source))) throw invalidQuery(`${element.source} is not a graph to pull from`)
    if (typeof element.selector === 'string' && !named.has(element.selector))
      throw invalidQuery(`unknown input ${element.selector}`)
  }
}

function neededBy(query: Query): Set<string> {
  return new Set([...query.find.elements.map(({name}) => name), ...query.with])
}

/** A relation for each input that binds variables; those that are one row are put together. */
function* relationsIn(given: NamedInputs, memory: MemoryAccountant): CooperativeTask<Relation[]> {
  const single: Relation[] = []
  const others: Relation[] = []
  for (const [{...input}, value] of given) {
    if (input.kind !== 'values') continue
    if (isDatabase(value)) throw invalidQuery('expected a value, got the graph, for', input.form)
    const relation = yield* destructure({binding: input.binding, form: input.form, value}, memory)
    if (relation.size === 1) single.push(relation)
    else others.push(relation)
  }

  return single.length > 0 ? [yield* joinAll(single, memory), ...others] : others
}
