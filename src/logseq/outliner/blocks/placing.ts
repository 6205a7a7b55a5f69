import {messageOf} from '../../../lib/errors.js'
import type {ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {ordersBetween} from '../../order-keys.js'
import type {Draft} from '../draft.js'
import {isOn} from '../given-maps.js'
import {impossible} from '../objections.js'
import {children, inOrder, isPage, isPropertyValue, libraryOf, siblings} from '../outline.js'

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
export function gapAt(draft: Draft, target: number, place: Place, moving?: number): Gap | undefined {
  const keyOf = (e: number | undefined) => (e === undefined ? null : (draft.text(e, A.order) ?? null))
  if (place === 'before') {
    const [parent, to] = [draft.ref(target, A.parent), keyOf(target)]
    if (parent === undefined || to === null) return undefined
    const former = siblings(draft, target).findLast((e) => e !== moving && (keyOf(e) ?? '') < to)
    return {from: keyOf(former), parent, to}
  }

  if (place === 'sibling') {
    const parent = draft.ref(target, A.parent)
    const from = keyOf(target)
    if (parent === undefined || from === null) return undefined
    // What is put behind the value of a property may become a block beside others.
    const others = isPropertyValue(draft, target) ? children(draft, parent) : []
    const behind = [...siblings(draft, target), ...others].filter((e) => e !== moving && (keyOf(e) ?? '') > from)
    const next = inOrder(draft, behind)[0]
    return {from, parent, to: keyOf(next)}
  }

  const all = children(draft, target).filter((e) => e !== moving)
  return place === 'top'
    ? {from: null, parent: target, to: keyOf(all[0])}
    : {from: keyOf(all.at(-1)), parent: target, to: null}
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
export function isAt(draft: Draft, e: number, target: number, place: Place): boolean {
  if (place === 'sibling' || place === 'before') {
    const all = siblings(draft, target)
    return all[all.indexOf(target) + (place === 'before' ? -1 : 1)] === e
  }

  const all = children(draft, target)
  return (place === 'top' ? all[0] : all.at(-1)) === e
}

/** Returns true if a page may not be under an entity: no page may be under a block, and classes and properties are under nothing. */
export function isPageOutOfPlace(draft: Draft, e: number, parent: number): boolean {
  if (!isPage(draft, e)) return false
  return !isPage(draft, parent) || draft.isTagged(e, 'Tag') || draft.isTagged(e, 'Property')
}
