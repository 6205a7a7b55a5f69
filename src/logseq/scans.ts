import type {DatomCursor} from '../engine/database.js'
import type {Datom} from '../engine/datom.js'
import type {Facts} from '../engine/facts.js'
import {inAvet} from '../engine/positions.js'
import type {Pace, Task} from '../engine/task.js'
import type {Keyword} from '../values/scalars.js'
import type {Value} from '../values/types.js'

/**
 * Collects what each datom of a scan comes to; undefined leaves one out. What is found counts as rows in memory.
 * @throws ServerError `query-too-large`
 */
export function* collect<T>(cursor: DatomCursor, pace: Pace, rowOf: (datom: Datom) => T | undefined): Task<T[]> {
  const rows: T[] = []
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) {
      const row = rowOf(datom)
      if (row !== undefined) {
        pace.hold(1)
        rows.push(row)
      }

      if (pace.due()) yield
    }

    if (pace.due()) yield
  }

  return rows
}

/** Does to each item of a list what may take long. As `map`, with pauses. */
export function* mapEach<T, R>(items: Iterable<T>, pace: Pace, rowOf: (item: T) => R | undefined): Task<R[]> {
  const rows: R[] = []
  for (const item of items) {
    const row = rowOf(item)
    if (row !== undefined) {
      pace.hold(1)
      rows.push(row)
    }

    if (pace.due()) yield
  }

  return rows
}

/** The datoms of an attribute in the order of its values. The attribute has to be indexed. */
export function byValue(db: Facts, attribute: Keyword): DatomCursor {
  return db.avet.scan(inAvet(attribute))
}

/** The entities that have a value for an attribute, in their order. */
export function* entitiesWith(db: Facts, attribute: Keyword, value: undefined | Value, pace: Pace): Task<number[]> {
  return yield* collect(db.scan(undefined, attribute, value), pace, ({e}) => e)
}
