import {expect} from 'chai'

import {Datom} from '../../src/engine/datom.js'
import {mustBeUnused, Schema} from '../../src/engine/schema.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import type {ValueMap} from '../../src/values/types.js'
import {k} from './support.js'

const STORED = `{:name {}
  :email {:db/unique :db.unique/identity}
  :code {:db/unique :db.unique/value}
  :age {:db/index true}
  :likes {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  :part {:db/valueType :db.type/ref :db/isComponent true}
  :block/title {:db/ident :block/title :db/index true}
  7 :block/title}`

function schemaOf(text = STORED): Schema {
  return Schema.of(readEdn(text) as ValueMap)
}

describe('the schema of a graph', () => {
  const cases: Record<string, string> = {
    age: 'Indexed',
    'block/title': 'Indexed',
    code: 'Indexed Unique',
    'db/ident': 'Indexed Unique UniqueIdentity',
    email: 'Indexed Unique UniqueIdentity',
    likes: 'Indexed Many Ref',
    name: '',
    nobody: '',
    part: 'Component Indexed Ref',
  }

  for (const [name, expected] of Object.entries(cases)) {
    it(`${name} is ${expected || 'plain'}`, () => {
      const schema = schemaOf()
      const traits = (['Component', 'Indexed', 'Many', 'Ref', 'Unique', 'UniqueIdentity'] as const).filter((trait) =>
        schema[`is${trait}`](k(name)),
      )
      expect(traits.join(' ')).to.equal(expected)
    })
  }

  it('lists the references', () => {
    expect([...schemaOf().refs].map(String)).to.have.members([':likes', ':part'])
  })

  it('a copy changes alone', () => {
    const schema = schemaOf()
    const copy = schema.copy()
    copy.apply(new Datom(9, k('db/ident'), k('friend'), 1))
    copy.apply(new Datom(9, k('db/valueType'), k('db.type/ref'), 1))
    expect(copy.isRef(k('friend'))).to.equal(true)
    expect(schema.isRef(k('friend'))).to.equal(false)
    expect(schema.knows(k('friend'))).to.equal(false)
    expect(writeEdn(schema.stored)).to.equal(writeEdn(schemaOf().stored))
  })

  const changes: {facts: [number, string, unknown, boolean][]; name: string; stored: string; becomes: string}[] = [
    {
      becomes: '{:a {:db/index true, :db/ident :a}, 1 :a}',
      facts: [
        [1, 'db/index', true, true],
        [1, 'db/ident', k('a'), true],
      ],
      name: 'properties come before the name',
      stored: '{}',
    },
    {
      becomes: '{:a {:db/ident :a, :db/index true}, 1 :a}',
      facts: [
        [1, 'db/ident', k('a'), true],
        [1, 'db/index', true, true],
      ],
      name: 'the name comes before properties',
      stored: '{}',
    },
    {
      becomes: '{:a {:db/cardinality :db.cardinality/many, :db/ident :a}, 1 :a}',
      facts: [[1, 'db/ident', k('a'), true]],
      name: 'an attribute of the base schema gets its entity',
      stored: '{:a {:db/cardinality :db.cardinality/many}}',
    },
    {
      becomes: '{1 {}}',
      facts: [
        [1, 'db/index', true, false],
        [1, 'db/ident', k('a'), false],
      ],
      name: 'all is retracted',
      stored: '{:a {:db/ident :a :db/index true} 1 :a}',
    },
    {
      becomes: '{1 :b, :b {:db/index true, :db/ident :b}}',
      facts: [
        [1, 'db/ident', k('a'), false],
        [1, 'db/ident', k('b'), true],
      ],
      name: 'an attribute gets another name',
      stored: '{:a {:db/ident :a :db/index true} 1 :a}',
    },
  ]

  for (const {becomes, facts, name, stored} of changes) {
    it(name, () => {
      const schema = schemaOf(stored)
      for (const [e, a, v, added] of facts) {
        expect(schema.apply(new Datom(e, k(a), v as never, added ? 1 : -1))).to.equal(true)
      }

      expect(schema.stored).to.satisfy((map: ValueMap) => sameEntries(map, readEdn(becomes) as ValueMap))
    })
  }

  it('says when there is nothing to retract', () => {
    expect(schemaOf('{}').apply(new Datom(1, k('db/index'), true, -1))).to.equal(false)
    expect(schemaOf('{}').apply(new Datom(1, k('db/ident'), k('a'), -1))).to.equal(false)
  })

  it('an ident is unique even where the schema does not say so', () => {
    const schema = schemaOf('{}')
    expect(schema.isUniqueIdentity(k('db/ident'))).to.equal(true)
    expect(schema.isIndexed(k('db/ident'))).to.equal(true)
  })

  it('lists the changes that an attribute with values does not allow', () => {
    const schema = schemaOf('{:plain {} :many {:db/cardinality :db.cardinality/many} :index {:db/index true}}')
    const [plain, many, index] = ['plain', 'many', 'index'].map((name) => schema.flags(k(name)))
    expect(mustBeUnused(plain!, many!)).to.equal(false)
    expect(mustBeUnused(many!, plain!)).to.equal(true)
    expect(mustBeUnused(plain!, index!)).to.equal(true)
    expect(mustBeUnused(index!, plain!)).to.equal(true)
    expect(mustBeUnused(index!, index!)).to.equal(false)
  })
})

function sameEntries(a: ValueMap, b: ValueMap): boolean {
  const texts = (map: ValueMap) => [...map].map(([key, value]) => `${writeEdn(key)} ${writeEdn(value)}`).sort()
  return JSON.stringify(texts(a)) === JSON.stringify(texts(b))
}
