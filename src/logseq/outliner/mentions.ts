import {DB} from '../../engine/idents.js'
import {present} from '../../values/present.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {dayOfTitle} from '../journal-day.js'
import {blockName, cleanTitle} from '../names.js'
import {TAG_OR_TITLE_REF} from '../title-refs.js'
import type {Draft} from './draft.js'
import {itemsOf} from './given-maps.js'
import {findJournal, journalFormat, makeClass, makeJournal, makePage} from './make-page.js'
import {isPage, isRecycled} from './outline.js'

/** Classes and pages that cannot be a tag within a title: there only their names stay. */
const NOT_INLINE: ReadonlySet<Keyword> = new Set(
  [
    'Asset',
    'Cards',
    'Code-block',
    'Journal',
    'Math-block',
    'Page',
    'Pdf-annotation',
    'Property',
    'Query',
    'Quote-block',
    'Tag',
    'Template',
    'Whiteboard',
  ].map((name) => keyword(`logseq.class/${name}`)),
)
const PROPERTIES_NOT_INLINE: ReadonlySet<Keyword> = new Set(
  ['asset', 'query'].map((name) => keyword(`logseq.property/${name}`)),
)
const NOT_INLINE_PAGES = new Set(['Contents', 'Library', 'Quick add'])

const PAGE_TYPES = new Set<Value>(['page', 'journal'])

/** Returns the entities that a title mentions, as far as they are there. @param onlyTags those mentioned as a tag */
export function mentioned(draft: Draft, title: string, onlyTags = false): number[] {
  const found: number[] = []
  for (const [, hash, uuid] of title.matchAll(TAG_OR_TITLE_REF)) {
    const e = onlyTags && hash === '' ? undefined : draft.byUuid(new Uuid(present(uuid)))
    if (e !== undefined) found.push(e)
  }

  return found
}

/** Returns a title in which a mention of an entity is replaced by a text. */
export function withoutMention(title: string, uuid: Uuid, text: string): string {
  return title.replaceAll(TAG_OR_TITLE_REF, (mention, _, found: string) =>
    found.toLowerCase() === uuid.text ? text : mention,
  )
}

/**
 * Makes the pages that a block mentions by name: maps among its refs and tags that say what kind of page they are. Where there
 * is a page of that name, the block mentions that instead.
 * @returns the block, with refs and tags that are in the graph
 */
export function resolvePages(draft: Draft, block: ValueMap): ValueMap {
  const lists = [A.refs, A.tags].map((a) => ({a, items: itemsOf(block.get(a) ?? [])}))
  const pages = lists.flatMap(({items}) => items.filter((item) => isPageMap(item)))
  if (pages.length === 0) return block
  const tagged = new Set(
    itemsOf(block.get(A.tags) ?? [])
      .filter((item) => isPageMap(item))
      .map((map) => nameOf(map)),
  )
  const entities = new Map<string, number>()
  let title = block.get(A.title)
  for (const map of pages) {
    const name = nameOf(map)
    const e =
      entities.get(name) ?? findPage(draft, name, tagged.has(name)) ?? makeMentioned(draft, map, tagged.has(name))
    entities.set(name, e)
    const [given, uuid] = [map.get(A.uuid), draft.value(e, A.uuid)]
    if (typeof title === 'string' && given instanceof Uuid && uuid instanceof Uuid && !(given.text === uuid.text))
      title = title.replaceAll(given.text, uuid.text)
  }

  const resolved = new ValueMap(block)
  if (title !== undefined) resolved.set(A.title, title)
  for (const {a, items} of lists)
    if (items.length > 0)
      resolved.set(
        a,
        items.map((item) => (isPageMap(item) ? present(entities.get(nameOf(item))) : item)),
      )
  return resolved
}

function isPageMap(item: Value): item is ValueMap {
  return (
    item instanceof ValueMap && PAGE_TYPES.has(item.get(A.pageType) ?? null) && !item.has(DB.id) && !item.has(DB.ident)
  )
}

function nameOf(map: ValueMap): string {
  const title = map.get(A.title) ?? map.get(A.name)
  return typeof title === 'string' ? blockName(cleanTitle(title)) : ''
}

function findPage(draft: Draft, name: string, asTag: boolean): number | undefined {
  const found = draft.owners(A.name, name).filter((e) => isPage(draft, e) && !isRecycled(draft, e))
  return found.find((e) => draft.isTagged(e, 'Tag') === asTag) ?? (asTag ? undefined : found[0])
}

function makeMentioned(draft: Draft, map: ValueMap, asTag: boolean): number {
  const title = cleanTitle(String(map.get(A.title) ?? map.get(A.name)))
  const given = map.get(A.uuid)
  const uuid = given instanceof Uuid ? given : draft.making.uuid()
  if (asTag) return makeClass(draft, title, uuid)
  const day = dayOfTitle(title, journalFormat(draft))
  if (day === undefined) return makePage(draft, title, uuid)
  return findJournal(draft, day) ?? makeJournal(draft, day)
}

/**
 * Takes the tags out of the title of a block that cannot be there: their names stay, and the block is not tagged with them.
 */
export function dropInlineTags(draft: Draft, e: number): void {
  const title = draft.text(e, A.title)
  if (title === undefined || isPage(draft, e)) return
  for (const tag of mentioned(draft, title, true)) {
    const [ident, name] = [draft.identOf(tag), draft.text(tag, A.title)]
    const isForbidden =
      ident instanceof Keyword
        ? NOT_INLINE.has(ident) || PROPERTIES_NOT_INLINE.has(ident)
        : NOT_INLINE_PAGES.has(name ?? '')
    const uuid = draft.value(tag, A.uuid)
    if (!isForbidden || !(uuid instanceof Uuid)) continue
    draft.set(e, A.title, withoutMention(present(draft.text(e, A.title)), uuid, `#${name ?? ''}`))
    draft.drop(e, A.tags, tag)
  }
}
