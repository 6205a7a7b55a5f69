import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import fc from 'fast-check'

import {compareAevt, compareAvet, compareEavt, compareKeywords, compareValues} from '../../src/engine/compare.js'

import {Datom} from '../../src/engine/datom.js'
import {keyword, Uuid} from '../../src/values/scalars.js'
import {decodeTransit} from '../../src/values/transit.js'
import type {Value} from '../../src/values/types.js'
import {anyCharacter} from '../support/characters.js'
import {scalars} from '../support/values.js'

const recorded = JSON.parse(readFileSync(new URL('../fixtures/values/vectors.json', import.meta.url), 'utf8')) as {
  order: [number, number, number][]
  values: [string, number][]
}

/** Values of one type, which have an order among themselves. */
const SAME_TYPE: Record<string, fc.Arbitrary<Value>> = {
  keywords: fc.constantFrom('a', 'b', 'a/a', 'a/b', 'b/a', 'B', 'a.b/c', '_').map((name) => keyword(name)),
  numbers: fc.oneof(fc.integer(), fc.double({noNaN: true})),
  texts: fc.string({unit: anyCharacter}),
  times: fc.date({noInvalidDate: true}),
  uuids: fc.uuid().map((text) => new Uuid(text)),
  vectors: fc.array(fc.oneof(fc.integer({max: 2, min: 0}), fc.constant(null)), {maxLength: 3}),
}

describe('the order of values', () => {
  it('is the recorded one', () => {
    const all = recorded.values.map(([text]) => decodeTransit(text))
    for (const [a, b, sign] of recorded.order)
      expect(
        Math.sign(compareValues(all[a] as Value, all[b] as Value)),
        `${recorded.values[a]?.[0]} and ${recorded.values[b]?.[0]}`,
      ).to.equal(sign)
  })

  for (const [type, arbitrary] of Object.entries(SAME_TYPE)) {
    it(`is a total order for ${type}`, () => {
      fc.assert(
        fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
          expect(compareValues(a, a)).to.equal(0)
          expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).to.equal(0)
          if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) expect(compareValues(a, c)).to.be.at.most(0)
        }),
      )
    })
  }

  it('is reversed when two scalars are exchanged', () => {
    fc.assert(
      fc.property(scalars, scalars, (a, b) => {
        expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).to.equal(0)
      }),
    )
  })

  it('puts keywords without a namespace first, then goes by namespace, then by name', () => {
    const sorted = ['B', 'a', 'b', 'a/z', 'a.b/a', 'b/a', 'b/b'].map((name) => keyword(name))
    expect(sorted.toReversed().sort(compareKeywords).map(String)).to.deep.equal(sorted.map(String))
  })
})

describe('the orders of datoms', () => {
  const [a, b] = [keyword('a/a'), keyword('a/b')]
  const datoms = [
    new Datom(1, a, 2, 10),
    new Datom(1, a, 2, -11),
    new Datom(1, b, 1, 10),
    new Datom(2, a, 1, 12),
    new Datom(2, a, 2, 10),
    new Datom(2, b, 0, 10),
  ]
  const sorted = (order: (x: Datom, y: Datom) => number) =>
    datoms
      .toReversed()
      .sort(order)
      .map((datom) => datoms.indexOf(datom))

  it('go by entity, by attribute and by value, and last by the transaction, retracted or not', () => {
    expect(sorted(compareEavt)).to.deep.equal([0, 1, 2, 3, 4, 5])
    expect(sorted(compareAevt)).to.deep.equal([0, 1, 3, 4, 2, 5])
    expect(sorted(compareAvet)).to.deep.equal([3, 0, 1, 4, 5, 2])
    expect(compareEavt(new Datom(1, a, 1, 10), new Datom(1, a, 1, -10))).to.equal(0)
  })
})
