import type {CooperativeTask, ExecutionContext} from '../../../engine/task.js'
import {keyword, Uuid} from '../../../values/scalars.js'
import {type ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {builtInUuid} from '../../derived-uuids.js'
import {orderBetween} from '../../order-keys.js'
import {deleteTree} from '../blocks/delete.js'
import {takeAlong} from '../blocks/insert.js'
import type {Draft} from '../draft.js'
import {makePage} from '../make-page.js'
import {withoutMention} from '../mentions.js'
import {builtInPage, descendants, isPage} from '../outline.js'

const MARKS = [A.deletedAt, A.deletedBy, A.originalOrder, A.originalPage, A.originalParent]

/** Moves a page, or a block with its descendants, into the recycle bin. Mentions of it are replaced by its title. */
export function* recycle(
  draft: Draft,
  e: number,
  options: ValueMap,
  execution: ExecutionContext,
): CooperativeTask<void> {
  const bin = recycleBin(draft)
  const {now} = draft
  const [at, by] = [options.get(keyword('now-ms')), options.get(keyword('deleted-by-uuid'))]
  const deletedBy = by instanceof Uuid ? draft.byUuid(by) : undefined
  yield* replaceMentions(draft, e, execution)
  keep(draft, e, A.originalParent, draft.value(e, A.parent))
  keep(draft, e, A.originalOrder, draft.value(e, A.order))
  keep(draft, e, A.originalPage, isPage(draft, e) ? e : draft.value(e, A.page))
  keep(draft, e, A.deletedAt, typeof at === 'number' ? at : now)
  keep(draft, e, A.deletedBy, deletedBy)
  const last = (yield* draft.childList(bin, execution)).at(-1)
  draft.set(e, A.order, orderBetween(last === undefined ? null : (draft.text(last.e, A.order) ?? null), null))
  draft.set(e, A.parent, bin)
  if (isPage(draft, e)) return
  draft.set(e, A.page, bin)
  yield* takeAlong(draft, e, execution)
}

function keep(draft: Draft, e: number, a: (typeof MARKS)[number], v: Parameters<Draft['set']>[2] | undefined): void {
  if (v !== undefined) draft.set(e, a, v)
}

/** Takes an entity out of the recycle bin, to where it was. Nothing happens when it is not there. */
export function restore(draft: Draft, e: number): void {
  if (!draft.has(e, A.deletedAt)) return
  const [parent, page] = [draft.ref(e, A.originalParent), draft.ref(e, A.originalPage)]
  const order = draft.text(e, A.originalOrder)
  const isBlock = !isPage(draft, e)
  const above = parent ?? (isBlock ? page : undefined)
  if (isBlock && above === undefined) return // its former place is gone: it stays in the bin, where a person can find it
  for (const a of [A.parent, A.order, ...MARKS]) draft.drop(e, a)
  if (above !== undefined) draft.set(e, A.parent, above)
  if (order !== undefined || isBlock) draft.set(e, A.order, order ?? draft.lastOrder())
}

/** Takes a block out of the recycle bin with what is below it. @returns nothing for an unknown entity */
export function* restoreRecycled(
  draft: Draft,
  e: number | undefined,
  execution: ExecutionContext,
): CooperativeTask<true | undefined> {
  if (e === undefined) return undefined
  const page = draft.ref(e, A.originalPage)
  restore(draft, e)
  if (!isPage(draft, e) && page !== undefined && !draft.has(e, A.deletedAt)) {
    draft.set(e, A.page, page)
    yield* takeAlong(draft, e, execution)
  }

  return true
}

/** Deletes what is in the recycle bin for good, with all that is below it. @returns nothing for what is not there */
export function* deletePermanently(
  draft: Draft,
  e: number | undefined,
  execution: ExecutionContext,
): CooperativeTask<true | undefined> {
  if (e === undefined || !draft.has(e, A.deletedAt)) return undefined
  yield* deleteTree(draft, e, execution)
  return true
}

/** Returns the page of the recycle bin. One that is missing, because the graph is older, is made. */
function recycleBin(draft: Draft): number {
  const known = builtInPage(draft, 'recycle')
  if (known !== undefined) return known
  return makePage(draft, 'Recycle', builtInUuid('Recycle'), [
    [A.builtIn, true],
    [A.hide, true],
  ])
}

/** Replaces each mention of an entity by its title. */
function* replaceMentions(draft: Draft, e: number, execution: ExecutionContext): CooperativeTask<void> {
  const uuid = draft.value(e, A.uuid)
  if (!(uuid instanceof Uuid)) return
  const below = isPage(draft, e) ? [] : yield* descendants(draft, e, execution)
  for (const owner of draft.owners(A.refs, e)) {
    if (execution.shouldYield()) yield
    const title = draft.text(owner, A.title)
    if (title === undefined || owner === e || below.includes(owner)) continue
    const written = withoutMention(title, uuid, draft.text(e, A.title) ?? '')
    if (written === title) continue
    draft.set(owner, A.title, written)
    draft.drop(owner, A.refs, e)
  }
}
