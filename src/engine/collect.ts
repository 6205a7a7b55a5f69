import type {DatomCursor} from './database.js'
import type {Datom} from './datom.js'
import type {Pace, Task} from './task.js'

/** All datoms of a scan, collected in slices. They count as held by the task. */
export function* all(cursor: DatomCursor, pace: Pace): Task<Datom[]> {
  const datoms: Datom[] = []
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) datoms.push(datom)
    pace.hold(batch.length)
    if (pace.due()) yield
  }

  return datoms
}
