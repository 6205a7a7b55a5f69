import {randomUUID} from 'node:crypto'
import {join} from 'node:path'

import type {Datom} from '../../engine/datom.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {ServerError} from '../../lib/errors.js'
import {DATABASE, temporaryOf} from '../../lib/files/names.js'
import {createOwnFile, readOwnFile} from '../../lib/files/own-files.js'
import {removeIfThere} from '../../lib/files/remove.js'
import {incomingPath} from '../../lib/graphs/replacement.js'
import {invalidWarning} from '../../lib/graphs/validity-warning.js'
import {bytes} from '../../lib/size-text.js'
import {graphOfFile} from '../../logseq/closed-files/from-file.js'
import {exportEdn} from '../../logseq/export/export.js'
import {buildImport} from '../../logseq/import/import.js'
import {ImportRefused, validationAnswer} from '../../logseq/import/refusal.js'
import {countEntities, differences, graphOf, isWholeGraph, readFacts} from '../../logseq/import/whole-graph.js'
import {IMPORTED} from '../../logseq/pipeline/pipeline.js'
import {judgeAll} from '../../logseq/validity/check.js'
import {exchange as specs} from '../../protocol/methods/exchange.js'
import {showEdn} from '../../values/edn-write.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {BYTES_TAG, Tagged, type Value, ValueMap} from '../../values/types.js'
import {checkAnyFile} from '../file-check.js'
import {type CallContext, implement} from './method.js'
import {reading} from './reading.js'

/** Longer databases are not put into an answer, in bytes. */
const MAX_EXPORT = 80 * 1024 * 1024
const TX_COUNT = keyword('tx-count')

export const exchangeMethods = implement(specs, {
  'thread-api/export-db-base64': {task: (_, call) => exportDatabase(call)},
  'thread-api/export-db-binary': {
    *task(_, call) {
      return new Tagged(BYTES_TAG, yield* exportDatabase(call))
    },
  },
  'thread-api/import-db': {task: ([data], call, execution) => importBytes(data, call, execution)},
  'thread-api/import-db-base64': {task: ([data], call, execution) => importDatabase(data, call, execution)},
  'thread-api/import-db-binary': {
    task: ([data], call, execution) =>
      call.upload === undefined ? importBytes(data, call, execution) : replaceByFile(call.upload, call, execution),
  },
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

/**
 * Returns Logseq's answer to an import that is refused for its content. Throws an error for data other than an export.
 */
function answerOf(error: unknown, {wrong}: CallContext): Value {
  const isRefused = error instanceof ImportRefused
  if (isRefused && !error.isAnswer)
    throw wrong('export', 'an export in Logseq’s EDN format', `other data: ${error.message}`)
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
  {isHeard, onWritten, open, remember}: CallContext,
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
      if (isHeard()) txData = yield* differences(before, after, execution)
      return after
    },
    execution,
    remember && (() => remember(answer)),
  )
  // Nothing may come between the commit and this: an event that is lost would not be made up for.
  onWritten({txData, txMeta: new ValueMap([[IMPORTED, true]])})
  return answer
}

/** A copy that the server makes for this: to open the database itself a second time would drop the locks on it. */
function* exportDatabase({copies, graph}: CallContext): CooperativeTask<string> {
  const path = temporaryOf(join(graph.dir, DATABASE))
  try {
    yield* copies.copyTo(path)
    return readCopy(path)
  } finally {
    removeIfThere(path)
  }
}

function readCopy(path: string): string {
  try {
    return Buffer.from(readOwnFile(path, MAX_EXPORT, 'latin1'), 'latin1').toString('base64')
  } catch (error) {
    if (!(error instanceof ServerError && error.details['path'] === path)) throw error
    throw new ServerError('query-too-large', `the database is longer than ${bytes(MAX_EXPORT)}`, {
      hint: 'Copy it to a file with `logseq graph export FILE`.',
    })
  }
}

function importBytes(data: Value, call: CallContext, execution: ExecutionContext): CooperativeTask<Value> {
  if (data instanceof Tagged && data.tag === BYTES_TAG && typeof data.value === 'string')
    return importDatabase(data.value, call, execution)
  throw call.wrong('data', 'bytes', showEdn(data))
}

/** The file is written beside the graph, as one that is sent as a body of its own is. */
function* importDatabase(base64: string, call: CallContext, execution: ExecutionContext): CooperativeTask<Value> {
  const path = incomingPath(call.graph.dir)
  try {
    createOwnFile(path, Buffer.from(base64, 'base64'), false)
    return yield* replaceByFile(path, call, execution)
  } finally {
    removeIfThere(path)
  }
}

/** The file is checked whole, and read; the open database gets the facts in one transaction. */
function* replaceByFile(path: string, call: CallContext, execution: ExecutionContext): CooperativeTask<Value> {
  const {isHeard, onWritten, open, remember, warn, wrong} = call
  let txData: readonly Datom[] = []
  let invalid = 0
  try {
    yield* open.replace(
      function* (before) {
        const after = yield* graphOfFile(path, before, execution, checkAnyFile)
        invalid = (yield* judgeAll(after, {}, execution)).length
        if (isHeard()) txData = yield* differences(before, after, execution)
        return after
      },
      execution,
      () => remember?.(null),
    )
  } catch (error) {
    if (error instanceof ImportRefused)
      throw wrong('data', 'the database file of a graph', `another file: ${error.message}`)
    throw error
  }

  onWritten({txData, txMeta: new ValueMap([[IMPORTED, true]])})
  if (invalid > 0) warn(invalidWarning(invalid, call.graph.name))
  return null
}
