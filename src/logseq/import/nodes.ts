import type {CooperativeTask} from '../../engine/task.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {K} from '../export/keys.js'
import {DEFAULT_TITLE_FORMAT, journalTitle} from '../journal-title.js'
import {blockName} from '../names.js'
import {isInternalPropertyIdent} from '../validity/idents.js'
import {type Builder, type FactsOf, type Id, valuesOf} from './builder.js'
import {type BlockForm, blockForm, type PageForm, pageForm} from './form.js'
import {PageIds} from './page-ids.js'
import {choiceWith, namedEntity, uuidEntity} from './references.js'
import {illFormed} from './refusal.js'

const NUMBER = keyword('number')
const RETRACT = keyword('db/retract')
const RETRACT_ENTITY = keyword('db/retractEntity')

/** Place of a block. */
interface Place {
  page: Id
  parent: Id
}

/** Builds pages and blocks, and the values of properties. */
export class Nodes {
  readonly #builder: Builder
  /** Pages that have an entry of their own, where they are described. */
  readonly #entries = new Set<Id>()
  readonly #keepsProperties: boolean
  readonly #pages: PageIds
  /** New pages that have been described by now. */
  readonly #stated = new Set<Id>()
  /** New pages that are the value of a property. */
  readonly #valuePages = new Set<Id>()

  /** @param keepsProperties a page that is there keeps the values that it has */
  constructor(builder: Builder, keepsProperties: boolean) {
    this.#builder = builder
    this.#keepsProperties = keepsProperties
    this.#pages = new PageIds(builder)
  }

  /** Finds out which pages and blocks there are, before anything refers to them. */
  *declare(): CooperativeTask<void> {
    for (const page of this.#builder.form.pages) {
      this.#entries.add(this.#pages.idOf(page))
      yield* this.#declareBlocks(page.blocks)
    }
  }

  *#declareBlocks(blocks: readonly BlockForm[]): CooperativeTask<void> {
    const builder = this.#builder
    for (const block of blocks) {
      if (builder.execution.shouldYield()) yield
      if (block.uuid && block.keepsUuid)
        builder.call(block.uuid, builder.called(block.uuid) ?? builder.make(block.tags.length > 0))
      yield* this.#declareBlocks(block.children)
    }
  }

  *build(): CooperativeTask<void> {
    for (const page of this.#builder.form.pages) yield* this.#buildPage(page)
  }

  *#buildPage(form: PageForm): CooperativeTask<void> {
    const builder = this.#builder
    const id = this.#pages.idOf(form)
    builder.count++
    const isNew = typeof id === 'string' && !this.#stated.has(id)
    if (form.title !== undefined || form.day !== undefined) {
      const uuid = isNew ? this.#pages.uuidOf(form) : builder.db.first(id as number, A.uuid)?.v
      if (uuid instanceof Uuid && (!isNew || form.keepsUuid || form.day !== undefined)) builder.countNamed(uuid)
      yield* isNew ? this.#newPage(id, form) : this.#knownPage(id, form)
    }

    for (const block of form.blocks) yield* this.#buildBlock(block, {page: id, parent: id})
  }

  *#newPage(id: Id, form: PageForm): CooperativeTask<void> {
    const builder = this.#builder
    const title = this.#pages.titleOf(form)
    this.#stated.add(id)
    const tag = builder.entities.classId(form.day === undefined ? 'Page' : 'Journal')
    const facts: FactsOf = new Map<Keyword, readonly Value[]>([
      [A.uuid, [this.#pages.uuidOf(form)]],
      [A.title, [builder.textOf(title)]],
      [A.name, [blockName(form.day === undefined ? title : journalTitle(form.day, DEFAULT_TITLE_FORMAT))]],
      ...this.#times(form),
    ])
    if (form.day !== undefined) facts.set(A.journalDay, [form.day])
    const tags = [tag, ...form.tags.map((ident) => builder.definition(ident))]
    facts.set(A.tags, distinct(tags.filter((one) => one !== undefined)))
    if (form.alias.length > 0)
      facts.set(
        A.alias,
        form.alias.map((alias) => uuidEntity(builder, alias)),
      )
    yield* this.#addProperties(facts, form.properties, {page: id, parent: id})
    builder.state(id, facts)
  }

  /** A page that is there gets what it lacks; its values are replaced, unless they are to be kept. */
  *#knownPage(id: Id, form: PageForm): CooperativeTask<void> {
    const builder = this.#builder
    const facts: FactsOf = new Map()
    if (form.tags.length > 0) facts.set(A.tags, distinct(form.tags.map((ident) => builder.definition(ident))))
    if (form.alias.length > 0)
      facts.set(
        A.alias,
        form.alias.map((alias) => uuidEntity(builder, alias)),
      )
    const properties = new ValueMap()
    for (const [ident, value] of form.properties)
      if (!this.#keepsProperties || !this.#has(id, ident as Keyword)) properties.set(ident, value)
    yield* this.#addProperties(facts, properties, {page: id, parent: id})
    for (const ident of properties.keys()) this.#dropValues(id, ident as Keyword, facts)
    builder.state(id, facts)
  }

  #has(id: Id, ident: Keyword): boolean {
    return typeof id === 'number' && this.#builder.db.first(id, ident) !== undefined
  }

  /** Takes away the values that others take the place of, and the blocks that were made for them alone. */
  #dropValues(id: Id, ident: Keyword, facts: FactsOf): void {
    const {db, operations} = this.#builder
    if (typeof id !== 'number') return
    const isRef = db.attributes.isRef(ident)
    for (const {v} of db.list(id, ident)) {
      if (facts.get(ident)?.includes(v)) continue
      const isOwn = isRef && db.first(v as number, A.createdFrom) && db.first(v as number, A.parent)?.v === id
      if (isOwn && !db.first(v as number, A.choiceOf)) operations.push([RETRACT_ENTITY, v])
      else operations.push([RETRACT, id, ident, v])
    }
  }

  *#buildBlock(form: BlockForm, place: Place): CooperativeTask<void> {
    const builder = this.#builder
    builder.count++
    if (builder.execution.shouldYield()) yield
    if (form.uuid && form.keepsUuid) builder.countNamed(form.uuid)
    const known = form.uuid && form.keepsUuid ? builder.called(form.uuid) : undefined
    const id = known ?? builder.make(form.tags.length > 0)
    if (typeof id === 'string') yield* this.#newBlock(id, form, place, new Map())
    const own = typeof id === 'number' ? builder.db.first(id, A.page)?.v : undefined
    const page = typeof own === 'number' ? own : place.page
    // A block that is there stays as it is, where it is; what is new below it goes there.
    for (const child of form.children) yield* this.#buildBlock(child, {page, parent: id})
  }

  *#newBlock(id: string, form: BlockForm, place: Place, facts: FactsOf): CooperativeTask<void> {
    const builder = this.#builder
    facts.set(A.uuid, [form.keepsUuid && form.uuid ? form.uuid : builder.making.uuid()])
    facts.set(A.title, [builder.textOf(form.title)])
    facts.set(A.page, [place.page])
    facts.set(A.parent, [place.parent])
    facts.set(A.order, [builder.nextOrder()])
    for (const [attribute, values] of this.#times(form)) facts.set(attribute, values)
    if (form.collapsed !== undefined) facts.set(A.collapsed, [form.collapsed])
    if (form.link !== undefined) facts.set(A.link, [uuidEntity(builder, form.link)])
    if (form.tags.length > 0) facts.set(A.tags, distinct(form.tags.map((ident) => builder.definition(ident))))
    yield* this.#addProperties(facts, form.properties, {page: place.page, parent: id})
    builder.state(id, facts)
  }

  *#addProperties(facts: FactsOf, properties: ValueMap, place: Place): CooperativeTask<void> {
    if ([...properties.keys()].some((ident) => !isInternalPropertyIdent(ident as Keyword))) this.#builder.count++
    yield* this.describe(facts, properties, place)
  }

  /** Adds the values of properties to the facts of an entity. @param place of the blocks that are made for values */
  *describe(facts: FactsOf, properties: ValueMap, place: Place): CooperativeTask<void> {
    const builder = this.#builder
    for (const [key, given] of properties) {
      const ident = key as Keyword
      const values = valuesOf(given)
      if (values.length > 1 && !builder.isMany(ident))
        throw illFormed(String(ident), `one value, got ${showEdn(given)}`)
      const built: Value[] = []
      for (const value of values) built.push(yield* this.#value(ident, value, place))
      if (built.length > 0) facts.set(ident, distinct(built))
    }
  }

  *#value(ident: Keyword, value: Value, place: Place): CooperativeTask<Value> {
    const builder = this.#builder
    if (!builder.isRef(ident)) return value
    if (value instanceof Keyword) return namedEntity(builder, value)
    if (value instanceof ValueMap) {
      if (value.get(K.propertyValue) !== K.buildBlock) throw illFormed(String(ident), `a value, got ${showEdn(value)}`)
      const form = blockForm(value, String(ident))
      return yield* this.#valueBlock(ident, form, place)
    }

    if (!Array.isArray(value)) return choiceWith(builder, ident, value) ?? (yield* this.#ownValue(ident, value, place))
    const [kind, held] = value as readonly Value[]
    if (kind === A.uuid && held instanceof Uuid) return uuidEntity(builder, value)
    if (kind !== K.buildPage || !(held instanceof ValueMap))
      throw illFormed(String(ident), `a value, got ${showEdn(value)}`)
    return yield* this.#valuePage(pageForm(held, String(ident)))
  }

  *#valuePage(form: PageForm): CooperativeTask<Id> {
    const builder = this.#builder
    const id = this.#pages.idOf(form)
    if (typeof id === 'number' || this.#valuePages.has(id)) return id
    builder.count++
    this.#valuePages.add(id)
    if (this.#stated.has(id) || this.#entries.has(id)) return id // described where its entry is
    if (form.day !== undefined) builder.countNamed(this.#pages.uuidOf(form))
    yield* this.#newPage(id, form)
    return id
  }

  *#ownValue(ident: Keyword, value: Value, place: Place): CooperativeTask<Id> {
    const builder = this.#builder
    const isNumber = builder.typeOf(ident) === NUMBER
    const id = builder.make(false)
    builder.count++
    if (builder.execution.shouldYield()) yield
    const facts: FactsOf = new Map<Keyword, readonly Value[]>([
      [A.uuid, [builder.making.uuid()]],
      [isNumber ? A.value : A.title, [isNumber || typeof value !== 'string' ? value : builder.textOf(value)]],
      [A.page, [place.page]],
      [A.parent, [place.parent]],
      [A.order, [builder.nextOrder()]],
      [A.createdFrom, [builder.definition(ident)]],
      [A.createdAt, [builder.making.now]],
      [A.updatedAt, [builder.making.now]],
    ])
    builder.state(id, facts)
    return id
  }

  *#valueBlock(ident: Keyword, form: BlockForm, place: Place): CooperativeTask<Id> {
    const builder = this.#builder
    const id = builder.make(form.tags.length > 0)
    builder.count++
    yield* this.#newBlock(id, form, place, new Map([[A.createdFrom, [builder.definition(ident)]]]))
    for (const child of form.children) yield* this.#buildBlock(child, {page: place.page, parent: id})
    return id
  }

  #times({createdAt, updatedAt}: {createdAt: number | undefined; updatedAt: number | undefined}) {
    const {now} = this.#builder.making
    return [
      [A.createdAt, [createdAt ?? now]],
      [A.updatedAt, [updatedAt ?? createdAt ?? now]],
    ] as const
  }
}

function distinct(values: readonly Value[]): Value[] {
  return [...new Set(values)]
}
