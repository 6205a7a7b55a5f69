import fc from 'fast-check'

import {keyword} from '../../../src/values/scalars.js'
import type {Value} from '../../../src/values/types.js'

/** Attributes of each kind that there is. */
export const SCHEMA = `{:name {} :age {:db/index true}
  :aka {:db/cardinality :db.cardinality/many}
  :tag {:db/cardinality :db.cardinality/many :db/index true}
  :email {:db/unique :db.unique/identity}
  :code {:db/unique :db.unique/value}
  :friend {:db/valueType :db.type/ref}
  :likes {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  :part {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}
  :heart {:db/valueType :db.type/ref :db/isComponent true}}`

const names = fc.constantFrom('', 'a', 'b', 'ä', 'Zoë').map((name): Value => name)
const emails = fc.constantFrom('m1', 'm2', 'm3', 'm4').map((mail): Value => mail)
const numbers = fc.integer({max: 9, min: -3}).map((number): Value => number)
const entities = fc.integer({max: 9, min: 1}).map((e): Value => e)
const tempids = fc.constantFrom<Value>(-1, -2, 't1', 't2')
const lookups = emails.map((mail): Value => [keyword('email'), mail])
const anything = fc.oneof(
  names,
  numbers,
  fc.boolean(),
  names.map((name): Value => [name, 1]),
  fc.constant(keyword('x/y')),
)

/** What exists, or may. */
const present = fc.oneof({arbitrary: entities, weight: 5}, {arbitrary: lookups, weight: 1})
const target = fc.oneof(
  {arbitrary: entities, weight: 4},
  {arbitrary: tempids, weight: 2},
  {arbitrary: lookups, weight: 1},
)

/** For each attribute a value for it. */
const VALUES: Record<string, fc.Arbitrary<Value>> = {
  age: numbers,
  aka: names,
  code: numbers,
  email: emails,
  friend: target,
  heart: target,
  likes: target,
  name: anything,
  part: target,
  tag: numbers,
}

const plainValues: Record<string, fc.Arbitrary<Value>> = {
  ...VALUES,
  friend: present,
  heart: present,
  likes: present,
  part: present,
}

const attributes = fc.constantFrom(...Object.keys(VALUES))
const facts = attributes.chain((a) => VALUES[a]!.map((v) => [keyword(a), v] as const))
const plainFacts = attributes.chain((a) => plainValues[a]!.map((v) => [keyword(a), v] as const))
const op = (name: string, ...parts: Value[]): Value => [keyword(name), ...parts]

/** `[:db/add e a v]` and its like. */
const operations: fc.Arbitrary<Value> = fc.oneof(
  {arbitrary: fc.tuple(target, facts).map(([e, [a, v]]) => op('db/add', e, a, v)), weight: 6},
  {arbitrary: fc.tuple(present, plainFacts).map(([e, [a, v]]) => op('db/retract', e, a, v)), weight: 2},
  {arbitrary: fc.tuple(present, attributes).map(([e, a]) => op('db/retract', e, keyword(a))), weight: 1},
  {arbitrary: fc.tuple(present, attributes).map(([e, a]) => op('db.fn/retractAttribute', e, keyword(a))), weight: 1},
  {arbitrary: present.map((e) => op('db/retractEntity', e)), weight: 1},
  {
    arbitrary: fc
      .tuple(
        entities,
        fc.constantFrom('age', 'friend'),
        fc.option(fc.integer({max: 4, min: 1})),
        fc.integer({max: 5, min: 1}),
      )
      .filter(([, a, old]) => a === 'age' || old !== null)
      .map(([e, a, old, v]) => op('db/cas', e, keyword(a), old, v)),
    weight: 1,
  },
)

/** The data of one transaction: plain operations. */
export const transactions: fc.Arbitrary<Value> = fc
  .array(operations, {maxLength: 5, minLength: 1})
  .map((items): Value => items)
