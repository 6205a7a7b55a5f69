import {keyword, type Keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'
import type {Draft} from './draft.js'
import {objection} from './objections.js'
import {isBuiltIn, isPage, isPropertyValue, libraryOf} from './outline.js'

/** Classes that only Logseq itself puts on something, and takes away. */
const PRIVATE: ReadonlySet<Keyword | undefined> = new Set(
  ['Asset', 'Journal', 'Pdf-annotation', 'Property', 'Tag', 'Whiteboard'].map((name) =>
    keyword(`logseq.class/${name}`),
  ),
)

function titleOf(draft: Draft, e: number): string {
  return draft.text(e, A.title) ?? ''
}

/** Refuses a tag that a person cannot put on an entity. @throws ServerError `validation-error` */
export function requireTaggable(draft: Draft, e: number, tag: number): void {
  if (isBuiltIn(draft, e)) throw objection('class.validation/cant-add-tag-on-built-in', titleOf(draft, e))
  if (isBuiltIn(draft, tag) && !draft.isTagged(tag, 'Tag'))
    throw objection('class.validation/tag-with-non-tag', titleOf(draft, tag))
  const isAsset = tag === draft.classId('Asset') && draft.has(e, A.assetType)
  if (PRIVATE.has(draft.identOf(tag)) && !isAsset)
    throw objection('class.validation/cant-set-tag-built-in', titleOf(draft, tag))
  if (tag !== draft.classId('Page') || isPage(draft, e)) return
  if (isPropertyValue(draft, e)) throw objection('page.convert/property-value-to-page')
  const parent = draft.ref(e, A.parent)
  if (parent !== undefined && !isPage(draft, parent)) throw objection('page.convert/block-parent-not-page')
}

/** Refuses a value or choice of a property that was given the tag of a page with its other facts. @throws ServerError `validation-error` */
export function requireNoPageAsValue(draft: Draft, e: number): void {
  if (isPropertyValue(draft, e) && isPage(draft, e)) throw objection('page.convert/property-value-to-page')
}

/** Refuses to take a tag away that an entity has to keep. @throws ServerError `validation-error` */
export function requireUntaggable(draft: Draft, e: number, tag: number): void {
  if (isBuiltIn(draft, e)) throw objection('class.validation/cant-remove-tag-on-built-in', titleOf(draft, e))
  if (PRIVATE.has(draft.identOf(tag))) throw objection('class.validation/cant-remove-tag-built-in', titleOf(draft, tag))
  if (tag !== draft.classId('Page') || !draft.has(e, A.tags, tag)) return
  const parent = draft.ref(e, A.parent)
  if (parent === undefined) throw objection('page.convert/cant-be-block', titleOf(draft, e))
  if (parent === libraryOf(draft)) throw objection('page.convert/cant-be-block-move-first', titleOf(draft, e))
  if (draft.owners(A.parent, e).some((child) => isPage(draft, child)))
    throw objection('page.convert/cant-be-block-has-children', titleOf(draft, e))
}

/** Refuses to take all tags away, when one of them makes the entity what it is. @throws ServerError `validation-error` */
export function requireNoPrivateTags(draft: Draft, e: number): void {
  const kept = draft
    .refs(e, A.tags)
    .filter((tag) => PRIVATE.has(draft.identOf(tag)) || tag === draft.classId('Page'))
    .map((tag) => String(draft.identOf(tag)))
  if (kept.length > 0) throw objection('class.validation/cant-remove-private-tags', kept.join(', '))
}
