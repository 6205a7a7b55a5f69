import {forEachBatch} from '../../engine/collect-datoms.js'
import {DB} from '../../engine/idents.js'
import type {StoredDatabase} from '../../engine/stored-database.js'
import type {CooperativeTask, ExecutionContext} from '../../engine/task.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../values/types.js'
import {judgeAll} from './check.js'
import {Classes, PAGE_CLASSES, valueOf} from './entity.js'
import {isAnyProperty} from './idents.js'
import {type Fault, Judge, type Verdict} from './judge.js'
import {PROPERTIES, TAGS} from './shapes.js'

const CLOSED = keyword('block/closed-value-property')
const CREATED_AT = keyword('block/created-at')
const NAME = keyword('block/name')
const PAGE = keyword('block/page')
const TITLE = keyword('block/title')
const TYPE = keyword('logseq.property/type')
const VALUE = keyword('logseq.property/value')

/** Counts of the contents of a graph, by kind. */
export interface Counts {
  blocks: number
  classes: number
  datoms: number
  entities: number
  objects: number
  pages: number
  properties: number
  'property-pairs': number
}

/** Counts what there is in a graph, as Logseq's check of a graph does. */
export function* countAll(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<Counts> {
  const classes = new Classes(db)
  const properties = new Map<Keyword, boolean>()
  const counts: Counts = {
    blocks: 0,
    classes: tagged(db, classes.id('Tag')),
    datoms: 0,
    entities: 0,
    objects: 0,
    pages: 0,
    properties: tagged(db, classes.id('Property')),
    'property-pairs': 0,
  }
  let last: {a?: Keyword; e: number} = {e: 0}
  yield* forEachBatch(db.scan(undefined), execution, (batch) => {
    for (const {a, e} of batch) {
      counts.datoms++
      if (a === TAGS) counts.objects++
      if (e !== last.e) counts.entities++
      else if (a === last.a) continue
      last = {a, e}
      if (a === NAME) counts.pages++
      if (a === PAGE) counts.blocks++
      if (!properties.has(a))
        properties.set(a, a !== TAGS && isAnyProperty(a) && db.first(undefined, DB.ident, a) !== undefined)
      if (properties.get(a)) counts['property-pairs']++
    }
  })
  counts.objects -= counts.classes + counts.properties
  return counts
}

function tagged(db: StoredDatabase, tag: number | undefined): number {
  return tag === undefined ? 0 : db.list(undefined, TAGS, tag).length
}

/** Returns the answer of Logseq's `validate-db`. Nothing is repaired. */
export function* validationResult(db: StoredDatabase, execution: ExecutionContext): CooperativeTask<ValueMap> {
  const verdicts = yield* judgeAll(db, {}, execution)
  const counts = yield* countAll(db, execution)
  const errors = verdicts.map(
    (verdict, index) =>
      new ValueMap([
        [keyword('entity'), entityMap(db, verdict)],
        [keyword('dispatch-key'), verdict.kind === undefined ? null : keyword(verdict.kind)],
        [keyword('errors'), new ValueMap([[index, messagesOf(verdict)]])],
      ]),
  )
  return new ValueMap([
    [keyword('errors'), errors.length > 0 ? new List(errors) : null],
    [keyword('invalid-entity-ids'), new List(verdicts.map(({e}) => e))],
    ...Object.entries(counts).map(([name, count]) => [keyword(name), count as Value] as const),
  ])
}

/** The messages of an entity by attribute: those about a shape under its name. */
function messagesOf({faults, kind}: Verdict): Value {
  if (kind === undefined) return ['invalid dispatch value']
  const messages = new ValueMap()
  for (const attribute of new Set(faults.map((fault) => fault.attribute))) {
    const own = faults.filter((fault) => fault.attribute === attribute)
    messages.set(attribute, attribute === PROPERTIES ? byPosition(own) : byLabel(own))
  }

  return messages
}

function byPosition(faults: readonly Fault[]): Value {
  const properties = [...new Set(faults.map(({property}) => property))]
  if (properties[0] === undefined) return byLabel(faults)
  return new ValueMap(
    properties.map((property, i) => [i, faults.filter((fault) => fault.property === property).map(({rule}) => rule)]),
  )
}

function byLabel(faults: readonly Fault[]): Value {
  if (faults.every(({label}) => label === undefined)) return faults.map(({rule}) => rule)
  const labels = new ValueMap()
  for (const {label, rule} of faults) {
    const key = label ?? ''
    labels.set(key, [...((labels.get(key) as undefined | Value[]) ?? []), rule])
  }

  return labels
}

/** An entity as the check shows it: its properties and tags apart, with what they are. */
function entityMap(db: StoredDatabase, {e, entity}: Verdict): ValueMap {
  const judge = new Judge(db, {whole: true})
  const map = new ValueMap([[DB.id, e]])
  const properties: Value[] = []
  for (const [a, values] of entity.facts) {
    if (a !== TAGS && judge.propertyOf(a) !== undefined) properties.push([propertyMap(db, a), held(db, a, values)])
    else map.set(a, shown(db, a, values))
  }

  if (properties.length > 0) map.set(PROPERTIES, properties)
  return map
}

function shown(db: StoredDatabase, a: Keyword, values: readonly Value[]): Value {
  if (a === TAGS) return [propertyMap(db, a), new ValueSet(values), pageClasses(db)]
  const [page] = values
  if (a !== PAGE || typeof page !== 'number') return held(db, a, values)
  const parts = [NAME, CREATED_AT].map((part) => [part, db.first(page, part)?.v] as const)
  const tags = db.list(page, TAGS).map(({v}) => db.first(Number(v), DB.ident)?.v ?? null)
  return new ValueMap([
    [DB.id, page],
    ...parts.filter((part): part is readonly [Keyword, Value] => part[1] !== undefined),
    [TAGS, tags],
  ])
}

function held(db: StoredDatabase, a: Keyword, values: readonly Value[]): Value {
  return db.attributes.isMany(a) ? new ValueSet(values) : values[0]!
}

function propertyMap(db: StoredDatabase, ident: Keyword): ValueMap {
  const e = db.first(undefined, DB.ident, ident)?.e
  const map = new ValueMap([[DB.ident, ident]])
  if (e === undefined) return map
  for (const a of [DB.valueType, DB.cardinality, TYPE]) {
    const v = db.first(e, a)?.v
    if (v !== undefined) map.set(a, v)
  }

  const choices = db.list(undefined, CLOSED, e).map((datom) => datom.e)
  if (choices.length > 0)
    map.set(
      keyword('property/closed-values'),
      choices.map((choice) => choiceMap(db, choice)),
    )
  return map
}

function choiceMap(db: StoredDatabase, e: number): ValueMap {
  const map = new ValueMap([[DB.id, e]])
  for (const a of [TITLE, VALUE]) {
    const v = db.first(e, a)?.v
    if (v !== undefined) map.set(a, v)
  }

  return map
}

function pageClasses(db: StoredDatabase): ValueMap {
  const ids = PAGE_CLASSES.flatMap((ident) => db.first(undefined, DB.ident, ident)?.e ?? [])
  const page = db.first(undefined, DB.ident, keyword('logseq.class/Page'))?.e
  return new ValueMap([
    ...(page === undefined ? [] : [[keyword('page-class-id'), page] as const]),
    [keyword('all-page-class-ids'), new ValueSet(ids)],
  ])
}

/** One fault of a graph, for a person. */
export interface Finding {
  attribute: string
  entity: number
  kind: string
  rule: string
  title?: string
}

/** The faults of a whole graph, one for each attribute, for those who read them. */
export function findingsOf(verdicts: readonly Verdict[]): Finding[] {
  return verdicts.flatMap(({e, entity, faults, kind}) => {
    const title = valueOf(entity, TITLE)
    const seen = new Set<string>()
    const findings: Finding[] = []
    for (const fault of faults) {
      const attribute = String(fault.property ?? fault.attribute)
      const key = `${attribute} ${fault.rule}`
      if (seen.has(key)) continue
      seen.add(key)
      findings.push({
        attribute,
        entity: e,
        kind: kind ?? 'unknown',
        rule: fault.rule,
        ...(typeof title === 'string' && {title: title.slice(0, 80)}),
      })
    }

    return findings
  })
}
