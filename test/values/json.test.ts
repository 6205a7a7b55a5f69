import {expect} from 'chai'
import fc from 'fast-check'

import {fromJson, JsonValueError, toJson} from '../../src/values/json.js'
import {keyword, Pattern, symbol, Uuid} from '../../src/values/scalars.js'
import {encodeTransit} from '../../src/values/transit.js'
import {equal, List, Tagged, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import {values} from '../support/values.js'

const UUID = '6735d1a3-2b4c-4d5e-8f90-123456789abc'

const MEANINGS: [unknown, Value][] = [
  [':block/title', keyword('block/title')],
  [':db/id', keyword('db/id')],
  [':名前', keyword('名前')],
  [':smile: a', ':smile: a'],
  [':smile:', ':smile:'],
  [':)', ':)'],
  [':', ':'],
  [':a/b/c', ':a/b/c'],
  ['a:b', 'a:b'],
  ["~':a", ':a'],
  ["~'~ttt", '~ttt'],
  ["~'", ''],
  ['~:a b', keyword('a b')],
  ['~$?x', symbol('?x')],
  [`~u${UUID}`, new Uuid(UUID)],
  ['~m1780000000000', new Date(1_780_000_000_000)],
  ['~m-1', new Date(-1)],
  ['~zINF', Number.POSITIVE_INFINITY],
  [
    [1, null, true, 'a'],
    [1, null, true, 'a'],
  ],
  [{'db/id': 1}, new ValueMap([[keyword('db/id'), 1]])],
  [
    {':db/id': 1, '~:a b': 2},
    new ValueMap([
      [keyword('db/id'), 1],
      [keyword('a b'), 2],
    ]),
  ],
  [{}, new ValueMap()],
  [JSON.parse('{"__proto__":1}'), new ValueMap([[keyword('__proto__'), 1]])],
  [
    {
      '~#map': [
        ['a', 1],
        [[2], 3],
      ],
    },
    new ValueMap([
      ['a', 1],
      [[2], 3],
    ] as never),
  ],
  [{'~#set': [1, ':a']}, new ValueSet([1, keyword('a')])],
  [{'~#list': ['~$pull']}, new List([symbol('pull')])],
  [{'~#regex': 'a.b'}, new Pattern('a.b')],
  [{'~#i': '9007199254740993'}, new Tagged('i', '9007199254740993')],
]

const WRONG: [unknown, RegExp][] = [
  ['~', /^expected a text that starts with ~', ~:, ~\$, ~u, ~m or ~z, got "~"/],
  ['~x', /got "~x": write "~'~x" for the text/],
  ['~unot-a-uuid', /got "~unot-a-uuid"/],
  ['~msoon', /got "~msoon"/],
  ['~m99999999999999999', /got "~m99999999999999999"/],
  ['~:', /got "~:"/],
  [[{a: ['~q']}], /^\[0\]\.a\[0\]: expected .*, got "~q"/],
  [{'a b': 1}, /expected a keyword as a key, got "a b"/],
  [{'': 1}, /expected a keyword as a key, got ""/],
  [{':': 1}, /expected a keyword as a key, got ":"/],
  [{'~#set': 1}, /expected an array as ~#set, got 1/],
  [{'~#map': [[1]]}, /expected pairs in ~#map, got \[1\]/],
  [{'~#regex': 1}, /expected a text as ~#regex, got 1/],
  [{'~#set': [], a: 1}, /expected a keyword as a key, got "~#set"/],
]

describe('plain JSON', () => {
  for (const [json, value] of MEANINGS)
    it(`${JSON.stringify(json)} has its meaning`, () => {
      expect(equal(fromJson(json), value)).to.equal(true)
    })

  for (const [json, problem] of WRONG)
    it(`${JSON.stringify(json)} is refused`, () => {
      expect(() => fromJson(json)).to.throw(JsonValueError, problem)
    })

  it('comes back from any value, but that sets and lists become arrays', () => {
    fc.assert(
      fc.property(values, (value) => {
        const json = JSON.stringify(toJson(value))
        expect(encodeTransit(fromJson(JSON.parse(json))), json).to.equal(encodeTransit(plain(value)))
      }),
      {numRuns: 2000},
    )
  })

  it('writes keywords with their colon, and maps with other keys as pairs', () => {
    expect(toJson(new ValueMap([[keyword('db/id'), new ValueSet([keyword('a')])]] as never))).to.deep.equal({
      ':db/id': [':a'],
    })
    expect(toJson(new ValueMap([['a', 1]]))).to.deep.equal({'~#map': [['a', 1]]})
    expect(toJson(':a')).to.equal("~':a")
    expect(toJson(': a')).to.equal(': a')
    expect(toJson(Number.NaN)).to.equal('~zNaN')
  })

  it('that nests too deep is refused', () => {
    for (const depth of [1100, 100_000])
      expect(() => fromJson(JSON.parse('['.repeat(depth) + ']'.repeat(depth)))).to.throw(JsonValueError)
    let deep: Value = 1
    for (let i = 0; i < 5000; i++) deep = [deep]
    expect(() => toJson(deep)).to.throw(JsonValueError)
  })

  it('of any kind ends in a value or a JsonValueError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          toJson(fromJson(json))
        } catch (error) {
          if (!(error instanceof JsonValueError)) throw error
        }
      }),
    )
  })
})

/** What is left of a value in JSON. */
function plain(value: Value): Value {
  if (value instanceof ValueMap)
    return new ValueMap([...value].map(([key, item]) => [plain(key), plain(item)] as const))
  if (value instanceof ValueSet || value instanceof List || Array.isArray(value))
    return Array.from(value as Iterable<Value>, (item) => plain(item))
  return value
}
