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
    while (run.length > 0) {
      const clause = run.splice(cheapest(context, run, known, source), 1)[0]!
      ordered.push(clause)
      for (const name of varsOf(clause)) known.add(name)
    }
  }

  return ordered
}

function cheapest(context: QueryContext, run: readonly Clause[], known: ReadonlySet<string>, source: string): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (const [i, clause] of run.entries()) {
    const costClass = costClassOf(context, clause, known, source)
    if (costClass < lowest) {
      best = i
      lowest = costClass
    }
  }

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
