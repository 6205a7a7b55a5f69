import type {Facts} from '../../engine/facts.js'
import type {Pace, Task} from '../../engine/task.js'
import type {Value} from '../../values/types.js'
import type {CallContext} from './method.js'

/** Makes a method of a function that works on one state of the graph, which is kept until the function has ended. */
export function reading<A>(read: (db: Facts, args: A, pace: Pace, call: CallContext) => Task<Value> | Value) {
  return {
    *task(args: A, call: CallContext, pace: Pace): Task<Value> {
      const {db, release} = call.open.snapshot()
      try {
        const found = read(db, args, pace, call)
        return isTask(found) ? yield* found : found
      } finally {
        release()
      }
    },
  }
}

function isTask(found: Task<Value> | Value): found is Task<Value> {
  return typeof found === 'object' && found !== null && 'next' in found
}
