import {Keyword} from '../../../values/scalars.js'
import {varsOf} from '../parse/vars.js'
import type {Clause, PatternClause, Term} from '../syntax.js'
import {isDatabase, type QueryContext} from './query-context.js'

/**
 * Sorts the clauses for execution. Adjacent patterns and rules mean the same in any order, so the cheapest comes first: one about
 * known variables, or with few results. No clause moves past a predicate, a function or a `not`.
 * @param bound the variables that are known before
 */
export function reorderClauses(
  context: QueryContext,
  clauses: readonly Clause[],
  bound: Iterable<string>,
  source: string,
): Clause[] {
  const known = new Set(bound)
  const ordered: Clause[] = []
  for (let from = 0; from < clauses.length;) {
    let to = from
    while (to < clauses.length && context.rules.isPure(clauses[to]!)) to++
    const run = clauses.slice(from, Math.max(to, from + 1))
    from += run.length
    const costs = run.map((clause) => costClassOf(context, clause, known, source))
    const users = usersOf(run)
    for (let left = run.length; left > 0; left--) {
      const next = cheapest(costs)
      ordered.push(run[next]!)
      costs[next] = DONE
      const changed = new Set<number>()
      for (const name of varsOf(run[next]!)) {
        if (known.has(name)) continue
        known.add(name)
        for (const user of users.get(name) ?? []) changed.add(user)
      }

      // Only theirs: to look at all clauses again for each would take seconds for some thousands.
      for (const i of changed) if (costs[i] !== DONE) costs[i] = costClassOf(context, run[i]!, known, source)
    }
  }

  return ordered
}

/** The clauses that have a variable, by their places. */
function usersOf(run: readonly Clause[]): Map<string, number[]> {
  const users = new Map<string, number[]>()
  for (const [i, clause] of run.entries())
    for (const name of varsOf(clause)) {
      const places = users.get(name)
      if (places) places.push(i)
      else users.set(name, [i])
    }

  return users
}

/** Stands for the cost of a clause that has its place. */
const DONE = Number.POSITIVE_INFINITY

/** Returns the place of the first clause with the lowest cost. */
function cheapest(costs: readonly number[]): number {
  let best = 0
  for (let i = 1; i < costs.length; i++) if (costs[i]! < costs[best]!) best = i
  return best
}

/** Cost of a clause: low if it is found quickly, or finds few rows. */
const COST_CLASS = {
  check: 0,
  oneEntity: 1,
  byEntity: 2,
  byValue: 3,
  valueIndexed: 4,
  someRows: 5,
  rule: 6,
  attribute: 7,
  unboundRule: 8,
  everything: 9,
}

function costClassOf(context: QueryContext, clause: Clause, known: ReadonlySet<string>, source: string): number {
  if (clause.kind === 'pattern') return costClassOfPattern(context, clause, known, source)
  const vars = varsOf(clause)
  const constant = clause.kind === 'rule' && clause.args.some(({kind}) => kind === 'constant')
  return constant || vars.some((name) => known.has(name)) ? COST_CLASS.rule : COST_CLASS.unboundRule
}

function costClassOfPattern(
  context: QueryContext,
  clause: PatternClause,
  known: ReadonlySet<string>,
  source: string,
): number {
  const db = context.sources.get(clause.source ?? source)
  if (!isDatabase(db)) return COST_CLASS.someRows
  const [e, a, v] = clause.terms
  const isKnown = (term: Term | undefined) => term?.kind === 'variable' && known.has(term.name)
  if (e?.kind === 'constant') return COST_CLASS.oneEntity
  if (isKnown(e)) return varsOf(clause).every((name) => known.has(name)) ? COST_CLASS.check : COST_CLASS.byEntity
  const attribute = a?.kind === 'constant' && a.value instanceof Keyword ? a.value : undefined
  if (!attribute) return isKnown(a) ? COST_CLASS.attribute : COST_CLASS.everything
  const indexed = db.attributes.isIndexed(attribute)
  if (v?.kind === 'constant') return costClassOfValue(indexed, db.attributes.isUnique(attribute))
  if (isKnown(v)) return indexed ? COST_CLASS.byValue : COST_CLASS.someRows
  return COST_CLASS.attribute
}

function costClassOfValue(indexed: boolean, unique: boolean): number {
  if (unique) return COST_CLASS.oneEntity
  return indexed ? COST_CLASS.valueIndexed : COST_CLASS.someRows
}
