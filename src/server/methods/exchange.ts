import {randomUUID} from 'node:crypto'

import type {Datom} from '../../engine/datom.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {exportEdn} from '../../logseq/export/export.js'
import {buildImport} from '../../logseq/import/import.js'
import {ImportRefused, validationAnswer} from '../../logseq/import/refusal.js'
import {countEntities, differences, graphOf, isWholeGraph, readFacts} from '../../logseq/import/whole-graph.js'
import {IMPORTED} from '../../logseq/pipeline/pipeline.js'
import {exchange as specs} from '../../protocol/methods/exchange.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {type CallContext, implement} from './method.js'
import {reading} from './reading.js'

const TX_COUNT = keyword('tx-count')

export const exchangeMethods = implement(specs, {
  'thread-api/export-edn': reading((db, [options], execution, {era}) => exportEdn(db, options, execution, era)),
  'thread-api/import-edn': {
    *task([map], call, execution) {
      try {
        return yield* isWholeGraph(map) ? replaceGraph(map, call, execution) : addToGraph(map, call, execution)
      } catch (error) {
        return answerOf(error, call)
      }
    },
  },
})

/** What Logseq answers where an import is refused for what it says; what is not an export at all is an error. */
function answerOf(error: unknown, {wrong}: CallContext): Value {
  const isRefused = error instanceof ImportRefused
  if (isRefused && !error.isAnswer) throw wrong('export', error.message)
  const text = isRefused ? error.message : validationAnswer(error)
  if (text === undefined) throw error
  return new ValueMap([[keyword('error'), text]])
}

function* addToGraph(
  map: ValueMap,
  {onWritten, open, remember}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  const {db, release} = open.snapshot()
  try {
    const making = {now: Date.now(), uuid: () => new Uuid(randomUUID())}
    const {count, txData} = yield* buildImport(db, map, making, execution)
    const answer = new ValueMap([[TX_COUNT, count]])
    const txMeta = new ValueMap([[IMPORTED, true]])
    const report = yield* open.transact(txData, execution, txMeta, remember && (() => remember(answer)))
    onWritten({txData: report.txData, txMeta})
    return answer
  } finally {
    release()
  }
}

function* replaceGraph(
  map: ValueMap,
  {onWritten, open, remember}: CallContext,
  execution: ExecutionContext,
): CooperativeTask<Value> {
  const facts = yield* readFacts(map, execution)
  const answer = new ValueMap()
  let txData: readonly Datom[] = []
  yield* open.replace(
    function* (before, empty) {
      const after = yield* graphOf(facts, before, empty, execution)
      // As Logseq counts: each entity is taken away, each fact is stated.
      answer.set(TX_COUNT, facts.length + (yield* countEntities(before, execution)))
      txData = yield* differences(before, after, execution)
      return after
    },
    execution,
    remember && (() => remember(answer)),
  )
  // Nothing may come between the commit and this: an event that is lost would not be made up for.
  onWritten({txData, txMeta: new ValueMap([[IMPORTED, true]])})
  return answer
}
