import type {Pace, Task} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import type {Value} from '../../values/types.js'
import type {Arguments} from './arguments.js'
import type {Method, MethodContext} from './method.js'

/** Logseq's raw write: it is checked for what the engine needs, not for the structure of an outline. */
export const writeMethods: Record<string, Method> = {
  'thread-api/transact': {guarded: true, task: transact, writes: true},
}

function* transact(args: Arguments, context: MethodContext, pace: Pace): Task<Value> {
  const txData = args.sequence(1, 'tx-data')
  const txMeta = args.optionalMap(2, 'tx-meta')
  args.optionalMap(3, 'context')
  requireWritable(context)
  const report = yield* context.open.transact(txData, pace)
  // Nothing may come between the commit and this: an event that is lost would not be made up for.
  context.onWritten({txData: report.txData, txMeta})
  return null
}

function requireWritable({graph, open}: MethodContext): void {
  if (open.readOnly === undefined) return
  throw new ServerError('graph-read-only', `${graph.name} is served for reading only: ${open.readOnly}`, {
    details: {
      reason: open.readOnly,
    },
  })
}
