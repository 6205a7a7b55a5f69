import type {Database} from '../../engine/database.js'
import {DB} from '../../engine/idents.js'
import {Keyword, keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import type {Classes} from './entity.js'
import {ANY, BOOLEAN, COLLECTION, isMacro, isUrl, KEYWORD, MAP, NUMBER, STRING, type ValueTest} from './value-tests.js'

const TITLE = keyword('block/title')
const PAGE = keyword('block/page')
const VALUE = keyword('logseq.property/value')
const TYPE = keyword('logseq.property/type')
const CLOSED = keyword('block/closed-value-property')
const PLACEHOLDER = keyword('logseq.property/empty-placeholder')

/** Graph and options for judging values. */
export interface Judging {
  classes: Classes
  db: Database
  /** The value of a property with choices has to be one of them: what Logseq's own tools ask beyond its server. */
  withChoices: boolean
  /** All entities are judged: unknown attributes are faults, and a URL has to be one. */
  whole: boolean
}

/** A test of what a value refers to. */
interface TargetTest {
  message: string
  passes(target: number, judging: Judging): boolean
}

const VALUE_TESTS: Readonly<Record<string, ValueTest>> = {
  any: ANY,
  checkbox: BOOLEAN,
  coll: COLLECTION,
  datetime: {...NUMBER, message: 'should be a datetime'},
  json: {...STRING, message: 'should be JSON string'},
  keyword: {...KEYWORD, message: 'should be a Clojure keyword'},
  map: MAP,
  'raw-number': {...NUMBER, message: 'should be a raw number'},
  string: STRING,
}

const titleOf = ({db}: Judging, target: number): undefined | Value => db.first(target, TITLE)?.v
const hasTitle = (judging: Judging, target: number) => titleOf(judging, target) !== undefined

const TARGET_TESTS: Readonly<Record<string, TargetTest>> = {
  asset: {
    message: 'should be an asset node',
    passes: (target, judging) => hasTitle(judging, target) && judging.classes.isTagged(target, 'Asset'),
  },
  class: {message: 'should be a Class', passes: (target, {classes}) => classes.isTagged(target, 'Tag')},
  date: {
    message: 'should be a journal date',
    passes: (target, judging) => hasTitle(judging, target) && judging.classes.isTagged(target, 'Journal'),
  },
  default: {
    message: 'should be a text block',
    passes: (target, judging) =>
      typeof titleOf(judging, target) === 'string' && judging.db.first(target, PAGE) !== undefined,
  },
  entity: {message: 'should be an Entity', passes: (target, {db}) => db.first(target) !== undefined},
  node: {
    message: 'should be a node with a title',
    passes: (target, judging) => hasTitle(judging, target),
  },
  number: {
    message: 'should be a number',
    passes: (target, {db}) => NUMBER.passes(db.first(target, VALUE)?.v ?? null),
  },
  page: {message: 'should be a Page', passes: (target, {classes}) => classes.isPage(target)},
  property: {message: 'should be a Property', passes: (target, {classes}) => classes.isTagged(target, 'Property')},
  url: {message: 'should be a URL', passes: isUrlBlock},
}

function isUrlBlock(target: number, judging: Judging): boolean {
  const title = titleOf(judging, target)
  if (!judging.whole) return typeof title === 'string'
  if (title === undefined) return true
  return typeof title === 'string' && (title.trim() === '' || isUrl(title) || isMacro(title))
}

/** Only values of these types can be chosen from a list. */
const WITH_CHOICES: ReadonlySet<string> = new Set(['default', 'number', 'url'])

/** Requirements of a graph's property for its values. */
export interface Property {
  /** The choices, when there are any, and they are asked for. */
  choices: ReadonlySet<Value> | undefined
  ident: Keyword
  isMany: boolean
  type: Keyword | undefined
}

/** Reads what a graph says of a property. @returns undefined when it has none of that ident */
export function readProperty({db, withChoices}: Judging, ident: Keyword): Property | undefined {
  const e = db.first(undefined, DB.ident, ident)?.e
  if (e === undefined) return undefined
  const type = db.first(e, TYPE)?.v
  const choices = withChoices ? db.list(undefined, CLOSED, e).map((datom) => datom.e) : []
  return {
    choices: choices.length > 0 ? new Set(choices) : undefined,
    ident,
    isMany: db.first(e, DB.cardinality)?.v === DB.many,
    type: type instanceof Keyword ? type : undefined,
  }
}

/** Finds the faults in the values that an entity has for a property. Each message is for one of the values. */
export function faultsOfValues(
  judging: Judging,
  property: Property,
  values: readonly Value[],
): {message: string; value: Value}[] {
  const placeholder = judging.db.first(undefined, DB.ident, PLACEHOLDER)?.e
  const isRef = judging.db.attributes.isRef(property.ident)
  const empty: undefined | Value = isRef ? placeholder : PLACEHOLDER
  if (empty !== undefined && values[0] === empty) return []
  const faults: {message: string; value: Value}[] = []
  for (const value of values) {
    const message = value === empty ? undefined : faultOf(judging, property, value)
    if (message !== undefined) faults.push({message, value})
  }

  return faults
}

function faultOf(judging: Judging, {choices, type}: Property, value: Value): string | undefined {
  const name = type?.fqn ?? ''
  const target = Object.hasOwn(TARGET_TESTS, name) ? TARGET_TESTS[name] : undefined
  if (target !== undefined) {
    const isChosen = choices === undefined || !WITH_CHOICES.has(name) || choices.has(value)
    return typeof value === 'number' && target.passes(value, judging) && isChosen ? undefined : target.message
  }

  const test = Object.hasOwn(VALUE_TESTS, name) ? VALUE_TESTS[name] : undefined
  if (test === undefined) return `should be a value of a known type, and the type of the property is ${String(type)}`
  return test.passes(value) ? undefined : test.message
}
