import type {Pace, Task} from '../../engine/task.js'
import {immediateChildren, listParents, pageInfo, parentOf, siblingOf, sourceOf} from '../../logseq/blocks/around.js'
import {getBlocks} from '../../logseq/blocks/get-blocks.js'
import {countReferences, listReferences} from '../../logseq/references/references.js'
import {blocks as specs} from '../../protocol/methods/blocks.js'
import {decodeTransitInSteps, TransitError} from '../../values/transit.js'
import {List, type Value} from '../../values/types.js'
import {MAX_JSON_VALUES} from '../json-values.js'
import {type CallContext, implement} from './method.js'
import {reading} from './reading.js'

export const blockMethods = implement(specs, {
  'thread-api/get-block-immediate-children': reading((db, [id], pace) => immediateChildren(db, id, pace)),
  'thread-api/get-block-page-info': reading((db, [id]) => pageInfo(db, id)),
  'thread-api/get-block-parent': reading((db, [id]) => parentOf(db, id)),
  'thread-api/get-block-parents': reading((db, [id, depth], _, {era}) =>
    listParents(db, id, {era, levels: depth ?? null}),
  ),
  'thread-api/get-block-refs': reading((db, [id], pace, {era}) => listReferences(db, id, {era, pace})),
  'thread-api/get-block-refs-count': reading((db, [id], pace) => countReferences(db, id, pace)),
  'thread-api/get-block-sibling': reading((db, [id, direction], pace) => siblingOf(db, id, direction, pace)),
  'thread-api/get-block-source': reading((db, [id]) => sourceOf(db, id)),
  'thread-api/get-blocks': reading(function* (db, [requests], pace, call) {
    return yield* getBlocks(db, yield* readRequests(requests, pace, call), pace)
  }),
})

/** Clients of the base era send the requests as a text of transit. */
function* readRequests(given: Value, pace: Pace, {wrong}: CallContext): Task<readonly Value[]> {
  let value = given
  if (typeof given === 'string') {
    const steps = {due: () => pace.due(), hold: (values: number) => pace.hold(values), maxValues: MAX_JSON_VALUES}
    try {
      value = yield* decodeTransitInSteps(given, steps)
    } catch (error) {
      if (error instanceof TransitError) throw wrong('requests', `is not transit: ${error.message}`)
      throw error
    }
  }

  if (value instanceof List) return value.items
  if (Array.isArray(value)) return value as readonly Value[]
  throw wrong('requests', 'expected a vector of {:id :opts}')
}
