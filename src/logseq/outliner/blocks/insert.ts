import {DB} from '../../../engine/idents.js'
import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {present} from '../../../values/present.js'
import {Keyword, keyword, Uuid} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {entityOf, isOn, stateMap} from '../given-maps.js'
import {dropInlineTags, resolvePages} from '../mentions.js'
import {impossible, objection, titleOfNumber} from '../objections.js'
import {ancestors, descendants, isBuiltIn, isMany, isPage, isPropertyValue, pageFor, siblings} from '../outline.js'
import {requireNoPageAsValue} from '../tags.js'
import {describeInserted} from './inserted.js'
import {namesOf, parentIn, translated} from './named.js'
import {gapAt, isPageOutOfPlace, keysIn, type Place, placeOf} from './placing.js'

/** Attributes that an inserted block gets by its place, and not from its map. */
const PLACED: ReadonlySet<Keyword> = new Set([A.order, A.page, A.parent, A.uuid, A.createdAt, A.updatedAt])

/** Attributes that a copy of a block does not take over. */
const NOT_COPIED: ReadonlySet<Keyword> = new Set([...PLACED, A.txId, A.name, DB.ident, A.usedTemplate])

const OUTLINER_OP = keyword('outliner-op')
const PASTE = keyword('paste')

/** A block that is about to be inserted. */
interface Draftee {
  e: number
  /** A block that this is a copy of. */
  source?: number
}

/**
 * Puts blocks beside or under another. They form a tree by their `:block/parent`, as far as it names an earlier block of the list.
 * @returns undefined when there is no such target
 * @throws ServerError `invalid-transaction` or `validation-error`
 */
export function* insertBlocks(
  draft: Draft,
  blocks: readonly ValueMap[],
  target: number | undefined,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<undefined | Value> {
  if (target === undefined) return undefined
  if (blocks.length === 0) throw impossible('Assert failed: (seq blocks)')
  const place = placeOf(draft, target, options)
  const gap = yield* gapAt(draft, target, place, {execution})
  if (gap === undefined)
    throw impossible('Assert failed: Parent or order is nil: a page that stands under nothing has no siblings')
  const replaced = isReplaced(draft, target, place, {count: blocks.length, options}) ? target : undefined
  const draftees = yield* prepare(draft, blocks, {keep: isOn(options, 'keep-uuid?'), target: replaced}, execution)
  const keys = keysFor(blocks, {gap, options, replaced})
  const forbidden = new Set([target, ...ancestors(draft, target)])
  const byName = new Map<string, number>()
  const levels = new Map<number, number>()
  for (const [i, block] of blocks.entries()) {
    const draftee = draftees[i]!
    const {e} = draftee
    const above = parentIn(byName, block)
    for (const name of namesOf(block)) byName.set(name, e)
    if (e !== replaced && forbidden.has(e)) throw impossible('A block cannot be put under itself')
    const order = above !== undefined && draft.before.first(above) ? yield* lastKey(draft, above, execution) : keys[i]!
    const spot = e === replaced ? undefined : {order, parent: above ?? gap.parent}
    yield* insertOne(draft, draftee, {map: translated(resolvePages(draft, block), byName), options, spot}, execution)
    if (above === undefined && place === 'sibling') joinSibling(draft, e, target)
    levels.set(e, above === undefined ? 1 : (levels.get(above) ?? 0) + 1)
    if (execution.shouldYield()) yield
  }

  return describeInserted(draft, levels)
}

/** Under a block that was there before, others may stand: a new one comes behind them. */
function* lastKey(draft: Draft, parent: number, execution: ExecutionContext): CooperativeTask<string> {
  return keysIn(present(yield* gapAt(draft, parent, 'bottom', {execution})), 1)[0]!
}

/** Returns true if the first block replaces its blank target. */
function isReplaced(
  draft: Draft,
  target: number,
  place: Place,
  {count, options}: {count: number; options: ValueMap},
): boolean {
  if (draft.text(target, A.title)?.trim() !== '' || isPage(draft, target)) return false
  return isOn(options, 'replace-empty-target?') || (place === 'sibling' && count > 1)
}

/** The new place of a block; undefined if it stays. */
interface Spot {
  order: string
  parent: number
}

function* insertOne(
  draft: Draft,
  {e, source}: Draftee,
  {map, options, spot}: {map: ValueMap; options: ValueMap; spot: Spot | undefined},
  execution: ExecutionContext,
): CooperativeTask<void> {
  const isPasted = options.get(OUTLINER_OP) === PASTE
  if (source !== undefined) copy(draft, source, e)
  if (isPasted && draft.before.first(source ?? e)) {
    draft.drop(e, A.refs)
    map.delete(A.refs)
  }

  if (map.has(A.title) && draft.has(e, A.value)) throw titleOfNumber()
  yield* stateMap(draft, e, map, PLACED)
  if (spot !== undefined) yield* put(draft, e, spot, execution)
  stampTimes(draft, e, map, options)
  dropInlineTags(draft, e)
  requireNoPageAsValue(draft, e)
}

function* put(draft: Draft, e: number, {order, parent}: Spot, execution: ExecutionContext): CooperativeTask<void> {
  if (isPageOutOfPlace(draft, e, parent))
    throw impossible(
      isPage(draft, parent)
        ? 'DB write failed with invalid data: a class or a property stands under no page'
        : "Page can't have block as parent",
    )
  const wasOn = draft.ref(e, A.page)
  draft.set(e, A.parent, parent)
  draft.set(e, A.order, isPropertyValue(draft, e) ? yield* orderOfValue(draft, e, order, execution) : order)
  if (!isPage(draft, e)) draft.set(e, A.page, pageFor(draft, parent))
  if (wasOn !== undefined && wasOn !== draft.ref(e, A.page)) yield* takeAlong(draft, e, execution)
}

/**
 * Returns the order key of a value or choice of a property, such as the copy of one. Its place is among the others of that, while the
 * key was chosen among blocks: it goes behind the last of them if one of them has the key.
 */
function* orderOfValue(draft: Draft, e: number, order: string, execution: ExecutionContext): CooperativeTask<string> {
  const others = (yield* siblings(draft, e, execution)).filter((other) => other.e !== e)
  const keys = others.flatMap((other) => draft.text(other.e, A.order) ?? [])
  return keys.includes(order) ? keysIn({from: keys.at(-1)!, to: null}, 1)[0]! : order
}

/** Finds or makes the entity of each block, so that they can refer to each other. */
function* prepare(
  draft: Draft,
  blocks: readonly ValueMap[],
  {keep, target}: {keep: boolean; target: number | undefined},
  execution: ExecutionContext,
): CooperativeTask<Draftee[]> {
  const draftees: Draftee[] = []
  for (const [i, block] of blocks.entries()) {
    if (execution.shouldYield()) yield
    const known = entityOf(draft, block)
    const given = block.get(A.uuid)
    if (i === 0 && target !== undefined)
      draftees.push({e: target, ...(known !== undefined && !keep && {source: known})})
    else if (known !== undefined && keep) {
      if (isBuiltIn(draft, known)) throw objection('block/built-in')
      draftees.push({e: known})
    } else {
      if (keep && !(given instanceof Uuid))
        throw impossible('Invalid outliner data: a block has neither :block/uuid nor :db/id')
      const uuid = keep ? (given as Uuid) : draft.making.uuid()
      draftees.push({e: draft.create([[A.uuid, uuid]]), ...(known !== undefined && {source: known})})
    }
  }

  return draftees
}

/** Returns the order keys of the blocks, from one run of keys. One that is put into the target has the place of that. */
function keysFor(
  blocks: readonly ValueMap[],
  {
    gap,
    options,
    replaced,
  }: {gap: {from: null | string; to: null | string}; options: ValueMap; replaced: number | undefined},
): string[] {
  const own = blocks.map((block) => block.get(A.order))
  if (isOn(options, 'keep-block-order?') && own.every((key) => typeof key === 'string')) return own
  return replaced === undefined ? keysIn(gap, blocks.length) : ['', ...keysIn(gap, blocks.length - 1)]
}

function copy(draft: Draft, source: number, e: number): void {
  for (const {a, v} of draft.db.list(source)) if (!NOT_COPIED.has(a)) draft.set(e, a, v)
}

function stampTimes(draft: Draft, e: number, map: ValueMap, options: ValueMap): void {
  const given = map.get(A.createdAt)
  const keeps = options.get(keyword('update-timestamps?')) === false && typeof given === 'number'
  draft.set(e, A.createdAt, keeps ? given : draft.now)
  draft.set(e, A.updatedAt, draft.now)
}

/** A block that has moved takes all below it to its page. */
export function* takeAlong(draft: Draft, e: number, execution: ExecutionContext): CooperativeTask<void> {
  const page = pageFor(draft, e)
  for (const below of yield* descendants(draft, e, execution)) {
    if (execution.shouldYield()) yield
    if (draft.has(below, A.page)) draft.set(below, A.page, page)
  }
}

/** A block beside a numbered one is numbered, and one beside a value of many is such a value. */
function joinSibling(draft: Draft, e: number, target: number): void {
  const list = draft.value(target, A.listType)
  if (list !== undefined && !draft.has(e, A.listType)) draft.set(e, A.listType, list)
  joinValues(draft, e, target)
}

/** A block beside a value of a property that holds many becomes one of them. */
export function joinValues(draft: Draft, e: number, target: number): void {
  const property = draft.ref(target, A.createdFrom)
  const ident = property === undefined ? undefined : draft.identOf(property)
  const owner = draft.ref(target, A.parent)
  if (property === undefined || ident === undefined || owner === undefined) return
  if (!isMany(draft, ident) || !draft.has(owner, ident, target)) return
  draft.set(e, A.createdFrom, property)
  draft.set(owner, ident, e)
}
