import {DB} from '../engine/idents.js'
import type {StoredDatabase} from '../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../engine/task.js'
import {Keyword, keyword, Uuid} from '../values/scalars.js'
import type {Value} from '../values/types.js'
import {A} from './attributes.js'
import {DEFAULT_TITLE_FORMAT, journalTitle} from './journal-title.js'
import {blockName} from './names.js'
import {collect} from './scans.js'
import {TAG_OR_TITLE_REF} from './title-refs.js'
import {type Entity, readEntity, valueOf} from './validity/entity.js'

const CHECKBOX = keyword('checkbox')
const TITLE_FORMAT = keyword('logseq.property.journal/title-format')

/** Number of entities that are kept while one call runs. */
const KEPT = 4096

/** Maximum number of ancestors that are followed: a cycle ends there. */
const MAX_DEPTH = 1000

/** The classes whose members are pages. */
const PAGE_CLASSES = ['Page', 'Journal', 'Tag', 'Property', 'Whiteboard'] as const

/** Looks up entities of one state of a graph as a person sees them: display titles, default values, hidden entities. */
export class Entities {
  readonly db: StoredDatabase
  readonly #classes = new Map<string, number | undefined>()
  readonly #defaults = new Map<Keyword, undefined | Value>()
  readonly #kept = new Map<number, Entity>()
  #titleFormat: string | undefined

  constructor(db: StoredDatabase) {
    this.db = db
  }

  /** An entity with all that is said of it; one that does not exist has no facts. */
  get(e: number): Entity {
    const known = this.#kept.get(e)
    if (known) return known
    if (this.#kept.size >= KEPT) this.#kept.clear()
    const entity = readEntity(this.db, e)
    this.#kept.set(e, entity)
    return entity
  }

  /**
   * Finds what a client names: a number, ident, lookup ref, UUID, or `[:block/name NAME]`.
   * @returns undefined when it does not exist
   * @throws ServerError `invalid-entity-id`
   */
  lookUp(id: Value): Entity | undefined {
    const e = this.#numberOf(id)
    if (e === undefined) return undefined
    const entity = this.get(e)
    return entity.facts.size > 0 ? entity : undefined
  }

  /** Finds a page by its name, whatever the case; the oldest of several. */
  pageNamed(title: string): Entity | undefined {
    const e = this.db.first(undefined, A.name, blockName(title.trim()))?.e
    return e === undefined ? undefined : this.get(e)
  }

  /** Finds the entity of a class that Logseq itself has. @param name `Task` */
  classId(name: string): number | undefined {
    if (!this.#classes.has(name)) this.#classes.set(name, this.idOf(keyword(`logseq.class/${name}`)))
    return this.#classes.get(name)
  }

  idOf(ident: Keyword): number | undefined {
    return this.db.first(undefined, DB.ident, ident)?.e
  }

  /** The value of an attribute, or the default of the property that the attribute is. */
  valueOf(entity: Entity, attribute: Keyword): undefined | Value {
    return valueOf(entity, attribute) ?? this.#defaultOf(attribute)
  }

  /** The ident of the entity that an attribute refers to. */
  identAt(entity: Entity, attribute: Keyword): Keyword | null {
    const target = this.valueOf(entity, attribute)
    return typeof target === 'number' ? identOf(this.get(target)) : null
  }

  isTagged(entity: Entity, name: string): boolean {
    const tag = this.classId(name)
    return tag !== undefined && (entity.facts.get(A.tags)?.includes(tag) ?? false)
  }

  isPage(entity: Entity): boolean {
    return PAGE_CLASSES.some((name) => this.isTagged(entity, name))
  }

  /** Returns true for a class or a property. */
  isDefinition(entity: Entity): boolean {
    return this.isTagged(entity, 'Tag') || this.isTagged(entity, 'Property')
  }

  isRecycled(entity: Entity): boolean {
    let at: Entity | undefined = entity
    for (let depth = 0; at && depth < MAX_DEPTH; depth++) {
      if (at.facts.has(A.deletedAt)) return true
      const above: Value | undefined = valueOf(at, A.parent)
      at = typeof above === 'number' ? this.get(above) : undefined
    }

    return false
  }

  /** Returns true if an entity is hidden itself, or in the recycle bin. */
  isHidden(entity: Entity): boolean {
    return valueOf(entity, A.hide) === true || this.isRecycled(entity)
  }

  /** Returns true if the titles of journals have the form that their names have. */
  get namesJournalsByTitle(): boolean {
    return this.#format() === DEFAULT_TITLE_FORMAT
  }

  /** The title as a person sees it: references to pages by their titles, journals in the format of the graph. */
  titleOf(entity: Entity): string | undefined {
    const title = this.#ownTitle(entity)
    return title?.includes('[[') ? this.#withPageTitles(entity, title) : title
  }

  /** The entities above an entity, the nearest first. */
  *above(entity: Entity): Generator<Entity, void, undefined> {
    const seen = new Set([entity.e])
    for (let parent = valueOf(entity, A.parent); typeof parent === 'number';) {
      if (seen.has(parent)) return
      seen.add(parent)
      const next = this.get(parent)
      yield next
      parent = valueOf(next, A.parent)
    }
  }

  /** Finds the children of an entity, in their order, with the values of its properties. */
  *allChildren(e: number, execution: ExecutionContext): CooperativeTask<Entity[]> {
    const children = yield* collect(this.db.scan(undefined, A.parent, e), execution, (datom) => this.get(datom.e))
    return children.sort(compareOrder)
  }

  /** The blocks under an entity, in their order. */
  *children(e: number, execution: ExecutionContext): CooperativeTask<Entity[]> {
    return (yield* this.allChildren(e, execution)).filter((child) => !isPropertyValue(child))
  }

  /** Returns true if an entity has children. @param withValues counts values of its properties, too */
  hasChildren(e: number, {withValues}: {withValues: boolean}): boolean {
    if (withValues) return this.db.first(undefined, A.parent, e) !== undefined
    const cursor = this.db.scan(undefined, A.parent, e)
    for (let batch = cursor.next(); batch; batch = cursor.next())
      if (batch.some((datom) => !isPropertyValue(this.get(datom.e)))) return true
    return false
  }

  #numberOf(id: Value): number | undefined {
    if (id instanceof Uuid) return this.db.first(undefined, A.uuid, id)?.e
    if (Array.isArray(id) && id.length === 2 && id[0] === A.name && typeof id[1] === 'string')
      return this.pageNamed(id[1])?.e
    return this.db.entid(id)
  }

  #defaultOf(attribute: Keyword): undefined | Value {
    if (attribute.namespace === 'block' || attribute.namespace === 'db') return undefined
    if (!this.#defaults.has(attribute)) {
      const id = this.idOf(attribute)
      const property = id === undefined ? undefined : this.get(id)
      const isCheckbox = property !== undefined && valueOf(property, A.type) === CHECKBOX
      const held = property && valueOf(property, isCheckbox ? A.scalarDefault : A.defaultValue)
      this.#defaults.set(attribute, held)
    }

    return this.#defaults.get(attribute)
  }

  #format(): string {
    if (this.#titleFormat === undefined) {
      const journal = this.classId('Journal')
      const format = journal === undefined ? undefined : valueOf(this.get(journal), TITLE_FORMAT)
      this.#titleFormat = typeof format === 'string' ? format : DEFAULT_TITLE_FORMAT
    }

    return this.#titleFormat
  }

  #ownTitle(entity: Entity): string | undefined {
    const day = valueOf(entity, A.journalDay)
    if (typeof day === 'number') return journalTitle(day, this.#format())
    const title = valueOf(entity, A.title)
    return typeof title === 'string' ? title : undefined
  }

  /** References within the titles of these pages stay as they are: two pages may name each other. */
  #withPageTitles(entity: Entity, title: string): string {
    return title.replaceAll(TAG_OR_TITLE_REF, (text, sign: string, uuid: string) => {
      const e = this.db.first(undefined, A.uuid, new Uuid(uuid))?.e
      if (e === undefined || !entity.facts.get(A.refs)?.includes(e)) return text
      const page = this.get(e)
      const name = this.isPage(page) ? this.#ownTitle(page) : undefined
      if (name === undefined) return text
      return sign === '#' && !/\s/.test(name) ? `#${name}` : `${sign}[[${name}]]`
    })
  }
}

/** The ident of an entity; null when it has none. */
export function identOf(entity: Entity): Keyword | null {
  const ident = valueOf(entity, DB.ident)
  return ident instanceof Keyword ? ident : null
}

/** The entities that an entity refers to by an attribute. */
export function targetsOf(entity: Entity, attribute: Keyword): readonly number[] {
  return (entity.facts.get(attribute) ?? []) as readonly number[]
}

/** Returns true for the text or number of a property's value, or a choice of a property. */
export function isPropertyValue({facts}: Entity): boolean {
  return facts.has(A.createdFrom) || facts.has(A.choiceOf)
}

/** Compares two entities by their `:block/order`, those without first. */
export function compareOrder(a: Entity, b: Entity): number {
  const [first, second] = [valueOf(a, A.order) ?? '', valueOf(b, A.order) ?? '']
  if (first === second) return a.e - b.e
  return first < second ? -1 : 1
}
