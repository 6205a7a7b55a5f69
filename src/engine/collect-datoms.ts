import type {DatomCursor} from './database.js'
import type {Datom} from './datom.js'
import type {CooperativeTask, ExecutionContext} from './task.js'

/** All datoms of a scan, collected in slices. They count as held by the task. */
export function* collectDatoms(cursor: DatomCursor, execution: ExecutionContext): CooperativeTask<Datom[]> {
  const datoms: Datom[] = []
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const datom of batch) datoms.push(datom)
    execution.reserveRows(batch.length)
    if (execution.shouldYield()) yield
  }

  return datoms
}
