import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Judge, type Verdict} from './judge.js'

/**
 * Judges every entity of a graph, in the order of their numbers.
 * @param options as for `Judge`; a whole graph is judged
 * @returns those that have faults
 */
export function* judgeAll(
  db: StoredDatabase,
  options: {withChoices?: boolean},
  execution: ExecutionContext,
): CooperativeTask<Verdict[]> {
  const judge = new Judge(db, {...options, whole: true})
  const found: Verdict[] = []
  let last = 0
  const cursor = db.scan(undefined)
  for (let batch = cursor.next(); batch; batch = cursor.next()) {
    for (const {e} of batch) {
      if (e === last) continue
      last = e
      const verdict = judge.judge(e)
      if (verdict !== undefined) {
        execution.reserveRows(1)
        found.push(verdict)
      }

      if (execution.shouldYield()) yield
    }
  }

  return found
}
