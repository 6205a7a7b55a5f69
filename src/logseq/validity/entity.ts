import type {Database} from '../../engine/database.js'
import {Keyword, keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import type {Kind} from './shapes.js'
import {TAGS} from './shapes.js'

const UUID = keyword('block/uuid')
const IDENT = keyword('db/ident')
const HIDE = keyword('logseq.property/hide?')
const VALUE = keyword('logseq.property/value')
const CREATED_FROM = keyword('logseq.property/created-from-property')
const PLACEHOLDER = keyword('logseq.property/empty-placeholder')

/** The classes that make an entity a page, and that exclude each other beside `:logseq.class/Page`. */
export const PAGE_CLASSES = ['Tag', 'Property', 'Page', 'Journal', 'Whiteboard'].map((name) =>
  keyword(`logseq.class/${name}`),
)

/** Attributes that determine the kind of an entity. */
const TELLING: readonly (readonly [Keyword, Kind])[] = [
  [keyword('logseq.property.asset/type'), 'asset-block'],
  [keyword('file/path'), 'file-block'],
  [keyword('logseq.property.history/block'), 'property-history-block'],
  [keyword('block/closed-value-property'), 'closed-value-block'],
]

/** One entity with all that is said of it. */
export interface Entity {
  e: number
  facts: ReadonlyMap<Keyword, readonly Value[]>
}

/** Reads all facts of an entity. */
export function readEntity(db: Database, e: number): Entity {
  const facts = new Map<Keyword, Value[]>()
  for (const {a, v} of db.list(e)) {
    const values = facts.get(a)
    if (values === undefined) facts.set(a, [v])
    else values.push(v)
  }

  return {e, facts}
}

/** The single value of an attribute. */
export function valueOf({facts}: Entity, a: Keyword): undefined | Value {
  return facts.get(a)?.[0]
}

/** The ident of an entity, if it has one. */
export function identOf(entity: Entity): Keyword | undefined {
  const ident = valueOf(entity, IDENT)
  return ident instanceof Keyword ? ident : undefined
}

/** The entities of the classes that Logseq itself has, as far as one graph has them. */
export class Classes {
  readonly #db: Database
  readonly #ids = new Map<string, number | undefined>()

  constructor(db: Database) {
    this.#db = db
  }

  id(name: string): number | undefined {
    if (!this.#ids.has(name)) this.#ids.set(name, this.#db.first(undefined, IDENT, keyword(`logseq.class/${name}`))?.e)
    return this.#ids.get(name)
  }

  isTagged(e: number, name: string): boolean {
    const id = this.id(name)
    return id !== undefined && this.#db.first(e, TAGS, id) !== undefined
  }

  isPage(e: number): boolean {
    return ['Page', 'Journal', 'Tag', 'Property'].some((name) => this.isTagged(e, name))
  }

  /** Finds the kind of an entity. Without a uuid, its tags do not count. @returns undefined if it has none */
  kindOf(entity: Entity): Kind | undefined {
    const {e, facts} = entity
    const hasUuid = facts.has(UUID)
    const tagged = (name: string) => hasUuid && this.isTagged(e, name)
    if (facts.has(keyword('logseq.property.reaction/target'))) return 'reaction-entity'
    if (tagged('Property')) return 'property'
    if (tagged('Tag')) return 'class'
    const isPage = hasUuid && this.isPage(e)
    if (isPage && valueOf(entity, HIDE) === true) return 'hidden'
    if (isPage || tagged('Whiteboard')) return 'normal-page'
    for (const [attribute, kind] of TELLING) if (facts.has(attribute)) return kind
    if (facts.has(CREATED_FROM) && (valueOf(entity, VALUE) ?? false) !== false) return 'property-value-block'
    if (identOf(entity) === PLACEHOLDER) return 'property-value-placeholder'
    if (hasUuid) return 'block'
    return facts.has(IDENT) ? 'db-ident-key-value' : undefined
  }
}
