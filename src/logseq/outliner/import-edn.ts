import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {buildImport} from '../import/import.js'
import {ImportRefused} from '../import/refusal.js'
import {isWholeGraph} from '../import/whole-graph.js'
import type {Draft} from './draft.js'

/**
 * Adds an export in Logseq's EDN format to a graph.
 * @returns nothing, or a map with the `error`; then nothing was added
 */
export function* importBlocks(
  draft: Draft,
  data: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<undefined | Value> {
  if (isWholeGraph(data)) return failed('a whole graph is imported by thread-api/import-edn')
  try {
    const {txData} = yield* buildImport(draft.db, data, draft.making, execution)
    yield* draft.transact(txData, execution)
    return undefined
  } catch (error) {
    if (error instanceof ImportRefused) return failed(error.message)
    throw error
  }
}

function failed(error: string): Value {
  return new ValueMap([[keyword('error'), error]])
}
