import {Uuid} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {type Entities, targetsOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'

/** Longer titles are not searched, in characters. */
export const MAX_TITLE = 10_000

/** Maximum nesting of titles within titles. */
const MAX_NESTED = 5

/** Maximum number of pages above a page. */
const MAX_ABOVE = 100

const TITLE_REF = /\[\[([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})]]/gi

/** The title that an entity is found by; undefined when it is not searched for. */
export function searchedTitle(entities: Entities, entity: Entity): string | undefined {
  const shown = shownTitle(entities, entity)
  if (shown === undefined || shown.trim() === '') return undefined
  const title = entities.isPage(entity) ? pageTitle(entities, entity, shown) : plain(shown)
  return title.length > MAX_TITLE ? undefined : title
}

/** The title as a person sees it: what it refers to is named by its own title. */
export function shownTitle(entities: Entities, entity: Entity, nested = 0): string | undefined {
  const title = entities.titleOf(entity)
  if (title === undefined || nested === MAX_NESTED || !title.includes('[[')) return title
  return title.replaceAll(TITLE_REF, (text, uuid: string) => {
    const e = entities.db.first(undefined, A.uuid, new Uuid(uuid))?.e
    const named = e === undefined ? undefined : shownTitle(entities, entities.get(e), nested + 1)
    return named === undefined ? text : `[[${named}]]`
  })
}

/** A text without accents, and with one form of each character: it is found however it is typed. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .normalize('NFC')
}

/** A page is found by what is above it, too, by its aliases, and a journal by its day. */
function pageTitle(entities: Entities, page: Entity, title: string): string {
  const day = valueOf(page, A.journalDay)
  const aliases = targetsOf(page, A.alias).map((e) => entities.titleOf(entities.get(e)))
  const parts = [[...titlesAbove(entities, page), title].join('/'), ...aliases, day]
  return parts.filter((part) => part !== undefined).join(' ')
}

function titlesAbove(entities: Entities, page: Entity): string[] {
  if (entities.isTagged(page, 'Tag')) return extendedTitle(entities, page)
  const titles: string[] = []
  for (const above of entities.above(page)) {
    if (valueOf(above, A.builtIn) === true || !entities.isPage(above) || titles.length === MAX_ABOVE) break
    titles.unshift(entities.titleOf(above) ?? '')
  }

  return titles
}

function extendedTitle(entities: Entities, page: Entity): string[] {
  const extended = targetsOf(page, A.extends)
    .map((e) => entities.get(e))
    .find((one) => valueOf(one, A.builtIn) !== true)
  return extended ? [entities.titleOf(extended) ?? ''] : []
}
