import {expect} from 'chai'
import fc from 'fast-check'

import {compareAevt, compareAvet, compareEavt} from '../../src/engine/compare.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import type {Keyword} from '../../src/values/scalars.js'
import {equal, type Value} from '../../src/values/types.js'
import {emptyFacts, k, lines, reasonOf, run} from './support.js'

const SCHEMA = `{:name {} :age {:db/index true} :aka {:db/cardinality :db.cardinality/many}
  :email {:db/unique :db.unique/identity} :code {:db/unique :db.unique/value}
  :likes {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}}`

describe('the facts of a graph', () => {
  const db = run(
    emptyFacts(SCHEMA),
    `[${Array.from(
      {length: 60},
      (_, i) =>
        `{:db/id ${i + 1} :name "n${i % 7}" :age ${i % 5} :aka ["a${i % 3}" "b"] :likes [${(i % 9) + 1} ${((i * 7) % 9) + 1}]}`,
    ).join('')}{:db/id 61 :db/ident :somebody :email "x@y" :code 7 :name [1 {:a 2}]}]`,
  ).after
  const everything = db.list(undefined)

  const entities = fc.option(fc.integer({max: 63, min: 1}), {nil: undefined})
  const attributes = fc.option(fc.constantFrom('name', 'age', 'aka', 'likes', 'email', 'nobody'), {nil: undefined})
  const values = fc.option(fc.constantFrom<Value>('n1', 'b', 'a2', 3, 1, 'x@y', readEdn('[1 {:a 2}]'), false), {
    nil: undefined,
  })

  it('are found by any of their parts, in the order of the index that is meant', () => {
    fc.assert(
      fc.property(entities, attributes, values, (e, name, v) => {
        const a = name === undefined ? undefined : k(name)
        const expected = everything
          .filter(
            (datom) =>
              (e ?? datom.e) === datom.e && (a ?? datom.a) === datom.a && (v === undefined || equal(datom.v, v)),
          )
          .sort(orderOf(e, a, v))
        expect(lines(db.list(e, a, v))).to.deep.equal(lines(expected))
        expect(db.first(e, a, v)).to.equal(expected[0])
      }),
      {numRuns: 300},
    )
  })

  function orderOf(e?: number, a?: Keyword, v?: Value) {
    if (e !== undefined || a === undefined) return compareEavt
    return v !== undefined && db.attributes.isIndexed(a) ? compareAvet : compareAevt
  }

  it('a scan that finds nothing for long comes back, so that its reader can pause', () => {
    const many = run(
      emptyFacts(SCHEMA),
      `[${Array.from({length: 9000}, (_, i) => `[:db/add ${i + 1} :name ${i === 8500 ? '"y"' : '"x"'}]`).join('')}]`,
    ).after
    const cursor = many.scan(undefined, k('name'), 'y')
    const sizes: number[] = []
    for (let batch = cursor.next(); batch; batch = cursor.next()) sizes.push(batch.length)
    expect(sizes.filter((size) => size > 0)).to.deep.equal([1])
    expect(sizes.filter((size) => size === 0)).to.have.length(2)
    expect(many.first(undefined, k('name'), 'y')?.e).to.equal(8501)
    expect(many.first(undefined, k('name'), 'z')).to.equal(undefined)
  })

  const ids: [string, number | string | undefined][] = [
    ['5', 5],
    ['999', 999],
    [':somebody', 61],
    [':nobody', undefined],
    ['[:email "x@y"]', 61],
    ['[:email "y@x"]', undefined],
    ['[:email nil]', undefined],
    ['[:code 7]', 61],
    ['[:db/ident :somebody]', 61],
    ['[:name "n1"]', 'invalid-entity-id'],
    ['[:email]', 'invalid-entity-id'],
    ['["email" "x@y"]', 'invalid-entity-id'],
    ['[]', 'invalid-entity-id'],
    ['"somebody"', 'invalid-entity-id'],
    ['nil', 'invalid-entity-id'],
    ['{:db/id 1}', 'invalid-entity-id'],
    ['true', 'invalid-entity-id'],
  ]

  for (const [id, expected] of ids) {
    it(`${id} stands for ${expected === undefined ? 'no entity' : String(expected)}`, () => {
      if (typeof expected === 'string') expect(reasonOf(() => db.entid(readEdn(id)))).to.equal(expected)
      else expect(db.entid(readEdn(id)), writeEdn(readEdn(id))).to.equal(expected)
    })
  }

  it('are the same through another source, and stay as they are when others are made of them', () => {
    const through = db.withSource({
      load() {
        throw new Error('nothing is stored')
      },
    })
    const before = lines(everything)
    expect(lines(through.list(undefined))).to.deep.equal(before)
    run(db, '[[:db/retractEntity 1] [:db/add 2 :name "new"] {:db/ident :x/y :db/index true}]')
    expect(lines(db.list(undefined))).to.deep.equal(before)
    expect(db.attributes.knows(k('x/y'))).to.equal(false)
  })
})
