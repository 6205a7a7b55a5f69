import {DB} from '../../engine/idents.js'
import {avetRange} from '../../engine/index-ranges.js'
import {lastIn} from '../../engine/index/last.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {ExecutionContext} from '../../engine/task.js'
import {present} from '../../values/present.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {journalUuid} from '../derived-uuids.js'
import {Entities} from '../entities.js'
import {journalDayOf} from '../journal-title.js'
import {orderBetween} from '../order-keys.js'
import {TITLE_REF} from '../title-refs.js'
import {isAnyProperty} from '../validity/idents.js'
import type {ImportForm, PropertyForm} from './form.js'

/** Source of values from outside the graph, for an import. */
export interface Making {
  /** In ms since 1970. */
  now: number
  uuid(): Uuid
}

/** An entity of the graph, or the name of one that the import makes. */
export type Id = number | string

/** The facts of one entity, by attribute; several values of one attribute in a list. */
export type FactsOf = Map<Keyword, readonly Value[]>

const ADD = keyword('db/add')
const DATETIME = keyword('datetime')
const REF_TYPES = new Set(
  ['default', 'number', 'url', 'date', 'node', 'asset', 'entity', 'class', 'page', 'property'].map((name) =>
    keyword(name),
  ),
)

/** Puts the data of an import's transaction together. */
export class Builder {
  /** Number of parts of Logseq's own transaction: its clients show it. */
  count = 0
  readonly entities: Entities
  readonly form: ImportForm
  readonly making: Making
  readonly operations: Value[] = []
  readonly execution: ExecutionContext
  /** Entities that another one is shown with where it is a value: pages, and what has tags. */
  readonly #nodes = new Set<string>()
  /** Ids of entities in the import, by uuid. */
  readonly #ids = new Map<string, Id>()
  /** The uuid of an entity of the graph that stands for the one given. */
  readonly #instead = new Map<string, Uuid>()
  #made = 0
  #order: null | string
  /** UUIDs that the import names, for the count. */
  readonly #named = new Set<string>()

  constructor(db: StoredDatabase, form: ImportForm, making: Making, execution: ExecutionContext) {
    this.entities = new Entities(db)
    this.form = form
    this.making = making
    this.execution = execution
    const last = lastIn(db.avet, avetRange(A.order))?.v
    this.#order = typeof last === 'string' ? last : null
  }

  get db(): StoredDatabase {
    return this.entities.db
  }

  /** Names an entity that is to be made. @param isNode it is a page, or has tags */
  make(isNode: boolean): string {
    const id = `import-${++this.#made}`
    if (isNode) this.#nodes.add(id)
    return id
  }

  /** A key behind all others: what is imported stands behind what there is. */
  nextOrder(): string {
    this.#order = orderBetween(this.#order, null)
    return this.#order
  }

  /** Notes what the import means by a uuid. */
  call(uuid: Uuid, id: Id): void {
    this.#ids.set(uuid.text, id)
    const own = typeof id === 'number' ? this.db.first(id, A.uuid)?.v : undefined
    if (own instanceof Uuid && own.text !== uuid.text) this.#instead.set(uuid.text, own)
  }

  /** The entity that a uuid means: one of the import, or one of the graph. */
  called(uuid: Uuid): Id | undefined {
    return this.#ids.get(uuid.text) ?? this.db.first(undefined, A.uuid, uuid)?.e
  }

  /** Logseq names an entity before it is described where something refers to it. */
  countNamed(uuid: Uuid): void {
    if (this.#named.has(uuid.text)) return
    this.#named.add(uuid.text)
    this.count++
  }

  /** A text as it stands in this graph: entities that were there before have uuids of their own. */
  textOf(title: string): string {
    if (this.#instead.size === 0) return title
    return title.replaceAll(TITLE_REF, (text, uuid: string) => {
      const own = this.#instead.get(uuid.toLowerCase())
      return own ? `[[${own.text}]]` : text
    })
  }

  /** The type of a property's values. */
  typeOf(ident: Keyword): Value {
    const e = this.entities.idOf(ident)
    if (e !== undefined) return this.db.first(e, A.type)?.v ?? null
    return typeOfForm(this.form.properties.get(ident))
  }

  /** Returns true if the values of a property are entities. */
  isRef(ident: Keyword): boolean {
    if (this.entities.idOf(ident) !== undefined) return this.db.attributes.isRef(ident)
    return isRefType(typeOfForm(this.form.properties.get(ident)))
  }

  isMany(ident: Keyword): boolean {
    if (this.entities.idOf(ident) !== undefined) return this.db.attributes.isMany(ident)
    return this.form.properties.get(ident)?.cardinality === DB.many
  }

  /** States the facts of an entity, with the references that follow from them. */
  state(id: Id, facts: FactsOf): void {
    this.execution.reserveRows(facts.size)
    for (const [attribute, values] of facts)
      for (const value of values) this.operations.push([ADD, id, attribute, value])
    for (const ref of this.#refsOf(id, facts)) this.operations.push([ADD, id, A.refs, ref])
  }

  /** As Logseq finds the references of a node: in its tags, its link, its properties and its title. */
  #refsOf(id: Id, facts: FactsOf): Set<Id> {
    const refs = new Set<Id>()
    const aliases = (facts.get(A.alias) ?? []) as readonly Id[]
    for (const [attribute, values] of facts) {
      const isLink = attribute === A.link
      if (!isLink && !isAnyProperty(attribute) && attribute !== A.extends) continue
      const property = isLink ? undefined : this.#publicProperty(attribute)
      if (!isLink && property === undefined) continue
      if (property !== undefined) refs.add(property)
      for (const value of values) {
        const target = this.#targetOf(attribute, value, isLink || attribute === A.tags)
        if (target !== undefined) refs.add(target)
      }
    }

    for (const title of facts.get(A.title) ?? []) for (const ref of this.#mentioned(String(title))) refs.add(ref)
    for (const own of [id, ...aliases]) refs.delete(own)
    return refs
  }

  /** Finds the target of a property's value: a page or a tagged block, or the journal of a time. */
  #targetOf(attribute: Keyword, value: Value, isAlways: boolean): Id | undefined {
    if (isAlways || this.isRef(attribute)) return isAlways || this.#isNode(value as Id) ? (value as Id) : undefined
    const isTime = attribute === A.scheduled || attribute === A.deadline
    const isUserTime = !attribute.namespace?.startsWith('logseq.') && this.typeOf(attribute) === DATETIME
    const day = typeof value === 'number' && (isTime || isUserTime) ? journalDayOf(value) : undefined
    return day === undefined ? undefined : this.called(journalUuid(day))
  }

  #publicProperty(ident: Keyword): Id | undefined {
    const e = this.entities.idOf(ident)
    if (e === undefined) return this.form.properties.has(ident) ? this.definition(ident) : undefined
    const isPublic = this.db.first(e, A.public)?.v
    const isOwn = this.db.first(e, A.builtIn)?.v === true
    return (isOwn ? isPublic === true : isPublic !== false) ? e : undefined
  }

  #isNode(id: Id): boolean {
    if (typeof id === 'string') return this.#nodes.has(id)
    return this.db.first(id, A.name) !== undefined || this.db.first(id, A.tags) !== undefined
  }

  #mentioned(title: string): Id[] {
    if (!title.includes('[[')) return []
    return [...title.matchAll(TITLE_REF)].flatMap(([, uuid]) => this.called(new Uuid(present(uuid))) ?? [])
  }

  readonly #definitions = new Map<Keyword, Id>()

  /** The entity of a class or property: one of the graph, or one that the import makes. */
  definition(ident: Keyword): Id {
    let id = this.#definitions.get(ident) ?? this.entities.idOf(ident)
    if (id === undefined) {
      id = this.make(true)
      // An ident without a description is refused by the write: no graph may have one.
      if (!this.form.classes.has(ident) && !this.form.properties.has(ident))
        this.operations.push([ADD, id, DB.ident, ident])
    }

    this.#definitions.set(ident, id)
    return id
  }
}

/** Returns true if values of this type are entities. */
export function isRefType(type: Value): boolean {
  return type instanceof Keyword && REF_TYPES.has(type)
}

/** The type that a property of an import has. */
export function typeOfForm(form: PropertyForm | undefined): Value {
  return form?.type ?? keyword('default')
}

/** Several values of a property come as a set. */
export function valuesOf(value: Value): readonly Value[] {
  return value instanceof ValueSet ? [...value] : [value]
}
