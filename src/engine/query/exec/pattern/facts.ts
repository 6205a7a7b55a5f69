import {Keyword} from '../../../../values/scalars.js'
import {equal, type Value} from '../../../../values/types.js'
import type {Database} from '../../../database.js'
import type {Datom} from '../../../datom.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import type {PatternClause} from '../../syntax.js'
import {type Column, Relation, selectRows, takeRows} from '../relation.js'
import {Matches} from './matches.js'
import {findMatches, type ScanRequest} from './scan.js'
import {entitiesIn, type Slots, slotsOf, valueUnder, valueUnderRefs} from './slots.js'

const PLACES = ['e', 'a', 'v', 'tx', 'added'] as const

type Place = (typeof PLACES)[number]

/** The context in which a pattern is matched. */
export interface Matching {
  db: Database
  /** The existing rows; the unit relation if there are no rows. */
  driver: Relation
  /** The variables that are needed afterwards. */
  live: Pick<ReadonlySet<string>, 'has'>
  memory: MemoryAccountant
}

/** The rows of the driver with the facts that match a pattern. */
export function* matchFacts(clause: PatternClause, {db, driver, live, memory}: Matching): CooperativeTask<Relation> {
  const slots = slotsOf(clause, driver, db)
  const free = new Map<string, Place>()
  for (const place of PLACES) {
    const name = slots[place].free
    if (name !== undefined && live.has(name) && !free.has(name)) free.set(name, place)
  }

  const matches = new Matches([...free.values()], driver.size, memory)
  yield* matchAttributes(slots, matches, {db, driver, memory})
  const kept = yield* rowsOf(driver.keep(live), matches.rows, memory)
  const columns: Column[] = [...kept.columns]
  for (const place of free.values()) columns.push(matches.column(place))
  return new Relation([...kept.vars, ...free.keys()], columns, matches.rows.length, kept.origins)
}

/** Those rows of a relation; itself when they are all of its rows. */
function* rowsOf(relation: Relation, rows: readonly number[], memory: MemoryAccountant): CooperativeTask<Relation> {
  if (rows.length === relation.size && rows.every((row, i) => row === i)) return relation
  return yield* selectRows(relation, rows, memory)
}

type Where = Omit<Matching, 'live'>

/** Facts are found attribute by attribute; when rows name attributes, those with the same are taken together. */
function* matchAttributes(slots: Slots, matches: Matches, {db, driver, memory}: Where): CooperativeTask<void> {
  const {column} = slots.a
  if (!column) {
    const a = slots.a.value as Keyword | undefined
    yield* findMatches(db, yield* scanRequestOf(slots, {a, db, memory, size: driver.size}), matches, memory)
    if (!a) yield* matchReferences(slots, matches, {db, driver, memory})
    return
  }

  const groups = new Map<Value, number[]>()
  for (const [row, a] of column.entries()) {
    const rows = groups.get(a)
    if (rows) rows.push(row)
    else groups.set(a, [row])
    if (memory.shouldYield()) yield
  }

  for (const [a, rows] of groups) {
    if (a instanceof Keyword) {
      matches.among = rows.length === driver.size ? undefined : rows
      const some = matches.among ? yield* narrow(slots, rows, memory) : slots
      yield* findMatches(db, yield* scanRequestOf(some, {a, db, memory, size: rows.length}), matches, memory)
    }

    if (memory.shouldYield()) yield
  }
}

/** Matches a value that stands for an entity with the facts referring to it. Applies if the attribute is open. */
function* matchReferences(slots: Slots, matches: Matches, {db, driver, memory}: Where): CooperativeTask<void> {
  const v = yield* valueUnderRefs(slots.v, db, memory)
  if (!v) return
  const request = yield* scanRequestOf({...slots, v}, {a: undefined, db, memory, size: driver.size})
  const {residual} = request
  const isRef = (row: number, datom: Datom) => db.attributes.isRef(datom.a) && (!residual || residual(row, datom))
  yield* findMatches(db, {...request, residual: isRef}, matches, memory)
}

function* narrow(slots: Slots, rows: readonly number[], memory: MemoryAccountant): CooperativeTask<Slots> {
  const some = {...slots}
  for (const place of PLACES) {
    const slot = slots[place]
    if (slot.column) some[place] = {...slot, column: yield* takeRows(slot.column, rows, memory)}
  }

  return some
}

function* scanRequestOf(
  slots: Slots,
  {a, db, memory, size}: {a: Keyword | undefined; db: Database; memory: MemoryAccountant; size: number},
): CooperativeTask<ScanRequest> {
  const es = yield* entitiesIn(slots.e, db, {memory, strict: true})
  const strict = slots.a.column === undefined
  const vs = a && db.attributes.isRef(a) ? yield* entitiesIn(slots.v, db, {memory, strict}) : slots.v.column
  const {value: e} = slots.e
  const v = valueUnder(slots.v, a, db)
  // What is not a number names no entity, and what is below 0 has no facts.
  return {a, e: typeof e === 'number' || e === undefined ? e : -1, es, residual: residualOf(slots), size, v, vs}
}

/** Checks that an index lookup does not make: transactions, and variables in two positions. */
function residualOf(slots: Slots): ScanRequest['residual'] {
  const checks: Array<NonNullable<ScanRequest['residual']>> = []
  for (const place of ['tx', 'added'] as const) {
    const {column, value} = slots[place]
    if (value !== undefined) checks.push((_row, datom) => equal(value, partOf(datom, place)))
    if (column) checks.push((row, datom) => equal(column[row]!, partOf(datom, place)))
  }

  for (const [i, place] of PLACES.entries()) {
    const twin = PLACES.slice(0, i).find(
      (other) => slots[place].free !== undefined && slots[other].free === slots[place].free,
    )
    if (twin) checks.push((_row, datom) => equal(partOf(datom, twin), partOf(datom, place)))
  }

  if (checks.length === 0) return undefined
  return (row, datom) => checks.every((check) => check(row, datom))
}

function partOf(datom: Datom, place: Place): Value {
  return place === 'added' ? true : datom[place]
}
