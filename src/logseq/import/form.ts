import {DB} from '../../engine/idents.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword, keyword, Uuid} from '../../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {A} from '../attributes.js'
import {K} from '../export/keys.js'
import {illFormed} from './refusal.js'

/** Fields common to all parts of an export that have properties. */
interface Described {
  alias: readonly Value[]
  createdAt: number | undefined
  /** Something refers to it by its uuid, which it keeps. */
  keepsUuid: boolean
  properties: ValueMap
  tags: readonly Keyword[]
  updatedAt: number | undefined
  uuid: Uuid | undefined
}

export interface BlockForm extends Described {
  children: readonly BlockForm[]
  collapsed: boolean | undefined
  link: undefined | Value
  title: string
}

/** A page is named by its title, its day, or the uuid of a definition. */
export interface PageForm extends Described {
  blocks: readonly BlockForm[]
  day: number | undefined
  title: string | undefined
}

export interface ClosedValueForm {
  icon: undefined | Value
  uuid: Uuid | undefined
  value: Value
}

export interface PropertyForm extends Described {
  cardinality: Keyword | undefined
  classes: readonly Keyword[]
  closedValues: readonly ClosedValueForm[]
  title: string | undefined
  type: Keyword | undefined
}

export interface ClassForm extends Described {
  extended: readonly Keyword[]
  ownProperties: readonly Keyword[]
  title: string | undefined
}

/** An export of a part of a graph, as far as an import takes it. */
export interface ImportForm {
  classes: ReadonlyMap<Keyword, ClassForm>
  pages: readonly PageForm[]
  properties: ReadonlyMap<Keyword, PropertyForm>
}

/** @throws ImportRefused when it is not what an export makes; keys that no export has are passed over */
export function readForm(map: ValueMap): ImportForm {
  return {
    classes: new Map(definitions(map, K.classes).map(([ident, form]) => [ident, classForm(form, String(ident))])),
    pages: items(map.get(K.pagesAndBlocks), 'pages-and-blocks').map((item, i) =>
      pageForm(requireMap(item, `pages-and-blocks ${i}`), `pages-and-blocks ${i}`),
    ),
    properties: new Map(
      definitions(map, K.properties).map(([ident, form]) => [ident, propertyForm(form, String(ident))]),
    ),
  }
}

/** Reads what names a page as a value: `[:build/page {…}]`. */
export function pageForm(map: ValueMap, where: string): PageForm {
  const isEntry = map.has(K.page)
  const page = isEntry ? requireMap(map.get(K.page), `${where} :page`) : map
  const day = page.get(K.journal)
  const title = optionalText(page.get(A.title), where)
  const described = describedForm(page, where)
  if (day !== undefined && !(typeof day === 'number' && isDay(day)))
    throw illFormed(where, `a day such as 20260131 as :build/journal, got ${showEdn(day)}`)
  if (day === undefined && (title === undefined || title.trim() === '') && described.uuid === undefined)
    throw illFormed(where, 'a page with :block/title, :build/journal or :block/uuid')
  return {...described, blocks: isEntry ? blocks(map.get(K.blocks), where) : [], day, title}
}

/** Reads a block that is the value of a property. */
export function blockForm(map: ValueMap, where: string): BlockForm {
  const title = optionalText(map.get(A.title), where)
  if (title === undefined) throw illFormed(where, 'a block with :block/title')
  const collapsed = map.get(A.collapsed)
  if (collapsed !== undefined && typeof collapsed !== 'boolean')
    throw illFormed(where, 'a boolean as :block/collapsed?')
  return {
    ...describedForm(map, where),
    children: blocks(map.get(K.children), where),
    collapsed,
    link: map.get(A.link),
    title,
  }
}

function blocks(value: undefined | Value, where: string): BlockForm[] {
  return items(value, where).map((item) => blockForm(requireMap(item, `${where}, a block`), `${where}, a block`))
}

function propertyForm(map: ValueMap, where: string): PropertyForm {
  const [cardinality, type] = [map.get(DB.cardinality), map.get(A.type)]
  if (cardinality !== undefined && cardinality !== DB.one && cardinality !== DB.many)
    throw illFormed(where, `:db.cardinality/one or :db.cardinality/many, got ${showEdn(cardinality)}`)
  if (type !== undefined && !(type instanceof Keyword)) throw illFormed(where, 'a keyword as :logseq.property/type')
  return {
    ...describedForm(map, where),
    cardinality: cardinality as Keyword | undefined,
    classes: idents(map.get(K.propertyClasses), where),
    closedValues: items(map.get(K.closedValues), where).map((item) => closedValueForm(requireMap(item, where), where)),
    title: optionalText(map.get(A.title), where),
    type,
  }
}

function closedValueForm(map: ValueMap, where: string): ClosedValueForm {
  const [value, uuid] = [map.get(K.value), map.get(K.uuid)]
  if (value === undefined || value === null) throw illFormed(where, 'a :value in each of :build/closed-values')
  if (uuid !== undefined && !(uuid instanceof Uuid)) throw illFormed(where, 'a UUID as :uuid of a closed value')
  return {icon: map.get(K.icon), uuid, value}
}

function classForm(map: ValueMap, where: string): ClassForm {
  return {
    ...describedForm(map, where),
    extended: idents(map.get(K.classExtends), where),
    ownProperties: idents(map.get(K.classProperties), where),
    title: optionalText(map.get(A.title), where),
  }
}

function describedForm(map: ValueMap, where: string): Described {
  const uuid = map.get(A.uuid)
  if (uuid !== undefined && !(uuid instanceof Uuid)) throw illFormed(where, 'a UUID as :block/uuid')
  const properties = map.get(K.buildProperties) ?? new ValueMap()
  for (const key of requireMap(properties, where).keys())
    if (!(key instanceof Keyword)) throw illFormed(where, `keywords in :build/properties, got ${showEdn(key)}`)
  return {
    alias: items(map.get(A.alias), where),
    createdAt: time(map.get(A.createdAt), where),
    keepsUuid: map.get(K.keepUuid) === true,
    properties: requireMap(properties, where),
    tags: idents(map.get(K.tags), where),
    updatedAt: time(map.get(A.updatedAt), where),
    uuid,
  }
}

function definitions(map: ValueMap, key: Keyword): (readonly [Keyword, ValueMap])[] {
  const given = map.get(key) ?? new ValueMap()
  return [...requireMap(given, String(key))].map(([ident, form]) => {
    if (!(ident instanceof Keyword) || ident.namespace === null)
      throw illFormed(String(key), `keywords with a namespace, got ${showEdn(ident)}`)
    return [ident, requireMap(form, String(ident))] as const
  })
}

function idents(value: undefined | Value, where: string): Keyword[] {
  return items(value, where).map((item) => {
    if (item instanceof Keyword) return item
    throw illFormed(where, `idents, got ${showEdn(item)}`)
  })
}

function items(value: undefined | Value, where: string): readonly Value[] {
  if (value === undefined || value === null) return []
  if (value instanceof List) return value.items
  if (value instanceof ValueSet) return [...value]
  if (Array.isArray(value)) return value as readonly Value[]
  throw illFormed(where, `a collection, got ${showEdn(value)}`)
}

function requireMap(value: undefined | Value, where: string): ValueMap {
  if (value instanceof ValueMap) return value
  throw illFormed(where, `a map, got ${showEdn(value ?? null)}`)
}

function optionalText(value: undefined | Value, where: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw illFormed(where, `text as :block/title, got ${showEdn(value)}`)
}

function time(value: undefined | Value, where: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value
  throw illFormed(where, `a time in ms, got ${showEdn(value)}`)
}

function isDay(day: number): boolean {
  const [year, month, date] = [Math.floor(day / 10_000), Math.floor(day / 100) % 100, day % 100]
  const moment = new Date(Date.UTC(year, month - 1, date))
  return Number.isInteger(day) && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === date
}

/** The name of the import's options. */
export const IMPORT_OPTIONS = keyword('logseq.db.sqlite.export/import-options')
