import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {collect} from '../scans.js'
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
  let last = 0
  return yield* collect(db.scan(undefined), execution, ({e}) => {
    if (e === last) return undefined
    last = e
    return judge.judge(e)
  })
}
