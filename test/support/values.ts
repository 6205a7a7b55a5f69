import fc from 'fast-check'

import {keyword, symbol, Uuid} from '../../src/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import {anyCharacter} from './characters.js'

const NAMES = ['a', 'b1', 'block', 'title', 'logseq.property', 'status.todo', '_parent', 'x?', '名前']

const name = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)).map((parts) => parts.join('/')),
)

/** Texts with what codecs stumble over. */
const text = fc.oneof(
  fc.string(),
  fc.string({unit: anyCharacter}),
  fc
    .array(fc.constantFrom('~', '^', '`', ' ', '"', '\\', ':', '#', '^ ', '~#', '😀', '\u{D800}', '\n', 'é'))
    .map((parts) => parts.join('')),
)

/** Scalars. NaN is not a value of a graph, and no two are equal. */
export const scalars: fc.Arbitrary<Value> = fc.oneof(
  text,
  fc.integer(),
  fc.double({noNaN: true}),
  fc.boolean(),
  fc.constant(null),
  name.map((fqn) => keyword(fqn)),
  name.map((fqn) => symbol(fqn)),
  fc.uuid().map((uuid) => new Uuid(uuid)),
  fc.date({noInvalidDate: true, min: new Date(0), max: new Date(4e12)}),
)

/** Any values: scalars, vectors, lists, sets, maps with keys of any kind. */
export const values: fc.Arbitrary<Value> = fc.letrec<{items: Value[]; value: Value}>((tie) => ({
  items: fc.array(tie('value'), {maxLength: 6}),
  value: fc.oneof(
    {depthSize: 'small'},
    {arbitrary: scalars, weight: 4},
    {arbitrary: tie('items'), weight: 2},
    {arbitrary: tie('items').map((items) => new List(items)), weight: 1},
    {arbitrary: tie('items').map((items) => new ValueSet(items)), weight: 1},
    {
      arbitrary: fc.array(fc.tuple(tie('value'), tie('value')), {maxLength: 6}).map((all) => new ValueMap(all)),
      weight: 2,
    },
  ),
})).value
