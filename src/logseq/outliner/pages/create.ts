import {present} from '../../../values/present.js'
import {Keyword, keyword, Uuid} from '../../../values/scalars.js'
import {type Value, ValueMap} from '../../../values/types.js'
import {isUuidText} from '../../../values/uuid-text.js'
import {A} from '../../attributes.js'
import {dayOfTitle} from '../../journal-day.js'
import {blockName, cleanTitle} from '../../names.js'
import type {Draft} from '../draft.js'
import {isOn, itemsOf, lookUp} from '../given-maps.js'
import {findJournal, journalFormat, makeClass, makeJournal, makePage} from '../make-page.js'
import {impossible, objection} from '../objections.js'
import {isPage, isRecycled, libraryOf} from '../outline.js'
import {requirePageTitle} from '../page-titles.js'
import {restore} from './recycle.js'

/** Page or class that a client asks for. */
interface Wish {
  isClass: boolean
  /** Of the ident of a class, when it is a plugin's. */
  namespace: string | undefined
  /** Values of properties, as they are stored. */
  properties: ValueMap
  tags: readonly number[]
  uuid: Uuid
}

/**
 * Makes a page, a class, or the journal of a day, unless there is one of that title: then nothing is made, and one from the
 * recycle bin is put back.
 * @returns its title and its UUID
 * @throws ServerError `validation-error` or `invalid-transaction`
 */
export function createPage(draft: Draft, given: string, options: ValueMap): Value {
  const title = cleanTitle(given)
  if (isUuidText(title)) return answer(draft, draft.byUuid(new Uuid(title)))
  const wish = readWish(draft, options)
  const day = wish.isClass ? undefined : dayOfTitle(title, journalFormat(draft))
  if (day !== undefined) return createJournal(draft, title, day)
  const parts = isOn(options, 'split-namespace?') ? title.split('/').map((part) => part.trim()) : [title]
  const levels = parts.filter((part) => part !== '')
  if (levels.length > 1) return [title, present(draft.value(createLevels(draft, levels, wish), A.uuid))]
  const found = findPage(draft, title, wish)
  if (found !== undefined) {
    restore(draft, found)
    return answer(draft, found)
  }

  requirePageTitle(title)
  return [title, present(draft.value(makeWished(draft, title, wish, []), A.uuid))]
}

function answer(draft: Draft, e: number | undefined): Value {
  return e === undefined ? null : [draft.value(e, A.title) ?? null, draft.value(e, A.uuid) ?? null]
}

function createJournal(draft: Draft, title: string, day: number): Value {
  const known = findJournal(draft, day)
  if (known !== undefined) {
    restore(draft, known)
    return answer(draft, known)
  }

  return [title, present(draft.value(makeJournal(draft, day), A.uuid))]
}

function readWish(draft: Draft, options: ValueMap): Wish {
  const tags = itemsOf(options.get(keyword('tags')) ?? []).map((tag) => {
    const e = lookUp(draft, tag)
    if (e === undefined) throw impossible('Tags of a page have to be in the graph: one is not')
    return e
  })
  const uuid = options.get(keyword('uuid'))
  const properties = options.get(keyword('properties'))
  const namespace = options.get(keyword('class-ident-namespace'))
  const tag = draft.classId('Tag')
  return {
    isClass: isOn(options, 'class?') || (tag !== undefined && tags.includes(tag)),
    namespace: typeof namespace === 'string' ? namespace : undefined,
    properties: properties instanceof ValueMap ? properties : new ValueMap(),
    tags: tags.filter((e) => e !== tag),
    uuid: uuid instanceof Uuid ? uuid : draft.making.uuid(),
  }
}

/** Classes are found by their exact title, pages by their name; a page of the same name with other tags is another page. */
function findPage(draft: Draft, title: string, {isClass, tags}: Wish): number | undefined {
  if (isClass) return draft.owners(A.title, title).find((e) => draft.isTagged(e, 'Tag'))
  const wanted = tags.length > 0 ? tags : [draft.classId('Page')]
  const found = draft.owners(A.name, blockName(title)).filter((e) => wanted.some((tag) => draft.has(e, A.tags, tag)))
  const tops = found.filter((e) => !draft.has(e, A.parent) || isRecycled(draft, e))
  return tops.find((e) => !isRecycled(draft, e)) ?? tops[0]
}

function makeWished(draft: Draft, title: string, wish: Wish, place: readonly (readonly [Keyword, Value])[]): number {
  const {isClass, namespace, properties, tags, uuid} = wish
  const rest: (readonly [Keyword, Value])[] = [...tags.map((tag) => [A.tags, tag] as const), ...place]
  for (const [a, v] of properties) {
    if (!(a instanceof Keyword)) continue
    const isRef = draft.db.attributes.isRef(a)
    for (const item of draft.db.attributes.isMany(a) ? itemsOf(v) : [v]) {
      const value = isRef ? lookUp(draft, item) : item
      if (value === undefined || value === null) throw impossible(`Value of ${a} has to be an entity of the graph`)
      rest.push([a, value])
    }
  }

  if (!isClass) return makePage(draft, title, uuid, rest)
  return makeClass(draft, title, uuid, {...(namespace !== undefined && {namespace}), rest})
}

/** Makes the pages of a path, each under the one before; those that are there already are taken. */
function createLevels(draft: Draft, titles: readonly string[], wish: Wish): number {
  for (const title of titles) if (title.includes('#')) throw objection('page.validation/name-no-hash')
  let above: number | undefined
  for (const [i, title] of titles.entries()) {
    const known = findLevel(draft, title, above, wish.isClass)
    const isLast = i === titles.length - 1
    const own = isLast ? wish : {...wish, properties: new ValueMap(), tags: [], uuid: draft.making.uuid()}
    if (known === undefined) above = makeWished(draft, title, own, placeUnder(draft, above, wish.isClass))
    else if (draft.isTagged(known, wish.isClass ? 'Tag' : 'Page')) above = known
    else
      throw objection(wish.isClass ? 'class.validation/parents-must-be-tags' : 'page.validation/parents-must-be-pages')
  }

  return present(above)
}

function findLevel(draft: Draft, title: string, above: number | undefined, isClass: boolean): number | undefined {
  const relation = isClass ? A.extends : A.parent
  const top = isClass ? draft.classId('Root') : libraryOf(draft)
  const found = draft.owners(A.name, blockName(title)).filter((e) => isPage(draft, e) && !isRecycled(draft, e))
  const isKind = (e: number) => draft.isTagged(e, isClass ? 'Tag' : 'Page')
  const there = found.filter((e) =>
    above === undefined
      ? !draft.has(e, relation) || draft.has(e, relation, top) || !isKind(e)
      : draft.has(e, relation, above),
  )
  return there.find((e) => isKind(e)) ?? there[0]
}

function placeUnder(draft: Draft, above: number | undefined, isClass: boolean): (readonly [Keyword, Value])[] {
  const parent = above ?? (isClass ? draft.classId('Root') : libraryOf(draft))
  if (parent === undefined) return []
  if (isClass) return [[A.extends, parent]]
  return [
    [A.parent, parent],
    [A.order, draft.lastOrder()],
  ]
}
