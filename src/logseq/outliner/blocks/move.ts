import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {present} from '../../../values/present.js'
import {type ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {objection} from '../objections.js'
import {ancestors, inReadingOrder, isBuiltIn, isPage, neighbour, pageFor, topmost} from '../outline.js'
import {joinValues, takeAlong} from './insert.js'
import {gapAt, isAt, isPageOutOfPlace, keysIn, type Place, placeOf} from './placing.js'

/** Moves blocks, with what is below them, to a place. What cannot be there stays where it is. */
export function* moveBlocks(
  draft: Draft,
  entities: readonly number[],
  target: number | undefined,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<void> {
  if (target === undefined) return
  const blocks = yield* inReadingOrder(draft, topmost(draft, entities), execution)
  yield* moveTo(draft, blocks, target, placeOf(draft, target, options), execution)
}

/** Moves blocks one after another: the first to the place, each other behind the one before. */
export function* moveTo(
  draft: Draft,
  blocks: readonly number[],
  target: number,
  place: Place,
  execution: ExecutionContext,
): CooperativeTask<void> {
  if (blocks.some((e) => isBuiltIn(draft, e))) throw objection('block/built-in')
  const above = new Set([target, ...ancestors(draft, target)])
  if (blocks.some((e) => above.has(e))) return
  let [at, how] = [target, place]
  for (const e of blocks) {
    if (execution.shouldYield()) yield
    if (!(yield* moveOne(draft, e, at, how, execution))) return
    ;[at, how] = [e, 'sibling']
  }
}

/** @returns whether the block stands at the place now */
function* moveOne(
  draft: Draft,
  e: number,
  target: number,
  place: Place,
  execution: ExecutionContext,
): CooperativeTask<boolean> {
  if (yield* isAt(draft, e, target, {execution, place})) return true
  const gap = yield* gapAt(draft, target, place, {execution, moving: e})
  if (gap === undefined || isPageOutOfPlace(draft, e, gap.parent)) return false
  const staysValue = isBesideLike(draft, e, target, place)
  if (draft.has(e, A.choiceOf) && !staysValue) return false // a choice is one of its property only
  const [key] = keysIn(gap, 1)
  const page = pageFor(draft, gap.parent)
  if (!staysValue) leaveProperty(draft, e)
  draft.set(e, A.parent, gap.parent)
  draft.set(e, A.order, present(key))
  if (place === 'sibling') joinValues(draft, e, target)
  if (isPage(draft, e) || draft.ref(e, A.page) === page) return true
  draft.set(e, A.page, page)
  yield* takeAlong(draft, e, execution)
  return true
}

/** Returns true if a value, or a choice, moves beside another of its property. */
function isBesideLike(draft: Draft, e: number, target: number, place: Place): boolean {
  const property = draft.ref(e, A.createdFrom)
  if (property === undefined || place === 'top' || place === 'bottom') return false
  const isSameOwner = draft.ref(e, A.parent) === draft.ref(target, A.parent)
  return isSameOwner && draft.ref(target, A.createdFrom) === property
}

/** A value that leaves the others is not a value any more. */
function leaveProperty(draft: Draft, e: number): void {
  const property = draft.ref(e, A.createdFrom)
  const ident = property === undefined ? undefined : draft.identOf(property)
  if (ident === undefined) return
  for (const owner of draft.owners(ident, e)) draft.drop(owner, ident, e)
  draft.drop(e, A.createdFrom)
}

/** Moves blocks one place up or down; from the end of their parent's children, to those of the one beside it. */
export function* moveUpDown(
  draft: Draft,
  entities: readonly number[],
  isUp: boolean,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const blocks = yield* inReadingOrder(draft, topmost(draft, entities), execution)
  const edge = isUp ? blocks[0] : blocks.at(-1)
  if (edge === undefined) return
  const parent = draft.ref(edge, A.parent)
  if (parent === undefined) return
  const beside = yield* neighbour(draft, edge, isUp ? -1 : 1, execution)
  if (beside !== undefined) return yield* moveTo(draft, blocks, beside, isUp ? 'before' : 'sibling', execution)
  if (isPage(draft, parent)) return
  const next = yield* neighbour(draft, parent, isUp ? -1 : 1, execution)
  if (next !== undefined) yield* moveTo(draft, blocks, next, isUp ? 'bottom' : 'top', execution)
}
