import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import type {Value} from '../../values/types.js'
import type {CallContext} from './method.js'

/** Makes a method of a function that works on one state of the graph, which is kept until the function has ended. */
export function reading<A>(
  read: (db: StoredDatabase, args: A, execution: ExecutionContext, call: CallContext) => CooperativeTask<Value> | Value,
) {
  return {
    *task(args: A, call: CallContext, execution: ExecutionContext): CooperativeTask<Value> {
      const {db, release} = call.open.snapshot()
      try {
        const found = read(db, args, execution, call)
        return isTask(found) ? yield* found : found
      } finally {
        release()
      }
    },
  }
}

function isTask(found: CooperativeTask<Value> | Value): found is CooperativeTask<Value> {
  return typeof found === 'object' && found !== null && 'next' in found
}
