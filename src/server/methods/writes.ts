import {randomUUID} from 'node:crypto'

import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {deltaOf} from '../../logseq/delta.js'
import {keyValue} from '../../logseq/find-page.js'
import {randomEnding} from '../../logseq/names.js'
import {applyOperations} from '../../logseq/outliner/apply.js'
import {cleanTransaction} from '../../logseq/storable/clean-transaction.js'
import {writes as specs} from '../../protocol/methods/writes.js'
import {type Keyword, keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {type CallContext, implement} from './method.js'

export const writeMethods = implement(specs, {
  'thread-api/apply-outliner-ops': {task: applyOutlinerOps},
  'thread-api/ensure-local-graph-uuid': {task: ensureUuid},
  'thread-api/gc-graph': {task: collectGarbage},
  'thread-api/transact': {task: transact},
})

/** Logseq's raw write: each entity that it touches has to be one that Logseq would write. */
function* transact(
  [txData, txMeta]: [readonly Value[], ValueMap, ValueMap],
  {onWritten, open, remember}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  const data = cleanTransaction(txData)
  const report = yield* open.transact(data, execution, txMeta, remember && (() => remember(null)))
  // Nothing may come between the commit and this: an event that is lost would not be made up for.
  onWritten({txData: report.txData, txMeta})
  return null
}

const OWN_UUID = keyword('logseq.kv/local-graph-uuid')
const LAST_GC = keyword('logseq.kv/graph-last-gc-at')

function* ensureUuid(_: unknown, call: CallContext, execution: ExecutionContext): CooperativeTask<Value> {
  const {db, release} = call.open.snapshot()
  const own = keyValue(db, OWN_UUID)
  release()
  if (own !== null) return own
  const made = new Uuid(randomUUID())
  yield* writeKeyValue(call, OWN_UUID, made, {execution, result: made})
  return made
}

function* collectGarbage(_: unknown, call: CallContext, execution: ExecutionContext): CooperativeTask<Value> {
  yield* writeKeyValue(call, LAST_GC, Date.now(), {execution, result: null})
  yield* call.collectGarbage(execution)
  return null
}

/** Writes a value that stands alone under an ident. @param result what the call returns, also when it is repeated */
function* writeKeyValue(
  {onWritten, open, remember}: CallContext,
  ident: Keyword,
  value: Value,
  {execution, result}: {execution: ExecutionContext; result: Value},
): CooperativeTask<void> {
  const fact = new ValueMap([
    [DB.ident, ident],
    [keyword('kv/value'), value],
  ])
  const report = yield* open.transact([fact], execution, null, remember && (() => remember(result)))
  onWritten({txData: report.txData, txMeta: null})
}

/** Applies operations on an outline, all in one transaction: the way in which Logseq's clients write. */
function* applyOutlinerOps(
  [ops, options]: [readonly Value[], ValueMap],
  {era, graph, onWritten, open, remember}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  // No other write can come between: this one has its turn.
  const {db, release} = open.snapshot()
  try {
    const making = {ending, now: Date.now(), uuid: () => new Uuid(randomUUID())}
    const {answer, txData, txMeta} = yield* applyOperations(db, {era, ops, options}, making, execution)
    const result = (after: StoredDatabase) => resultFor(era, answer(after))
    const report = yield* open.transact(txData, execution, txMeta, remember && ((after) => remember(result(after))))
    onWritten({txData: report.txData, txMeta})
    if (era === 'base' || (options.get(PERF_ID) ?? null) === null) return result(report.after)
    const written = {db: report.after, repo: graph.repo, txData: report.txData, txMeta}
    return withDelta(result(report.after), yield* deltaOf(written, execution))
  } finally {
    release()
  }
}

/** Option of Logseq's app, which applies its own writes by the answer. */
const PERF_ID = keyword('ui/perf-id')

function withDelta(result: Value, delta: undefined | ValueMap): Value {
  return delta === undefined ? result : new ValueMap(result as ValueMap).set(keyword('delta'), delta)
}

/** Uses fixed names where Logseq does in its tests. */
function ending(): string {
  return process.env['LOGSEQ_STABLE_IDENTS'] === undefined ? randomEnding() : ''
}

/** Older clients take the result as it is. */
function resultFor(era: CallContext['era'], result: Value): Value {
  return era === 'base' ? result : new ValueMap([[keyword('result'), result]])
}
