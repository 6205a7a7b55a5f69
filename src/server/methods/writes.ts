import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {writes as specs} from '../../protocol/methods/writes.js'
import type {Value, ValueMap} from '../../values/types.js'
import {type CallContext, implement} from './method.js'

export const writeMethods = implement(specs, {'thread-api/transact': {task: transact}})

/** Logseq's raw write: each entity that it touches has to be one that Logseq would write. */
function* transact(
  [txData, txMeta]: [readonly Value[], ValueMap, ValueMap],
  {onWritten, open, remember}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  const report = yield* open.transact(txData, execution, txMeta, () => remember(null))
  // Nothing may come between the commit and this: an event that is lost would not be made up for.
  onWritten({txData: report.txData, txMeta})
  return null
}
