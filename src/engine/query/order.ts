import {Keyword} from '../../values/scalars.js'
import {type Env, isDatabase} from './env.js'
import {varsOf} from './parse/vars.js'
import type {Clause, PatternClause, Term} from './plan.js'

/**
 * The order in which clauses are taken. Patterns and rules that stand side by side mean the same in any order, so those
 * come first that are about what is known already, or find little; nothing is taken past a predicate, a function or
 * a `not`.
 * @param bound the variables that are known before
 */
export function orderOf(env: Env, clauses: readonly Clause[], bound: Iterable<string>, source: string): Clause[] {
  const known = new Set(bound)
  const ordered: Clause[] = []
  for (let from = 0; from < clauses.length;) {
    let to = from
    while (to < clauses.length && env.rules.isPure(clauses[to]!)) to++
    const run = clauses.slice(from, Math.max(to, from + 1))
    from += run.length
    while (run.length > 0) {
      const [clause] = run.splice(cheapest(env, run, known, source), 1)
      ordered.push(clause!)
      for (const name of varsOf(clause!)) known.add(name)
    }
  }

  return ordered
}

function cheapest(env: Env, run: readonly Clause[], known: ReadonlySet<string>, source: string): number {
  let best = 0
  let lowest = Number.POSITIVE_INFINITY
  for (const [i, clause] of run.entries()) {
    const rank = rankOf(env, clause, known, source)
    if (rank < lowest) {
      best = i
      lowest = rank
    }
  }

  return best
}

/** Low for what is found quickly, or finds few. */
const RANK = {
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

function rankOf(env: Env, clause: Clause, known: ReadonlySet<string>, source: string): number {
  if (clause.kind === 'pattern') return rankOfPattern(env, clause, known, source)
  const vars = varsOf(clause)
  const constant = clause.kind === 'rule' && clause.args.some(({kind}) => kind === 'constant')
  return constant || vars.some((name) => known.has(name)) ? RANK.rule : RANK.unboundRule
}

function rankOfPattern(env: Env, clause: PatternClause, known: ReadonlySet<string>, source: string): number {
  const db = env.sources.get(clause.source ?? source)
  if (!isDatabase(db)) return RANK.someRows
  const [e, a, v] = clause.terms
  const isKnown = (term: Term | undefined) => term?.kind === 'variable' && known.has(term.name)
  if (e?.kind === 'constant') return RANK.oneEntity
  if (isKnown(e)) return varsOf(clause).every((name) => known.has(name)) ? RANK.check : RANK.byEntity
  const attribute = a?.kind === 'constant' && a.value instanceof Keyword ? a.value : undefined
  if (!attribute) return isKnown(a) ? RANK.attribute : RANK.everything
  const indexed = db.attributes.isIndexed(attribute)
  if (v?.kind === 'constant') return rankOfValue(indexed, db.attributes.isUnique(attribute))
  if (isKnown(v)) return indexed ? RANK.byValue : RANK.someRows
  return RANK.attribute
}

function rankOfValue(indexed: boolean, unique: boolean): number {
  if (unique) return RANK.oneEntity
  return indexed ? RANK.valueIndexed : RANK.someRows
}
