import type {DatomCursor} from '../engine/database.js'
import type {Datom} from '../engine/datom.js'
import {avetRange} from '../engine/index-ranges.js'
import type {StoredDatabase} from '../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import type {Keyword} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'

/**
 * Collects what each datom of a scan comes to; undefined leaves one out. What is found counts as rows in memory.
 * @throws ServerError `query-too-large`
 */
export function* collect<T>(
  cursor: DatomCursor,
  execution: ExecutionContext,
  rowOf: (datom: Datom) => T | undefined,
): CooperativeTask<T[]> {
  const rows: T[] = []
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) {
      const row = rowOf(datom)
      if (row !== undefined) {
        execution.reserveRows(sizeOf(row))
        rows.push(row)
      }

      if (execution.shouldYield()) yield
    }

    if (execution.shouldYield()) yield
  }

  return rows
}

/** Maps the items of a list, with pauses. */
export function* mapEach<T, R>(
  items: Iterable<T>,
  execution: ExecutionContext,
  rowOf: (item: T) => R | undefined,
): CooperativeTask<R[]> {
  const rows: R[] = []
  for (const item of items) {
    const row = rowOf(item)
    if (row !== undefined) {
      execution.reserveRows(sizeOf(row))
      rows.push(row)
    }

    if (execution.shouldYield()) yield
  }

  return rows
}

/** Calls a function with some items after the other, with pauses. */
export function* eachPart<T>(
  items: readonly T[],
  size: number,
  execution: ExecutionContext,
  act: (some: readonly T[]) => void,
): CooperativeTask<void> {
  for (let at = 0; at < items.length; at += size) {
    act(items.slice(at, at + size))
    if (execution.shouldYield()) yield
  }
}

/** Returns the number of values that a row holds in memory. */
function sizeOf(row: unknown): number {
  return row instanceof ValueMap ? 1 + row.size : 1
}

/** The datoms of an attribute in the order of its values. The attribute has to be indexed. */
export function byValue(db: StoredDatabase, attribute: Keyword): DatomCursor {
  return db.avet.scan(avetRange(attribute))
}

/** The entities that have a value for an attribute, in their order. */
export function* entitiesWith(
  db: StoredDatabase,
  attribute: Keyword,
  value: undefined | Value,
  execution: ExecutionContext,
): CooperativeTask<number[]> {
  return yield* collect(db.scan(undefined, attribute, value), execution, ({e}) => e)
}
