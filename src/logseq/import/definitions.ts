import {DB} from '../../engine/idents.js'
import type {CooperativeTask} from '../../engine/task.js'
import {present} from '../../values/present.js'
import {type Keyword, keyword, type Uuid} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {A} from '../attributes.js'
import {identUuid} from '../derived-uuids.js'
import {blockName} from '../names.js'
import {type Builder, type FactsOf, type Id, isRefType, typeOfForm} from './builder.js'
import type {ClassForm, ClosedValueForm, PropertyForm} from './form.js'
import type {Nodes} from './nodes.js'
import {ImportRefused} from './refusal.js'

const CLASSES = keyword('logseq.property/classes')
const NUMBER = keyword('number')
const ROOT = keyword('logseq.class/Root')

/** Finds out which classes, properties and choices there are, before anything refers to them. */
export function* declareDefinitions(builder: Builder): CooperativeTask<void> {
  const {classes, properties} = builder.form
  for (const [ident, {keepsUuid, uuid}] of [...classes, ...properties]) {
    if (builder.execution.shouldYield()) yield
    const id = builder.definition(ident)
    if (uuid && keepsUuid) builder.call(uuid, id)
  }

  for (const [ident, {closedValues}] of properties) {
    for (const choice of closedValues) {
      const known = choiceOf(builder, ident, choice)
      if (choice.uuid) builder.call(choice.uuid, known ?? builder.make(false))
    }
  }
}

/** A choice of the graph: of this uuid, or of this value. */
function choiceOf({db, entities}: Builder, ident: Keyword, {uuid, value}: ClosedValueForm): number | undefined {
  const found = uuid && db.first(undefined, A.uuid, uuid)?.e
  const property = entities.idOf(ident)
  if (found !== undefined || property === undefined) return found
  const choices = db.list(undefined, A.choiceOf, property).map(({e}) => e)
  return choices.find((e) => (db.first(e, A.value) ?? db.first(e, A.title))?.v === value)
}

/**
 * Builds the classes and properties that the graph does not have. Those that it has stay as they are, but for properties
 * and choices that are new to them.
 * @throws ImportRefused when a property of the graph has another type, or another number of values
 */
export function* buildDefinitions(builder: Builder, nodes: Nodes): CooperativeTask<void> {
  const {classes, properties} = builder.form
  requireNoConflict(builder)
  requireNoCycle(builder)
  for (const ident of inOrder(builder)) yield* buildProperty(builder, nodes, ident, present(properties.get(ident)))
  for (const [ident, form] of classes) yield* buildClass(builder, nodes, ident, form)
}

/** Logseq shows the properties of a class in their own order: it is that of the classes. */
function inOrder({form: {classes, properties}}: Builder): Set<Keyword> {
  const ofClasses = [...classes.values()].flatMap(({ownProperties}) => ownProperties)
  return new Set([...ofClasses.filter((ident) => properties.has(ident)), ...properties.keys()])
}

function requireNoConflict({db, entities, form}: Builder): void {
  const other = [...form.properties].filter(([ident, {cardinality, type}]) => {
    const e = entities.idOf(ident)
    if (e === undefined) return false
    const own = {cardinality: db.first(e, DB.cardinality)?.v ?? DB.one, type: db.first(e, A.type)?.v}
    return (type ?? own.type) !== own.type || (cardinality ?? own.cardinality) !== own.cardinality
  })
  if (other.length === 0) return
  const names = other.map(([ident]) => String(ident)).join(' ')
  throw new ImportRefused(`The following imported properties conflict with the current graph: [${names}]`, {
    isAnswer: true,
  })
}

function requireNoCycle({form: {classes}}: Builder): void {
  const done = new Set<Keyword>()
  for (const start of classes.keys()) {
    const open = [...(classes.get(start)?.extended ?? [])]
    const seen = new Set<Keyword>()
    for (let ident = open.pop(); ident !== undefined; ident = open.pop()) {
      if (ident === start) throw new ImportRefused(`Cycle detected in :build/class-extends at ${start}`)
      if (seen.has(ident) || done.has(ident)) continue
      seen.add(ident)
      for (const next of classes.get(ident)?.extended ?? []) open.push(next)
    }

    done.add(start)
  }
}

function* buildProperty(builder: Builder, nodes: Nodes, ident: Keyword, form: PropertyForm): CooperativeTask<void> {
  const id = builder.definition(ident)
  builder.count++
  countKept(builder, form)
  if (typeof id === 'string') {
    const type = typeOfForm(form)
    const facts = yield* begun(builder, nodes, {form, id, ident, tag: 'Property'})
    facts.set(A.order, [builder.nextOrder()])
    facts.set(A.type, [type])
    facts.set(DB.cardinality, [form.cardinality ?? DB.one])
    facts.set(DB.index, [true])
    if (isRefType(type)) facts.set(DB.valueType, [DB.ref])
    if (form.classes.length > 0)
      facts.set(
        CLASSES,
        form.classes.map((one) => builder.definition(one)),
      )
    builder.state(id, facts)
  }

  for (const choice of form.closedValues) buildChoice(builder, ident, choice)
}

function buildChoice(builder: Builder, ident: Keyword, choice: ClosedValueForm): void {
  builder.count++
  if (choiceOf(builder, ident, choice) !== undefined) return
  const property = builder.definition(ident)
  const isNumber = builder.typeOf(ident) === NUMBER
  const id = (choice.uuid && builder.called(choice.uuid)) ?? builder.make(false)
  const facts: FactsOf = new Map<Keyword, readonly Value[]>([
    [A.uuid, [choice.uuid ?? builder.making.uuid()]],
    [isNumber ? A.value : A.title, [choice.value]],
    [A.page, [property]],
    [A.parent, [property]],
    [A.order, [builder.nextOrder()]],
    [A.choiceOf, [property]],
    [A.createdFrom, [property]],
    [A.createdAt, [builder.making.now]],
    [A.updatedAt, [builder.making.now]],
  ])
  if (choice.icon !== undefined) facts.set(A.icon, [choice.icon])
  builder.state(id, facts)
}

function* buildClass(builder: Builder, nodes: Nodes, ident: Keyword, form: ClassForm): CooperativeTask<void> {
  const id = builder.definition(ident)
  builder.count++
  countKept(builder, form)
  const own = form.ownProperties.map((one) => builder.definition(one))
  const facts: FactsOf =
    typeof id === 'string' ? yield* begun(builder, nodes, {form, id, ident, tag: 'Tag'}) : new Map()
  if (own.length > 0) facts.set(A.classProperties, own)
  if (typeof id === 'string') {
    const extended = form.extended.length > 0 ? form.extended : [ROOT]
    facts.set(
      A.extends,
      extended.map((one) => builder.definition(one)),
    )
  }

  builder.state(id, facts)
}

interface Beginning {
  form: ClassForm | PropertyForm
  id: Id
  ident: Keyword
  tag: 'Property' | 'Tag'
}

/** Returns the facts that new classes and properties have in common. */
function* begun(builder: Builder, nodes: Nodes, {form, id, ident, tag}: Beginning): CooperativeTask<FactsOf> {
  const title = form.title ?? ident.name
  const {now} = builder.making
  const facts: FactsOf = new Map<Keyword, readonly Value[]>([
    [DB.ident, [ident]],
    [A.uuid, [uuidOf(builder, ident, form, tag)]],
    [A.title, [title]],
    [A.name, [blockName(title)]],
    [A.createdAt, [form.createdAt ?? now]],
    [A.updatedAt, [form.updatedAt ?? form.createdAt ?? now]],
  ])
  const tagId = builder.entities.classId(tag)
  if (tagId !== undefined) facts.set(A.tags, [tagId])
  yield* nodes.describe(facts, form.properties, {page: id, parent: id})
  return facts
}

function uuidOf({db, making}: Builder, ident: Keyword, form: ClassForm | PropertyForm, tag: 'Property' | 'Tag'): Uuid {
  if (form.uuid && form.keepsUuid) return form.uuid
  const derived = tag === 'Property' ? identUuid(ident) : undefined
  return derived && !db.first(undefined, A.uuid, derived) ? derived : making.uuid()
}

function countKept(builder: Builder, {keepsUuid, uuid}: ClassForm | PropertyForm): void {
  if (uuid && keepsUuid) builder.countNamed(uuid)
}
