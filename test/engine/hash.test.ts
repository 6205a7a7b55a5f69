import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import fc from 'fast-check'

import {hash} from '../../src/engine/hash.js'
import {keyword} from '../../src/values/scalars.js'
import {decodeTransit} from '../../src/values/transit.js'
import {equal, List, type Value, ValueMap, ValueSet} from '../../src/values/types.js'
import {values} from '../support/values.js'

const recorded = JSON.parse(readFileSync(new URL('../fixtures/values/vectors.json', import.meta.url), 'utf8')) as {
  values: [string, number][]
}

describe('the hash of values', () => {
  it('is the recorded one', () => {
    for (const [text, expected] of recorded.values) expect(hash(decodeTransit(text)), text).to.equal(expected)
  })

  it('is that which ClojureScript documents for well-known values', () => {
    expect(hash('')).to.equal(0)
    expect(hash(keyword('a'))).to.equal(-2_123_407_586)
    expect(hash([])).to.equal(-2_017_569_654)
    expect(hash(new ValueMap())).to.equal(-15_128_758)
    expect(hash(new ValueSet())).to.equal(-15_128_758)
  })

  it('does not depend on the order of maps and sets, and a list has that of a vector', () => {
    fc.assert(
      fc.property(fc.array(values, {maxLength: 8}), (items) => {
        const backwards = items.toReversed()
        expect(hash(new ValueSet(items))).to.equal(hash(new ValueSet(backwards)))
        expect(hash(new List(items))).to.equal(hash(items))
        const unique = [...new ValueSet(items)]
        const map = new ValueMap(unique.map((key, i) => [key, i] as const))
        const same = new ValueMap(unique.map((key, i): [Value, Value] => [key, i]).toReversed())
        expect(equal(map, same)).to.equal(true)
        expect(hash(map)).to.equal(hash(same))
      }),
    )
  })
})
