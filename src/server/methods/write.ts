import type {Pace, Task} from '../../engine/task.js'
import type {Value} from '../../values/types.js'
import type {Arguments} from './arguments.js'
import type {CallContext, Method} from './method.js'

/** Logseq's raw write: each entity that it touches has to be one that Logseq would write. */
export const writeMethods: readonly Method[] = [{access: 'write', name: 'thread-api/transact', task: transact}]

function* transact(args: Arguments, context: CallContext, pace: Pace): Task<Value> {
  const txData = args.sequence(1, 'tx-data')
  const txMeta = args.optionalMap(2, 'tx-meta')
  args.optionalMap(3, 'context')
  const report = yield* context.open.transact(txData, pace, txMeta, () => context.remember(null))
  // Nothing may come between the commit and this: an event that is lost would not be made up for.
  context.onWritten({txData: report.txData, txMeta})
  return null
}
