import {expect} from 'chai'
import fc from 'fast-check'

import {JsonTextError, parseJsonInSteps, TooDeepError, TooManyValuesError} from '../../src/values/json-text.js'
import {fromJson, fromJsonInSteps, toJson} from '../../src/values/json.js'
import {decodeTransit, decodeTransitInSteps, encodeTransit} from '../../src/values/transit.js'
import {equal, type Value, ValueSet} from '../../src/values/types.js'
import {values} from '../support/values.js'

/** The reader goes in steps, however short the text is. */
const LONG = ' '.repeat(33_000)

/** Runs a reader to its end. @returns what it read, and after how many pauses */
function finish<T>(reader: Generator<undefined, T, undefined>): {pauses: number; value: T} {
  for (let pauses = 0; ; pauses++) {
    const {done, value} = reader.next()
    if (done) return {pauses, value}
  }
}

const ALWAYS = {shouldYield: () => true, maxValues: 2_000_000}
const parse = (text: string) => finish(parseJsonInSteps(text + LONG, ALWAYS)).value

describe('JSON that is read in steps', () => {
  it('is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json({maxDepth: 6}), fc.constantFrom('', ' ', '\n\t\r '), (json, blank) => {
        const text = json.replaceAll(/([,:[\]{}])(?=(?:[^"\\]|\\.)*$)/g, `${blank}$1`)
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          // it is to be refused here, too
          expect(() => parse(text)).to.throw(JsonTextError)
          return
        }

        expect(parse(text)).to.deep.equal(expected)
      }),
      {numRuns: 500},
    )
  })

  for (const [name, open] of [
    ['arrays', '['],
    ['objects', '{"a":'],
    ['both', '[{"a":'],
  ] as const) {
    it(`is refused at the limit of depth, before the rest is read: ${name}`, () => {
      let steps = 0
      const counting = {...ALWAYS, shouldYield: () => ++steps > 0}
      expect(() => finish(parseJsonInSteps(open.repeat(100_000), counting))).to.throw(TooDeepError, 'nested more than')
      expect(steps).to.be.lessThan(5000)
    })
  }

  it('may nest as deep as a value in Transit', () => {
    const nested = (depth: number): Value => (depth === 0 ? 1 : new ValueSet([nested(depth - 1)]))
    const value = nested(990)
    const text = encodeTransit(value)
    const read = finish(decodeTransitInSteps(text + LONG, ALWAYS)).value
    expect(encodeTransit(read)).to.equal(text)
  })

  it('keeps every text, escape and key', () => {
    for (const value of [
      'a'.repeat(200_000),
      '"\\\n\u0000é😀\uD800'.repeat(50_000),
      JSON.stringify(JSON.stringify('"\\\u2028'.repeat(20_000))),
      {'': 1, ['k'.repeat(100_000)]: [], 'a"b\\': {}},
      [[], {}, [[]], [{}], {a: {b: []}}, -1.5e-7, 0, true, false, null],
    ])
      expect(parse(JSON.stringify(value))).to.deep.equal(value)
    expect(parse(String.raw`"\u00e9\ud83d\ude00\/"`)).to.equal('é😀/')
    const odd = parse('{"__proto__":{"a":1},"a":1,"a":2}') as Record<string, unknown>
    expect(Object.getPrototypeOf(odd)).to.equal(Object.prototype)
    expect(Object.entries(odd)).to.deep.equal([
      ['__proto__', {a: 1}],
      ['a', 2],
    ])
  })

  it('refuses whatever JSON.parse refuses', () => {
    const good = String.raw`{"a":[1,-2.5e3,"x\n",true,null,{"b":{}}],"c":[[]]}`
    for (let i = 0; i <= good.length; i++) {
      for (const text of [
        good.slice(0, i),
        ...[...'{}[]",:\\01e-tu\n'].flatMap((c) => [
          good.slice(0, i) + c + good.slice(i),
          good.slice(0, i) + c + good.slice(i + 1),
        ]),
      ]) {
        let expected: unknown
        let refused = false
        try {
          expected = JSON.parse(text)
        } catch {
          // it is to be refused here, too
          refused = true
        }

        if (refused) expect(() => parse(text), text).to.throw(JsonTextError)
        else expect(parse(text), text).to.deep.equal(expected)
      }
    }
  })

  it('has at most as many values as it may have, and none of the rest is read', () => {
    const limited = (text: string) => finish(parseJsonInSteps(text, {shouldYield: () => false, maxValues: 100}))
    for (const text of [`[${'1,'.repeat(200)}1]`, '['.repeat(200), `[${'{},'.repeat(200)}`, `{${'"a":1,'.repeat(200)}`])
      expect(() => limited(text)).to.throw(TooManyValuesError)
    expect(limited(`[${'1,'.repeat(98)}1]`).value).to.have.length(99)
    expect(limited(JSON.stringify(',[{"\\'.repeat(1000))).pauses).to.equal(0)
  })

  it('pauses between values, and inside of long texts', () => {
    expect(
      finish(parseJsonInSteps(JSON.stringify(Array.from({length: 20_000}, () => 1)), ALWAYS)).pauses,
    ).to.be.greaterThan(10_000)
    expect(finish(parseJsonInSteps(JSON.stringify('\n'.repeat(1_000_000)), ALWAYS)).pauses).to.be.greaterThan(20)
    for (const [open, core, close] of [
      ['[', '', ']'],
      ['{"a":', '1', '}'],
      ['[[],', '1', ']'],
    ] as const) {
      const nested = open.repeat(2000) + core + close.repeat(2000)
      expect(finish(parseJsonInSteps(nested + LONG, ALWAYS)).pauses, open).to.be.greaterThan(3900)
    }
  })

  it('has at most as many keys in one object as can be listed at once', () => {
    const object = (keys: number) => `{${Array.from({length: keys}, (_, i) => `"k${i}":0`).join(',')}}`
    expect(Object.keys(parse(`[${object(100_000)}]`) as object[])).to.have.length(1)
    expect(() => parse(`[${object(100_001)}]`)).to.throw(TooManyValuesError, 'at most 100000 keys in one object')
  })
})

describe('values that are read in steps', () => {
  const wide = (make: (i: number) => Value): Value => Array.from({length: 200}, (_, i) => make(i))

  it('are what they are when read at once', () => {
    fc.assert(
      fc.property(values, (value) => {
        const many = wide(() => value)
        const text = encodeTransit(many)
        expect(equal(finish(decodeTransitInSteps(text + LONG, ALWAYS)).value, decodeTransit(text))).to.equal(true)
        const json = toJson(many)
        expect(equal(finish(fromJsonInSteps(json, () => true)).value, fromJson(json))).to.equal(true)
      }),
      {numRuns: 25},
    )
  })

  it('pause in arrays, maps, sets, lists and tags', () => {
    const items = Array.from({length: 300}, (_, i) => i)
    const map = Object.fromEntries(items.map((i) => [`a/k${i}`, i]))
    const pairs = items.flatMap((i) => [`~:k${i}`, i])
    for (const json of [
      items,
      map,
      {'~#set': items},
      {'~#list': items},
      {'~#x': items},
      {'~#map': items.map((i) => [i, i])},
    ])
      expect(finish(fromJsonInSteps([json], () => true)).pauses, JSON.stringify(json)).to.be.greaterThan(100)
    for (const json of [
      items,
      ['^ ', ...pairs],
      ['~#set', items],
      ['~#list', items],
      ['~#x', items],
      ['~#cmap', pairs],
      map,
      {'~#set': items},
    ])
      expect(
        finish(decodeTransitInSteps(JSON.stringify([json]), ALWAYS)).pauses,
        JSON.stringify(json),
      ).to.be.greaterThan(100)
  })

  it('refuse collections as keys that would take for ever', () => {
    const large = Array.from({length: 20_000}, (_, i) => i)
    for (const json of [{'~#set': [large]}, {'~#map': [[large, 1]]}, {'~#set': [['x'.repeat(1_000_000)]]}])
      expect(() => finish(fromJsonInSteps([json], () => false)), 'JSON').to.throw(/too large/)
    for (const json of [
      ['~#set', [large]],
      ['~#cmap', [large, 1]],
    ]) {
      expect(() => decodeTransit(JSON.stringify(json))).to.throw(/too large/)
      expect(() => finish(decodeTransitInSteps(JSON.stringify(json), ALWAYS))).to.throw(/too large/)
    }

    const small = ['~#set', [[1, 2, ['~#set', [3]]]]]
    expect(() => decodeTransit(JSON.stringify(small))).not.to.throw()
  })
})
