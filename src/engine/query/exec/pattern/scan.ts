import type {Keyword} from '../../../../values/scalars.js'
import {equal, type Value} from '../../../../values/types.js'
import type {Database, DatomCursor} from '../../../database.js'
import type {Datom} from '../../../datom.js'
import type {MemoryAccountant} from '../../../memory-accountant.js'
import type {CooperativeTask} from '../../../task.js'
import {isAscending} from '../distinct.js'
import {Groups} from '../join.js'
import type {Column} from '../relation.js'
import type {Matches} from './matches.js'

/** A search for facts of one attribute, or of any. Columns have the values of the rows to match, one each. */
export interface ScanRequest {
  a: Keyword | undefined
  e: number | undefined
  es: Column | undefined
  /** Condition to check beyond entity, attribute and value. */
  residual: ((row: number, datom: Datom) => boolean) | undefined
  size: number
  v: undefined | Value
  vs: Column | undefined
}

/** Up to this many rows are always looked up one by one. */
const FEW = 32

/** Number of facts whose reading costs as much as looking up one row. */
const LOOKUP = 32

/** Adds what is found to the matches: the cheaper of looking up each row, and reading all facts once. */
export function* findMatches(
  db: Database,
  request: ScanRequest,
  matches: Matches,
  memory: MemoryAccountant,
): CooperativeTask<void> {
  const {a, e, es, size, vs} = request
  const before = matches.rows.length
  if (es || (vs && e === undefined && a && db.attributes.isIndexed(a))) {
    if (size > FEW && (yield* readAll(db, request, {limit: size * LOOKUP, matches, memory}))) return
    matches.cut(before)
    yield* indexNestedLoop(db, request, matches, memory)
  } else yield* readAll(db, request, {limit: Number.POSITIVE_INFINITY, matches, memory})
}

interface Reading {
  /** Number of facts beyond which reading them all does not pay. */
  limit: number
  matches: Matches
  memory: MemoryAccountant
}

function* indexNestedLoop(
  db: Database,
  request: ScanRequest,
  matches: Matches,
  memory: MemoryAccountant,
): CooperativeTask<void> {
  const {a, e, es, residual, size, v, vs} = request
  for (let row = 0; row < size && !matches.full; row++) {
    if (memory.shouldYield()) yield
    const entity = es ? es[row] : e
    const value = vs ? vs[row] : v
    // What is not a number is not an entity, and nil is not a value.
    if ((entity !== undefined && typeof entity !== 'number') || value === null) continue
    const cursor = db.scan(entity, a, value)
    for (let batch = cursor.next(); batch; batch = cursor.next()) {
      for (const datom of batch) {
        if (!residual || residual(row, datom)) matches.add(row, datom)
        if (memory.shouldYield()) yield
      }

      if (memory.shouldYield()) yield
    }
  }
}

/** @returns whether it came to the end */
function* readAll(db: Database, request: ScanRequest, reading: Reading): CooperativeTask<boolean> {
  const {a, e, es, v, vs} = request
  if (es && v !== undefined && !(a && db.attributes.isIndexed(a)))
    return yield* readAll(db, withValueChecked(request, v), reading)
  const cursor = db.scan(e, a, v)
  if (es && (yield* isAscending(es, reading.memory, 0))) return yield* mergeJoin(cursor, es, request, reading)
  if (es) return yield* hashJoin(cursor, es, (datom) => datom.e, {reading, request})
  if (vs) return yield* hashJoin(cursor, vs, (datom) => datom.v, {reading, request})
  return yield* crossJoin(cursor, request, reading)
}

/** Checks the value fact by fact: a scan by a value without an index does not report how much it reads. */
function withValueChecked(request: ScanRequest, value: Value): ScanRequest {
  const {residual} = request
  const residualAndValue = (row: number, datom: Datom) => equal(value, datom.v) && (!residual || residual(row, datom))
  return {...request, residual: residualAndValue, v: undefined}
}

/** Rows and facts both come in the order of entities: they are walked side by side. */
function* mergeJoin(
  cursor: DatomCursor,
  es: Column,
  {residual, vs}: ScanRequest,
  {limit, matches, memory}: Reading,
): CooperativeTask<boolean> {
  const {length} = es
  let row = 0
  let read = 0
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    if ((read += batch.length) > limit) return false
    for (const datom of batch) {
      while (row < length && (es[row] as number) < datom.e) row++
      if (row === length) return true
      for (let same = row; same < length && es[same] === datom.e; same++) {
        if ((!vs || equal(vs[same]!, datom.v)) && (!residual || residual(same, datom))) matches.add(same, datom)
        if (memory.shouldYield()) yield
      }
    }

    if (matches.full) return true
    if (memory.shouldYield()) yield
  }

  return true
}

/** Facts are looked up among the rows. */
function* hashJoin(
  cursor: DatomCursor,
  keys: Column,
  keyOfDatom: (datom: Datom) => Value,
  {reading: {limit, matches, memory}, request: {es, residual, vs}}: {reading: Reading; request: ScanRequest},
): CooperativeTask<boolean> {
  const groups = new Groups(1, keys.length)
  const columns = [keys]
  for (let row = keys.length - 1; row >= 0; row--) {
    groups.add(columns, row)
    if (memory.shouldYield()) yield
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
        if ((!values || equal(values[row]!, datom.v)) && (!residual || residual(row, datom))) matches.add(row, datom)
        if (memory.shouldYield()) yield
      }
    }

    if (matches.full) return true
    if (memory.shouldYield()) yield
  }

  return true
}

/** Each fact goes with each row. */
function* crossJoin(
  cursor: DatomCursor,
  {residual, size}: ScanRequest,
  {matches, memory}: Reading,
): CooperativeTask<true> {
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) {
      for (let row = 0; row < size; row++) {
        if (!residual || residual(row, datom)) matches.add(row, datom)
        if (memory.shouldYield()) yield
      }
    }

    if (matches.full) return true
    if (memory.shouldYield()) yield
  }

  return true
}
