import type {Task} from '../../../task.js'
import {isAscending} from '../../distinct.js'
import type {Scope} from '../../env.js'
import {joinAll} from '../join.js'
import type {Meter} from '../meter.js'
import {type Column, gather, mergeOrigins, pick, Relation, SEED} from '../relation.js'
import {TupleIndex} from '../tuples.js'

/**
 * What goes into the branches of an `or`, a `not` or a rule: what the rows of a relation say of the shared variables,
 * each once, and numbered; so what comes out is joined with the rows by a number.
 */
export interface Seeds {
  /** The number of each row's seed; undefined when each row is its own. */
  of: readonly number[] | undefined
  /** The shared variables, and SEED. */
  relation: Relation
}

export function* seedsOf(relation: Relation, vars: readonly string[], meter: Meter): Task<Seeds> {
  const shared = relation.keep(new Set(vars))
  if (yield* areDistinct(shared, meter)) return {of: undefined, relation: shared.with(SEED, upTo(shared.size))}
  const index = new TupleIndex(shared.columns.length)
  const of: number[] = []
  const rows: number[] = []
  for (let row = 0; row < shared.size; row++) {
    const seed = index.add(shared.columns, row)
    if (seed === rows.length) rows.push(row)
    of.push(seed)
    if (meter.due()) yield
  }

  return {of, relation: (yield* pick(shared, rows, meter)).with(SEED, upTo(rows.length))}
}

function* areDistinct({columns, size}: Relation, meter: Meter): Task<boolean> {
  if (size === 1) return true
  for (const column of columns) if (yield* isAscending(column, meter, 1)) return true
  return false
}

function upTo(size: number): number[] {
  const numbers: number[] = []
  for (let i = 0; i < size; i++) numbers.push(i)
  return numbers
}

/** A relation to take seeds from. */
export interface Base {
  base: Relation
  /** Relations that share variables with what is found, and are joined with it afterwards. */
  rest: readonly Relation[]
}

/** So many pairs of rows are always made at once. */
const SMALL = 4096

/** @param pure can some of the variables be left open, because clauses mean the same with and without them? */
export function* chooseBase(touched: readonly Relation[], pure: boolean, meter: Meter): Task<Base> {
  const [first, ...rest] = touched.toSorted((a, b) => a.size - b.size)
  if (!first) return {base: new Relation([], [], 1), rest}
  let pairs = 1
  for (const {size} of touched) pairs *= size
  if (pure && rest.length > 0 && pairs > SMALL) return {base: first, rest}
  return {base: yield* joinAll(touched, meter), rest: []}
}

/** Rows, each with what was found for its seed. */
export function* expand(
  relation: Relation,
  of: Seeds['of'],
  found: Relation,
  {live, meter}: Pick<Scope, 'live'> & {meter: Meter},
): Task<Relation> {
  const {heads, next} = yield* bySeed(found, meter)
  const left: number[] = []
  const right: number[] = []
  for (let row = 0; row < relation.size; row++) {
    for (let at = heads.get(of ? of[row]! : row) ?? -1; at >= 0; at = next[at]!) {
      left.push(row)
      right.push(at)
      meter.row()
      if (meter.due()) yield
    }

    if (meter.due()) yield
  }

  const kept = yield* pick(relation.keep(live), left, meter)
  const vars = found.vars.filter((name) => name !== SEED && live.has(name) && !kept.has(name))
  const columns: Column[] = [...kept.columns]
  for (const name of vars) columns.push(yield* gather(found.column(name), right, meter))
  return new Relation([...kept.vars, ...vars], columns, left.length, mergeOrigins(kept.origins, found.origins))
}

function* bySeed(found: Relation, meter: Meter): Task<{heads: ReadonlyMap<number, number>; next: Int32Array}> {
  const heads = new Map<number, number>()
  const next = new Int32Array(found.size).fill(-1)
  const seeds = found.column(SEED) as readonly number[]
  for (let row = found.size - 1; row >= 0; row--) {
    const seed = seeds[row]!
    next[row] = heads.get(seed) ?? -1
    heads.set(seed, row)
    if (meter.due()) yield
  }

  return {heads, next}
}
