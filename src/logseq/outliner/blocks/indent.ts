import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {keyword} from '../../../values/scalars.js'
import type {ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import type {Draft} from '../draft.js'
import {isOn, lookUp} from '../given-maps.js'
import {impossible} from '../objections.js'
import {children, inReadingOrder, isPage, isPropertyValue, libraryOf, siblings, topmost} from '../outline.js'
import {moveTo} from './move.js'

const PARENT_ORIGINAL = keyword('parent-original')

/** Moves blocks one level in or out. */
export function* indentOutdent(
  draft: Draft,
  entities: readonly number[],
  isIndent: boolean,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const blocks = yield* inReadingOrder(draft, topmost(draft, entities), execution)
  if (blocks.length === 0) return
  yield* isIndent ? indent(draft, blocks, execution) : outdent(draft, blocks, options, execution)
}

/** Blocks that stand together become the last children of the one before them. */
function* indent(draft: Draft, blocks: readonly number[], execution: ExecutionContext): CooperativeTask<void> {
  const all = yield* siblings(draft, blocks[0]!, execution)
  const start = all.findIndex(({e}) => e === blocks[0]!)
  const before = all[start - 1]?.e
  if (before === undefined || blocks.some((e, i) => all[start + i]?.e !== e)) return
  const hasChildren = (yield* children(draft, before, execution)).length > 0
  yield* moveTo(draft, blocks, before, 'bottom', execution)
  if (hasChildren && draft.value(before, A.collapsed) === true) draft.set(before, A.collapsed, false)
}

/** Blocks go behind their parent. Those that stood behind them become children of the last, unless only blocks are moved. */
function* outdent(
  draft: Draft,
  blocks: readonly number[],
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<void> {
  if (blocks.some((e) => isPropertyValue(draft, e))) return
  const parent = draft.ref(blocks[0]!, A.parent)
  if (parent === undefined) return
  if (isPage(draft, parent)) return outdentPages(draft, blocks)
  const moved = blocks.filter((e) => draft.ref(e, A.parent) === parent)
  const last = moved.at(-1)!
  const left = (yield* siblings(draft, last, execution)).map(({e}) => e)
  const isMoved = new Set(moved)
  const behind = left.slice(left.indexOf(last) + 1).filter((e) => !isMoved.has(e))
  yield* moveTo(draft, moved, outdentTarget(draft, parent, options), 'sibling', execution)
  if (isOn(options, 'logical-outdenting?') || draft.ref(last, A.parent) === parent) return
  if (behind.length > 0) yield* moveTo(draft, behind, last, 'bottom', execution)
}

/** A page under another goes to the Library. */
function outdentPages(draft: Draft, blocks: readonly number[]): void {
  const library = libraryOf(draft)
  if (library === undefined) return
  for (const e of blocks) {
    if (!isPage(draft, e) || draft.ref(e, A.parent) === library) continue
    draft.set(e, A.parent, library)
    draft.set(e, A.order, draft.lastOrder())
  }
}

function outdentTarget(draft: Draft, parent: number, options: ValueMap): number {
  const given = options.get(PARENT_ORIGINAL) ?? null
  if (given === null) return parent
  const found = lookUp(draft, given)
  if (found === undefined) throw impossible('Missing outdent parent original')
  return found
}
