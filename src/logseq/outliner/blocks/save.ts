import {DB} from '../../../engine/idents.js'
import type {CooperativeTask} from '../../../engine/task.js'
import {Keyword, keyword} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {A} from '../../attributes.js'
import {blockName} from '../../names.js'
import type {Draft} from '../draft.js'
import {entityOf, itemsOf, stateMap} from '../given-maps.js'
import {dropInlineTags, mentioned, resolvePages} from '../mentions.js'
import {impossible, objection, titleOfNumber} from '../objections.js'
import {isBuiltIn, isPage} from '../outline.js'
import {requireNewTitle, requirePageTitle} from '../page-titles.js'
import {requireNoPageAsValue} from '../tags.js'

const OUTLINER_OP = keyword('outliner-op')
const COLLAPSE = keyword('collapse-expand-blocks')
const RETRACT = keyword('retract-attributes')

/** Attributes that are left out when the map is written over its block: they identify it, or are set separately. */
const IDENTIFYING: ReadonlySet<Keyword> = new Set([A.uuid, A.txId, A.updatedAt, A.title, A.name, DB.ident])

/**
 * Writes what is given over a block; what is not given stays. Nothing happens when there is no such block.
 * @throws ServerError `invalid-transaction` or `validation-error`
 */
export function* saveBlock(draft: Draft, given: ValueMap, options: ValueMap): CooperativeTask<void> {
  if (!given.has(A.uuid) && !given.has(DB.id)) throw impossible("Block eid doesn't exist")
  const e = entityOf(draft, given)
  if (e === undefined) return
  if (isBuiltIn(draft, e)) throw objection('block/built-in')
  const block = resolvePages(draft, given)
  const title = block.get(A.title)
  if (title !== undefined && title !== null) writeTitle(draft, e, title)
  yield* stateMap(draft, e, block, IDENTIFYING)
  for (const a of itemsOf(options.get(RETRACT) ?? [])) if (a instanceof Keyword) draft.drop(e, a)
  dropInlineTags(draft, e)
  requireNoPageAsValue(draft, e)
  if (options.get(OUTLINER_OP) === COLLAPSE) return
  touch(draft, e)
}

/** Notes that a block, and its page, were changed now. */
function touch(draft: Draft, e: number): void {
  draft.set(e, A.updatedAt, draft.now)
  const page = draft.ref(e, A.page)
  if (page !== undefined) draft.set(page, A.updatedAt, draft.now)
}

/** Gives a block or page another title, by the rules for it. */
export function writeTitle(draft: Draft, e: number, title: Value): void {
  if (typeof title !== 'string') throw impossible('Assert failed: (string? content)')
  if (isPage(draft, e)) {
    if (title.trim() === '') requirePageTitle(title)
    requireNewTitle(draft, e, title)
    draft.set(e, A.title, title)
    if (!draft.isTagged(e, 'Journal')) draft.set(e, A.name, blockName(title))
    return
  }

  if (draft.has(e, A.value)) throw titleOfNumber()
  const written = draft.has(e, A.displayType) ? title : title.replace(/^#{1,6}\s+/, '')
  const dropped = new Set(mentioned(draft, draft.text(e, A.title) ?? '', true))
  for (const tag of mentioned(draft, written, true)) dropped.delete(tag)
  for (const tag of dropped) draft.drop(e, A.tags, tag)
  draft.set(e, A.title, written)
  draft.drop(e, A.warning)
}

/** Gives a page another title. Nothing happens when there is no such page. */
export function* renamePage(draft: Draft, e: number | undefined, title: string): CooperativeTask<void> {
  if (title.trim() === '') throw impossible("Page name shouldn't be blank")
  if (e === undefined) return
  const map = new ValueMap([
    [DB.id, e],
    [A.title, title],
  ])
  yield* saveBlock(draft, map, new ValueMap())
}
