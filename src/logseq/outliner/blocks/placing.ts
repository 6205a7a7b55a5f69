import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {messageOf} from '../../../lib/errors.js'
import type {ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {ordersBetween} from '../../order-keys.js'
import type {Child} from '../child-lists.js'
import type {Draft} from '../draft.js'
import {isOn} from '../given-maps.js'
import {impossible} from '../objections.js'
import {children, isPage, isPropertyValue, libraryOf, neighbour, siblings} from '../outline.js'

/** Place of blocks relative to a block or page. */
export type Place = 'before' | 'bottom' | 'sibling' | 'top'

/** Reads where blocks are put: the top wins over the bottom, and that over a place beside the target. */
export function placeOf(draft: Draft, target: number, options: ValueMap): Place {
  if (isOn(options, 'top?')) return 'top'
  if (isOn(options, 'bottom?')) return 'bottom'
  return isOn(options, 'sibling?') && target !== libraryOf(draft) ? 'sibling' : 'top'
}

/** A gap among the children of an entity: between two order keys, of which null is the start or the end. */
export interface Gap {
  from: null | string
  parent: number
  to: null | string
}

/**
 * Returns the gap at a place.
 * @param moving a block that is on its way there, and counts for nothing
 * @returns undefined beside a page that stands under nothing
 */
export function* gapAt(
  draft: Draft,
  target: number,
  place: Place,
  {execution, moving}: {execution: ExecutionContext; moving?: number},
): CooperativeTask<Gap | undefined> {
  const keyOf = (e: number | undefined) => (e === undefined ? null : (draft.text(e, A.order) ?? null))
  if (place === 'before') {
    const [parent, to] = [draft.ref(target, A.parent), keyOf(target)]
    if (parent === undefined || to === null) return undefined
    const former = (yield* siblings(draft, target, execution)).findLast(({e, key}) => e !== moving && key < to)
    return {from: keyOf(former?.e), parent, to}
  }

  if (place === 'sibling') {
    const parent = draft.ref(target, A.parent)
    const from = keyOf(target)
    if (parent === undefined || from === null) return undefined
    const isBehind = ({e, key}: Child) => e !== moving && key > from
    const next = (yield* siblings(draft, target, execution)).find((child) => isBehind(child))
    // What is put behind the value of a property may become a block beside others.
    const others = isPropertyValue(draft, target) ? yield* children(draft, parent, execution) : []
    const [to] = [next?.key, others.find((child) => isBehind(child))?.key].filter((key) => key !== undefined).toSorted()
    return {from, parent, to: to ?? null}
  }

  const all = yield* children(draft, target, execution)
  return place === 'top'
    ? {from: null, parent: target, to: keyOf(all.find(({e}) => e !== moving)?.e)}
    : {from: keyOf(all.findLast(({e}) => e !== moving)?.e), parent: target, to: null}
}

/** Returns order keys in a gap. @throws ServerError `invalid-transaction` when an existing key is not valid */
export function keysIn({from, to}: Pick<Gap, 'from' | 'to'>, count: number): string[] {
  try {
    return ordersBetween(from, to, count)
  } catch (error) {
    throw impossible(messageOf(error)) // an order key of the graph is damaged: there is no place beside it
  }
}

/** Returns true if a block is at a place already. */
export function* isAt(
  draft: Draft,
  e: number,
  target: number,
  {execution, place}: {execution: ExecutionContext; place: Place},
): CooperativeTask<boolean> {
  if (place === 'sibling' || place === 'before')
    return (yield* neighbour(draft, target, place === 'before' ? -1 : 1, execution)) === e
  const all = yield* children(draft, target, execution)
  return (place === 'top' ? all[0] : all.at(-1))?.e === e
}

/** Returns true if a page may not be under an entity: no page may be under a block, and classes and properties are under nothing. */
export function isPageOutOfPlace(draft: Draft, e: number, parent: number): boolean {
  if (!isPage(draft, e)) return false
  return !isPage(draft, parent) || draft.isTagged(e, 'Tag') || draft.isTagged(e, 'Property')
}
