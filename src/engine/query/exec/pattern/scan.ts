import type {Keyword} from '../../../../values/scalars.js'
import {equal, type Value} from '../../../../values/types.js'
import type {Database, DatomCursor} from '../../../database.js'
import type {Datom} from '../../../datom.js'
import type {Task} from '../../../task.js'
import {isAscending} from '../../distinct.js'
import {Groups} from '../join.js'
import type {Meter} from '../meter.js'
import type {Column} from '../relation.js'
import type {Matches} from './matches.js'

/** Facts of one attribute, or of any, that are looked for. Columns have the values of the rows to match, one each. */
export interface Wanted {
  a: Keyword | undefined
  e: number | undefined
  es: Column | undefined
  /** What is to be checked beyond entity, attribute and value. */
  fits: ((row: number, datom: Datom) => boolean) | undefined
  size: number
  v: undefined | Value
  vs: Column | undefined
}

/** So few rows are looked up one by one, whatever there is. */
const FEW = 32

/** Looking up one row costs as much as reading so many facts. */
const LOOKUP = 32

/** Adds what is found to the matches: the cheaper of looking up each row, and reading all facts once. */
export function* findMatches(db: Database, wanted: Wanted, matches: Matches, meter: Meter): Task<void> {
  const {a, e, es, size, vs} = wanted
  const before = matches.rows.length
  if (es || (vs && e === undefined && a && db.attributes.isIndexed(a))) {
    if (size > FEW && (yield* readAll(db, wanted, {limit: size * LOOKUP, matches, meter}))) return
    matches.cut(before)
    yield* lookUpEach(db, wanted, matches, meter)
  } else yield* readAll(db, wanted, {limit: Number.POSITIVE_INFINITY, matches, meter})
}

interface Reading {
  /** Facts after which reading them all does not pay. */
  limit: number
  matches: Matches
  meter: Meter
}

function* lookUpEach(db: Database, wanted: Wanted, matches: Matches, meter: Meter): Task<void> {
  const {a, e, es, fits, size, v, vs} = wanted
  for (let row = 0; row < size && !matches.full; row++) {
    if (meter.pace.due()) yield
    const entity = es ? es[row] : e
    const value = vs ? vs[row] : v
    // What is no number is no entity, and nil is no value.
    if ((entity !== undefined && typeof entity !== 'number') || value === null) continue
    const cursor = db.scan(entity, a, value)
    for (let batch = cursor.next(); batch; batch = cursor.next()) {
      for (const datom of batch) {
        if (!fits || fits(row, datom)) matches.add(row, datom)
        if (meter.due()) yield
      }

      if (meter.pace.due()) yield
    }
  }
}

/** @returns whether it came to the end */
function* readAll(db: Database, wanted: Wanted, reading: Reading): Task<boolean> {
  const {a, e, es, v, vs} = wanted
  if (es && v !== undefined && !(a && db.attributes.isIndexed(a)))
    return yield* readAll(db, withValueChecked(wanted, v), reading)
  const cursor = db.scan(e, a, v)
  if (es && (yield* isAscending(es, reading.meter, 0))) return yield* merge(cursor, es, wanted, reading)
  if (es) return yield* probe(cursor, es, (datom) => datom.e, {reading, wanted})
  if (vs) return yield* probe(cursor, vs, (datom) => datom.v, {reading, wanted})
  return yield* readForEach(cursor, wanted, reading)
}

/** A scan by a value that no index has would not tell how much it reads: the value is checked fact by fact instead. */
function withValueChecked(wanted: Wanted, value: Value): Wanted {
  const {fits} = wanted
  const fitsToo = (row: number, datom: Datom) => equal(value, datom.v) && (!fits || fits(row, datom))
  return {...wanted, fits: fitsToo, v: undefined}
}

/** Rows and facts both come in the order of entities: they are walked side by side. */
function* merge(cursor: DatomCursor, es: Column, {fits, vs}: Wanted, {limit, matches, meter}: Reading): Task<boolean> {
  const {length} = es
  let row = 0
  let read = 0
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    if ((read += batch.length) > limit) return false
    for (const datom of batch) {
      while (row < length && (es[row] as number) < datom.e) row++
      if (row === length) return true
      for (let same = row; same < length && es[same] === datom.e; same++) {
        if ((!vs || equal(vs[same]!, datom.v)) && (!fits || fits(same, datom))) matches.add(same, datom)
        if (meter.due()) yield
      }
    }

    if (matches.full) return true
    if (meter.pace.due()) yield
  }

  return true
}

/** Facts are looked up among the rows. */
function* probe(
  cursor: DatomCursor,
  keys: Column,
  keyOfDatom: (datom: Datom) => Value,
  {reading: {limit, matches, meter}, wanted: {es, fits, vs}}: {reading: Reading; wanted: Wanted},
): Task<boolean> {
  const groups = new Groups(1, keys.length)
  const columns = [keys]
  for (let row = keys.length - 1; row >= 0; row--) {
    groups.add(columns, row)
    if (meter.due()) yield
  }

  const values = es && vs
  const key: Value[] = [null]
  const keyColumns = [key]
  let read = 0
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    if ((read += batch.length) > limit) return false
    for (const datom of batch) {
      key[0] = keyOfDatom(datom)
      for (let row = groups.first(keyColumns, 0); row >= 0; row = groups.next(row)) {
        if ((!values || equal(values[row]!, datom.v)) && (!fits || fits(row, datom))) matches.add(row, datom)
        if (meter.due()) yield
      }
    }

    if (matches.full) return true
    if (meter.pace.due()) yield
  }

  return true
}

/** Each fact goes with each row. */
function* readForEach(cursor: DatomCursor, {fits, size}: Wanted, {matches, meter}: Reading): Task<true> {
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) {
      for (let row = 0; row < size; row++) {
        if (!fits || fits(row, datom)) matches.add(row, datom)
        if (meter.due()) yield
      }
    }

    if (matches.full) return true
    if (meter.pace.due()) yield
  }

  return true
}
