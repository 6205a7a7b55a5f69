import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {immediateChildren, listParents, pageInfo, parentOf, siblingOf, sourceOf} from '../../logseq/blocks/around.js'
import {getBlocks} from '../../logseq/blocks/get-blocks.js'
import {countReferences, listReferences} from '../../logseq/references/references.js'
import {blocks as specs} from '../../protocol/methods/blocks.js'
import {showEdn} from '../../values/edn-write.js'
import {decodeTransitInSteps, TransitError} from '../../values/transit.js'
import {List, type Value} from '../../values/types.js'
import {MAX_JSON_VALUES} from '../json-values.js'
import {type CallContext, implement} from './method.js'
import {reading} from './reading.js'

export const blockMethods = implement(specs, {
  'thread-api/get-block-immediate-children': reading((db, [id], execution) => immediateChildren(db, id, execution)),
  'thread-api/get-block-page-info': reading((db, [id]) => pageInfo(db, id)),
  'thread-api/get-block-parent': reading((db, [id]) => parentOf(db, id)),
  'thread-api/get-block-parents': reading((db, [id, depth], _, {era}) =>
    listParents(db, id, {era, levels: depth ?? null}),
  ),
  'thread-api/get-block-refs': reading((db, [id], execution, {era}) => listReferences(db, id, {era, execution})),
  'thread-api/get-block-refs-count': reading((db, [id], execution) => countReferences(db, id, execution)),
  'thread-api/get-block-sibling': reading((db, [id, direction], execution) => siblingOf(db, id, direction, execution)),
  'thread-api/get-block-source': reading((db, [id]) => sourceOf(db, id)),
  'thread-api/get-blocks': reading(function* (db, [requests], execution, call) {
    return yield* getBlocks(db, yield* readRequests(requests, execution, call), execution)
  }),
})

/** Clients of the lock era send the requests as a text of transit. */
function* readRequests(
  given: Value,
  execution: ExecutionContext,
  {wrong}: CallContext,
): CooperativeTask<readonly Value[]> {
  let value = given
  if (typeof given === 'string') {
    const steps = {
      shouldYield: () => execution.shouldYield(),
      reserveValues: (values: number) => execution.reserveRows(values),
      maxValues: MAX_JSON_VALUES,
    }
    try {
      value = yield* decodeTransitInSteps(given, steps)
    } catch (error) {
      if (error instanceof TransitError)
        throw wrong('requests', 'a vector, or a text of transit', `${showEdn(given)}: ${error.message}`)
      throw error
    }
  }

  if (value instanceof List) return value.items
  if (Array.isArray(value)) return value as readonly Value[]
  throw wrong('requests', 'a vector of {:id :opts}', showEdn(value))
}
