import {DB} from '../../engine/idents.js'
import {present} from '../../values/present.js'
import {type Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {type Entities, identOf, targetsOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {plain, shownTitle} from './titles.js'

const ALIAS = keyword('alias')
const ORIGINAL_TITLE = keyword('block.temp/original-title')
const PAGE = keyword('page?')
const UNIQUE_TITLE = keyword('block.temp/unique-title')

/** Marks of the beginning and the end of a hit, as Logseq's clients expect them. */
const [BEGIN, END] = ['$pfts_2lqh>$', '$<pfts_2lqh$']

/** Classes that are not shown behind a title: they only state the kind of entity. */
const NOT_SHOWN: ReadonlySet<null | string> = new Set(
  ['Asset', 'Journal', 'Page', 'Property', 'Tag', 'Whiteboard'].map((name) => `logseq.class/${name}`),
)

/** Options for marking the hits of a title. */
export interface Marking {
  /** All hits, or only the first. */
  all: boolean
  words: readonly string[]
}

/** Reason why something was found. */
interface Shown {
  /** Undefined where hits are not to be marked. */
  marking: Marking | undefined
  typed: string
}

/** Returns the map that a client shows for a found entity. */
export function resultOf(entities: Entities, entity: Entity, {marking, typed}: Shown): ValueMap {
  const isPage = entities.isPage(entity)
  const shown = shownTitle(entities, entity) ?? ''
  const title = isPage ? shown : plain(shown)
  const uuid = present(valueOf(entity, A.uuid))
  const page = valueOf(entity, A.page)
  const alias = aliasOf(entities, entity, typed.trim().toLowerCase())
  const facts: (readonly [Keyword, undefined | Value])[] = [
    [DB.id, entity.e],
    [A.uuid, uuid],
    [A.title, marked(title, marking)],
    [ORIGINAL_TITLE, valueOf(entity, A.title)],
    [UNIQUE_TITLE, [marked(title, marking), ...distinguishing(entities, entity, alias)].join(' ')],
    [PAGE, isPage || null],
    [A.page, typeof page === 'number' ? entities.db.first(page, A.uuid)?.v : uuid],
    [A.parent, valueOf(entity, A.parent)],
    [A.tags, tagsOf(entities, entity)],
    [ALIAS, alias && pageOf(entities, alias)],
  ]
  return new ValueMap(facts.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])))
}

/** Marks hits in a title, whatever their case. */
function marked(title: string, marking: Marking | undefined): string {
  if (!marking) return title
  const words = marking.words.filter((word) => word !== '').map((word) => escapeRegExp(word))
  if (words.length === 0) return title
  const pattern = new RegExp(words.join('|'), marking.all ? 'gi' : 'i')
  return title.replace(pattern, (hit) => `${BEGIN}${hit}${END}`)
}

/** Distinguishes entities of one title: by their tags, and by the page that they are an alias of. */
function distinguishing(entities: Entities, entity: Entity, alias: Entity | undefined): string[] {
  const tags = targetsOf(entity, A.tags)
    .map((e) => entities.get(e))
    .filter((tag) => !NOT_SHOWN.has(identOf(tag)?.fqn ?? null))
    .map((tag) => `#${entities.titleOf(tag) ?? ''}`)
  return alias ? [...tags, `-> alias: ${entities.titleOf(alias) ?? ''}`] : tags
}

function tagsOf(entities: Entities, entity: Entity): undefined | Value {
  const tags = targetsOf(entity, A.tags)
  if (tags.length === 0) return undefined
  return tags.map((e) => {
    const tag = entities.get(e)
    const map = new ValueMap([
      [DB.id, e],
      [A.title, entities.titleOf(tag) ?? ''],
    ])
    const ident = identOf(tag)
    return ident === null ? map : map.set(DB.ident, ident)
  })
}

/** The page that a page is an alias of, or else its own alias by which it was found. */
function aliasOf(entities: Entities, entity: Entity, typed: string): Entity | undefined {
  const owner = entities.db.first(undefined, A.alias, entity.e)?.e
  if (owner !== undefined) return entities.get(owner)
  const has = (page: Entity) => entities.titleOf(page)?.toLowerCase().includes(typed) ?? false
  if (has(entity)) return undefined
  return targetsOf(entity, A.alias)
    .map((e) => entities.get(e))
    .find((alias) => has(alias))
}

function pageOf(entities: Entities, page: Entity): ValueMap {
  return new ValueMap([
    [A.title, entities.titleOf(page) ?? ''],
    [A.uuid, valueOf(page, A.uuid) ?? null],
  ])
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
}
