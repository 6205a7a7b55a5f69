import {A} from '../attributes.js'
import {readsAsDate} from '../journal-day.js'
import type {Draft} from './draft.js'
import {impossible, objection} from './objections.js'
import {isBuiltIn, isRecycled} from './outline.js'

/** Refuses a title that no page can have. @throws ServerError `validation-error` */
export function requirePageTitle(title: string): void {
  if (title.includes('#')) throw objection('page.validation/name-no-hash')
  if (title.includes('/') && !readsAsDate(title)) throw objection('page.validation/name-no-slash')
  if (title.trim() === '') throw objection('page.validation/name-blank')
}

/** Returns true unless a text begins a mention of a page. */
export function isPropertyName(name: string): boolean {
  return !/^(?:#|\[\[)/.test(name)
}

/** Refuses a name that no property can have. @throws ServerError `validation-error` */
export function requirePropertyName(name: string): void {
  requirePageTitle(name)
  if (!isPropertyName(name)) throw objection('property.validation/invalid-name')
}

/** Refuses a new title of a page, class or property. @throws ServerError `validation-error` or `invalid-transaction` */
export function requireNewTitle(draft: Draft, e: number, title: string): void {
  if (title === draft.value(e, A.title)) return
  if (draft.isTagged(e, 'Journal')) throw impossible('journal page protected attr updated')
  requirePageTitle(title)
  requireUnique(draft, e, title)
  if (readsAsDate(title)) throw objection('journal/page-cant-convert-warning')
}

/** No two pages with a common tag have one title: neither under one page, nor at the top. */
export function requireUnique(draft: Draft, e: number, title: string): void {
  const own = new Set(draft.refs(e, A.tags))
  for (const other of draft.owners(A.title, title)) {
    if (other === e) continue
    const common = draft.refs(other, A.tags).filter((tag) => own.has(tag))
    if (common.length === 0 || mayShare(draft, e, other, common)) continue
    if (draft.isTagged(e, 'Property')) throw objection('property.validation/duplicate', title)
    if (draft.isTagged(e, 'Tag')) throw objection('class.validation/duplicate', title)
    const tags = common.map((tag) => `#${draft.text(tag, A.title) ?? ''}`).join(', ')
    throw objection('page.validation/duplicate', title, tags)
  }
}

function mayShare(draft: Draft, e: number, other: number, common: readonly number[]): boolean {
  if (isRecycled(draft, other)) return true
  if (draft.isTagged(e, 'Property') && isBuiltIn(draft, other)) return true
  const parent = draft.ref(e, A.parent)
  if (parent !== undefined && parent !== draft.ref(other, A.parent)) return true
  const isOnlyPage = common.length === 1 && common[0] === draft.classId('Page')
  return isOnlyPage && [e, other].every((page) => draft.refs(page, A.tags).length > 1)
}
