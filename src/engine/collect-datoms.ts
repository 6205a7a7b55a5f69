import type {DatomCursor} from './database.js'
import type {Datom} from './datom.js'
import type {CooperativeTask, ExecutionContext} from './task.js'

/** Passes the batches of a scan on, one after the other, and yields between two when it is time. */
export function* forEachBatch(
  cursor: DatomCursor,
  execution: Pick<ExecutionContext, 'shouldYield'>,
  visit: (batch: readonly Datom[]) => void,
): CooperativeTask<void> {
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    visit(batch)
    if (execution.shouldYield()) yield
  }
}

/** Collects all datoms of a scan. They count as rows in memory. @throws ServerError `query-too-large` */
export function* collectDatoms(cursor: DatomCursor, execution: ExecutionContext): CooperativeTask<Datom[]> {
  const datoms: Datom[] = []
  yield* forEachBatch(cursor, execution, (batch) => {
    execution.reserveRows(batch.length)
    for (const datom of batch) datoms.push(datom)
  })
  return datoms
}
