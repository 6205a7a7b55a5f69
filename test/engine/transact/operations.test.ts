import {expect} from 'chai'

import {TX0} from '../../../src/engine/datom.js'
import {runSync} from '../../../src/engine/task.js'
import {transact} from '../../../src/engine/transact/transact.js'
import {ServerError} from '../../../src/lib/errors.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {disorder, emptyFacts, facts, lines, reasonOf, run} from '../support.js'

const SCHEMA = `{:name {} :age {:db/index true} :blob {}
  :aka {:db/cardinality :db.cardinality/many}
  :email {:db/unique :db.unique/identity}
  :nicks {:db/unique :db.unique/identity :db/cardinality :db.cardinality/many}
  :code {:db/unique :db.unique/value}
  :friend {:db/valueType :db.type/ref} :x/near {:db/valueType :db.type/ref}
  :likes {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many}
  :twin {:db/valueType :db.type/ref :db/unique :db.unique/identity}
  :part {:db/valueType :db.type/ref :db/cardinality :db.cardinality/many :db/isComponent true}}`

/** What is there before: Ann and Bob, who is her friend and has a part, 3, that has a part of its own, 4. */
const BEFORE = `[{:db/id 1 :name "Ann" :email "a@x" :friend 2 :aka ["A" "N"]}
  {:db/id 2 :name "Bob" :code 7 :part 3} {:db/id 3 :name "arm" :part 4} {:db/id 4 :name "hand"}]`

interface Case {
  data: string
  does: string
  /** What it says to have done. */
  reports?: string[]
  tempids?: Record<string, number>
}

describe('a transaction', () => {
  const start = run(emptyFacts(SCHEMA), BEFORE).after

  const cases: Case[] = [
    {data: '[]', does: 'nothing', reports: []},
    {data: '[nil]', does: 'nothing for nil', reports: []},
    {data: '([:db/add 1 :age 3])', does: 'the same for a list', reports: ['1 :age 3 +2']},
    {data: '[[:db/add 1 :name "Ann"]]', does: 'nothing for what is there already', reports: []},
    {
      data: '[[:db/add 1 :name "Eve"]]',
      does: 'a value for another',
      reports: ['1 :name "Ann" -2', '1 :name "Eve" +2'],
    },
    {data: '[[:db/add 1 :aka "B"]]', does: 'one more of many values', reports: ['1 :aka "B" +2']},
    {data: '[[:db/add [:email "a@x"] :age 3]]', does: 'by a lookup ref', reports: ['1 :age 3 +2']},
    {data: '[[:db/add 3 :friend [:email "a@x"]]]', does: 'a reference by a lookup ref', reports: ['3 :friend 1 +2']},
    {data: '[[:db/add 9 :name "Nia"]]', does: 'a new entity by its number', reports: ['9 :name "Nia" +2']},
    {
      data: '[[:db/add -1 :name "Nia"] [:db/add "n" :friend -1]]',
      does: 'new entities by tempids',
      reports: ['5 :name "Nia" +2', '6 :friend 5 +2'],
      tempids: {'-1': 5, n: 6},
    },
    {
      data: '[[:db/add 1 :friend "n"] [:db/add "n" :name "Nia"]]',
      does: 'a tempid as a value first',
      reports: ['1 :friend 2 -2', '1 :friend 5 +2', '5 :name "Nia" +2'],
      tempids: {n: 5},
    },
    {
      data: '[[:db/add "datomic.tx" :name "why"] [:db/add 1 :friend :db/current-tx]]',
      does: 'facts of the transaction itself',
      reports: ['536870914 :name "why" +2', '1 :friend 2 -2', '1 :friend 536870914 +2'],
    },
    {data: '[[:db/retract 1 :name "Ann"]]', does: 'a retraction', reports: ['1 :name "Ann" -2']},
    {data: '[[:db/retract 1 :name "Eve"]]', does: 'nothing for the retraction of what is not there', reports: []},
    {data: '[[:db/retract [:email "b@x"] :name "Eve"]]', does: 'nothing for nobody', reports: []},
    {data: '[[:db/retract 1 :friend [:email "a@x"]]]', does: 'nothing for another friend', reports: []},
    {data: '[[:db/retract 1 :aka]]', does: 'a retraction of all values', reports: ['1 :aka "A" -2', '1 :aka "N" -2']},
    {data: '[[:db.fn/retractAttribute 1 :aka]]', does: 'the same by name', reports: ['1 :aka "A" -2', '1 :aka "N" -2']},
    {
      data: '[[:db.fn/retractAttribute 3 :part]]',
      does: 'a retraction of a component, with the component',
      reports: ['3 :part 4 -2', '4 :name "hand" -2'],
    },
    {
      data: '[[:db/retractEntity 2]]',
      does: 'the end of an entity: its facts, references to it, its components',
      reports: [
        '2 :code 7 -2',
        '2 :name "Bob" -2',
        '2 :part 3 -2',
        '1 :friend 2 -2',
        '3 :name "arm" -2',
        '3 :part 4 -2',
        '4 :name "hand" -2',
      ],
    },
    {data: '[[:db/retractEntity [:email "b@x"]]]', does: 'nothing for the end of nobody', reports: []},
    {
      data: '[[:db/cas 1 :name "Ann" "Eve"]]',
      does: 'a swap',
      reports: ['1 :name "Ann" -2', '1 :name "Eve" +2'],
    },
    {data: '[[:db/cas 1 :age nil 3]]', does: 'a swap for nothing', reports: ['1 :age 3 +2']},
    {
      data: '[[:db.fn/cas 1 :friend 2 [:email "a@x"]]]',
      does: 'a swap of a reference',
      reports: ['1 :friend 2 -2', '1 :friend 1 +2'],
    },
    {data: '[[:db/cas 1 :aka "N" "M"]]', does: 'one more of many, if one is there', reports: ['1 :aka "M" +2']},
    {
      data: '[{:name "Nia" :aka ["x" "y"] :likes #{1}}]',
      does: 'a map without an id: a new entity',
      reports: ['5 :name "Nia" +2', '5 :aka "x" +2', '5 :aka "y" +2', '5 :likes 1 +2'],
    },
    {data: '[{:email "a@x" :age 3}]', does: 'a map by what identifies it', reports: ['1 :age 3 +2']},
    {
      data: '[{:db/id -1 :email "a@x" :age 3} [:db/add -1 :name "Eve"]]',
      does: 'a tempid that is somebody',
      reports: ['1 :age 3 +2', '1 :name "Ann" -2', '1 :name "Eve" +2'],
      tempids: {'-1': 1},
    },
    {
      data: '[[:db/add -1 :age 3] [:db/add -1 :email "a@x"]]',
      does: 'a tempid that turns out to be somebody, from the beginning',
      reports: ['1 :age 3 +2'],
      tempids: {'-1': 1},
    },
    {
      data: '[{:name "Nia" :likes [{:email "a@x"}]}]',
      does: 'a map within a map that only says who is meant',
      reports: ['5 :name "Nia" +2', '5 :likes 1 +2'],
    },
    {
      data: '[{:email "n@x" :friend {:email "n@x" :age 1}}]',
      does: 'a map within a map of the same entity',
      reports: ['5 :email "n@x" +2', '5 :age 1 +2', '5 :friend 5 +2'],
    },
    {data: '[{:db/id 1 :likes [:email "a@x"]}]', does: 'a lookup ref among many', reports: ['1 :likes 1 +2']},
    {
      data: '[{:db/id 1 :likes [[:email "a@x"] 2]}]',
      does: 'lookup refs and numbers',
      reports: ['1 :likes 1 +2', '1 :likes 2 +2'],
    },
    {
      data: '[{:db/id 3 :_friend 4}]',
      does: 'a reference read backwards',
      reports: ['4 :friend 3 +2'],
    },
    {data: '[{:db/id 3 :x/_near 4}]', does: 'the same with a namespace', reports: ['4 :x/near 3 +2']},
    {
      data: '[{:db/id 3 :_likes [1 {:name "Nia"}]}]',
      does: 'several backwards, one of them new',
      reports: ['1 :likes 3 +2', '5 :name "Nia" +2', '5 :likes 3 +2'],
    },
    {
      data: '[{:db/id 1 :part [{:name "leg"} {:db/id -9 :name "foot"}]}]',
      does: 'maps within a map',
      reports: ['5 :name "leg" +2', '1 :part 5 +2', '6 :name "foot" +2', '1 :part 6 +2'],
      tempids: {'-9': 6},
    },
    {data: '[{:db/id 1 :blob {:a [1 nil]}}]', does: 'a map as a value', reports: ['1 :blob {:a [1 nil]} +2']},
    {data: '[{:db/id 1 :blob [1 2]}]', does: 'a vector as a value', reports: ['1 :blob [1 2] +2']},
    {data: '[{:db/id 1 :age 0}]', does: 'a value that JavaScript takes for false', reports: ['1 :age 0 +2']},
    {
      data: '[{:twin 1 :age 3} {:twin 1 :name "T"}]',
      does: 'an identity that is a reference',
      reports: ['5 :twin 1 +2', '5 :age 3 +2', '5 :name "T" +2'],
    },
    {
      data: '[{:friend {:email "n@x"} :email "n@x"}]',
      does: 'a map that is named after one within it',
      reports: ['6 :email "n@x" +2', '6 :friend 6 +2'],
    },
    {
      data: '[[:db/add -1 :age 1] {:db/id -2 :email "n@x"} [:db/add -1 :email "n@x"]]',
      does: 'two tempids of one new entity',
      reports: ['6 :age 1 +2', '6 :email "n@x" +2'],
      tempids: {'-1': 6, '-2': 6},
    },
    {
      data: '[[:db/retract 1 :friend -1] {:db/id -1 :email "n@x"}]',
      does: 'no retraction of a reference to somebody new',
      reports: ['5 :email "n@x" +2'],
    },
    {
      data: '[[:db/retract 3 :friend -1] {:db/id -1 :email "a@x"}]',
      does: 'a retraction of a reference to a tempid that is somebody',
      reports: [],
      tempids: {'-1': 1},
    },
    {
      data: '[{:db/id "datomic.tx" :email "t@x"} {:email "t@x" :age 3} [:db/add -1 :email "t@x"]]',
      does: 'a tempid that is the transaction',
      reports: ['536870914 :email "t@x" +2', '536870914 :age 3 +2'],
      tempids: {'-1': 536_870_914},
    },
    {
      data: '[[:db/add :db/current-tx :age 3] [:db/retract :db/current-tx :age 3]]',
      does: 'a retraction of what the transaction said of itself',
      reports: ['536870914 :age 3 +2', '536870914 :age 3 -2'],
    },
    {
      data: '[{:db/id 1 :nicks ["N1" "N2"]} {:nicks ["N2" "N3"] :age 3}]',
      does: 'a map by one of several identities',
      reports: ['1 :nicks "N1" +2', '1 :nicks "N2" +2', '1 :nicks "N3" +2', '1 :age 3 +2'],
    },
    {
      data: '[{:db/id -1 :_friend 3 :name "Nia"}]',
      does: 'a reference to a new entity, read backwards',
      reports: ['3 :friend 5 +2', '5 :name "Nia" +2'],
    },
    {
      data: '[{:db/id 1 :likes [{:name "Nia" :_likes 3}]}]',
      does: 'two references to one map',
      reports: ['5 :name "Nia" +2', '3 :likes 5 +2', '1 :likes 5 +2'],
    },
    {
      data: '[#datascript/Datom [1 :age 3 536870913 true] #datascript/Datom [1 :name "Ann" 536870913 false]]',
      does: 'datoms, as facts of now',
      reports: ['1 :age 3 +2', '1 :name "Ann" -2'],
    },
  ]

  for (const {data, does, reports, tempids} of cases) {
    it(does, () => {
      const report = run(start, data)
      expect(lines(report.txData)).to.deep.equal(reports)
      expect(report.after.maxTx).to.equal(start.maxTx + 1)
      expect(disorder(report.after)).to.deep.equal([])
      expect(facts(report.before)).to.deep.equal(facts(start))
      if (tempids) {
        expect(Object.fromEntries([...report.tempids].map(([name, e]) => [String(name), e]))).to.deep.equal(tempids)
      }
    })
  }

  const refusals: Record<string, [string, string][]> = {
    'cas-failed': [
      ['another value', '[[:db/cas 1 :name "Bob" "Eve"]]'],
      ['a value where none was expected', '[[:db/cas 1 :name nil "Eve"]]'],
      ['none where one was expected', '[[:db/cas 1 :age 2 3]]'],
      ['nil of an attribute of many values', '[[:db/cas 3 :aka nil "x"]]'],
      ['nil of a reference', '[[:db/cas 3 :friend nil 1]]'],
    ],
    'conflicting-upsert': [
      [
        'two identities in one map',
        '[{:email "b@x" :db/id 2} {:email "a@x" :twin 1} {:db/id 2 :twin 3} {:email "a@x" :twin 3}]',
      ],
      ['an identity of another entity', '[{:db/id 2 :email "a@x"}]'],
      ['a tempid of two entities', '[[:db/add 2 :email "b@x"] [:db/add -1 :email "a@x"] [:db/add -1 :email "b@x"]]'],
    ],
    'invalid-entity-id': [
      ['a lookup ref by what is not unique', '[[:db/add [:name "Ann"] :age 3]]'],
      ['a string for an entity to be swapped', '[[:db/cas "x" :age nil 3]]'],
      ['a reference that is a truth', '[[:db/add 1 :friend true]]'],
    ],
    'no-such-entity': [
      ['a lookup ref of nobody', '[[:db/add [:email "b@x"] :age 3]]'],
      ['an ident of nobody', '[{:db/id :nobody :age 3}]'],
      ['a reference to nobody', '[[:db/add 1 :friend [:email "b@x"]]]'],
      ['a fraction', '[[:db/add 1.5 :age 3]]'],
      ['zero', '[[:db/add 1 :friend 0]]'],
      ['a transaction to come', '[[:db/add 536870915 :age 3]]'],
      ['a number beyond all', '[{:db/id 9999999999 :age 3}]'],
      ['the last number there is', '[[:db/add 536870911 :age 3]]'],
      ['a reference to the last number there is', '[[:db/add 1 :friend 536870911]]'],
    ],
    'not-supported': [
      ['a function', '[[:db.fn/call inc 1]]'],
      ['an unknown operation', '[[:db/delete 1]]'],
      ['an operation in a string', '[["db/add" 1 :age 3]]'],
      ['an empty vector', '[[]]'],
    ],
    syntax: [
      ['no vector', '{:name "Ann"}'],
      ['a string as an item', '["add"]'],
      ['a number as an item', '[1]'],
      ['nil as a value', '[[:db/add 1 :age nil]]'],
      ['nil in a map', '[{:db/id 1 :age nil}]'],
      ['a missing value', '[[:db/add 1 :age]]'],
      ['too much', '[[:db/retractEntity 1 :age]]'],
      ['no entity', '[[:db/add nil :age 3]]'],
      ['a string as an attribute', '[[:db/add 1 "age" 3]]'],
      ['a string as a key', '[{"name" "Ann"}]'],
      ['a tempid that is to lose something', '[[:db/retract -1 :age 3]]'],
      ['a tempid that is to go', '[[:db/retractEntity "x"]]'],
      ['a value read backwards', '[{:db/id 1 :_name 2}]'],
      ['a datom without an entity', '[#datascript/Datom ["x" :age 3]]'],
    ],
    'tempid-unused': [
      ['a tempid of which nothing is said', '[[:db/add 1 :friend "Bob"]]'],
      ['an empty map within a map', '[{:db/id 1 :friend {}}]'],
      ['a tempid that only others point to', '[{:db/id -1 :_friend 3}]'],
      ['a retraction of a reference to nobody', '[[:db/retract 1 :friend -1]]'],
    ],
    unique: [
      ['a value that another has', '[[:db/add 1 :code 7]]'],
      ['an identity of the transaction that another has', '[[:db/add "datomic.tx" :email "a@x"]]'],
      ['an identity that another has', '[[:db/add 2 :email "a@x"]]'],
      ['one value for two', '[{:code 8} {:code 8}]'],
      [
        'an identity that another has, by a lookup ref',
        '[{:friend {:email "n@x"}} [:db/add [:email "n@x"] :email "a@x"]]',
      ],
    ],
  }

  for (const [reason, list] of Object.entries(refusals)) {
    for (const [what, data] of list) {
      it(`refuses ${what} (${reason})`, () => {
        expect(reasonOf(() => run(start, data))).to.equal(reason)
        expect(facts(start)).to.have.length(11)
      })
    }
  }

  it('says which attribute, value and form is meant', () => {
    const messages = {
      '[[:db/add 2 :email "a@x"] [:db/add -1 :name "x"]]': [':email', '"a@x"', '[:db/add 2 :email "a@x"]'],
      '[{:db/id 2 :email "a@x"}]': [':email "a@x" is of entity 1', '{:db/id 2, :email "a@x"}'],
      '[{:email "a@x" :nicks "B"} {:db/id 2 :nicks "N"} {:email "a@x" :nicks "N"}]': [
        ':email "a@x" is of entity 1',
        ':nicks "N" is of entity 2',
        '{:email "a@x", :nicks "N"}',
      ],
      '[{:db/id 2 :email "b@x"} {:db/id -1 :email "a@x"} [:db/add -1 :email "b@x"] [:db/add -1 :email "a@x"]]': [
        'Tempid -1',
        ':email "a@x" is of entity 1',
        '{:db/id -1, :email "a@x"}',
      ],
      '[[:db/cas 1 :name "Bob" "Eve"]]': [':name', '"Ann"', '"Bob"', '[:db/cas 1 :name "Bob" "Eve"]'],
    }
    for (const [data, parts] of Object.entries(messages)) {
      expect(() => run(start, data))
        .to.throw(ServerError)
        .that.satisfies(({message}: ServerError) => {
          for (const part of parts) expect(message, data).to.include(part)
          return true
        })
    }
  })

  it('shows the beginning of a long form', () => {
    const long = 'x'.repeat(100_000)
    expect(() => run(start, `[[:db/add 1 :name [:db/add "${long}" 1]] [:db/cas 1 :name "Bob" "${long}"]]`))
      .to.throw(ServerError)
      .with.property('message')
      .with.length.below(1000)
  })

  it('takes new entities from below when a graph has the last number there is', () => {
    const full = start.with({maxEid: TX0 - 1})
    const {after, txData} = run(full, '[{:name "Nia"} {:name "Noa" :friend -1} {:db/id -1 :name "Nea"}]')
    expect(lines(txData)).to.deep.equal(['5 :name "Nia" +2', '6 :name "Noa" +2', '6 :friend 7 +2', '7 :name "Nea" +2'])
    expect(lines(run(after, '[{:name "Nik"}]').txData)).to.deep.equal(['8 :name "Nik" +3'])
  })

  it('settles thousands of tempids of existing entities in few runs', () => {
    const count = 3000
    const ids = Array.from({length: count}, (_, i) => i + 1)
    const known = run(start, `[${ids.map((i) => `{:email "e${i}"}`).join(' ')}]`).after
    const first = ids.map((i) => `[:db/add -${i} :age ${i}]`).join(' ')
    const then = ids.map((i) => `[:db/add -${i} :email "e${i}"]`).join(' ')
    let turns = 0
    const data = readEdn(`[${first} ${then}]`)
    const execution = {
      shouldYield() {
        turns++
        return false
      },
      reserveRows() {},
    }
    const report = runSync(transact(known, data, execution))
    expect(report.txData).to.have.length(count)
    expect(report.after.maxEid).to.equal(known.maxEid)
    expect(turns).to.be.below(count * 8)
  })

  it('yields whenever it has to', () => {
    const work = transact(start, readEdn('[{:name "Nia" :aka ["x" "y"]} [:db/retractEntity 2]]'), {
      shouldYield: () => true,
      reserveRows() {},
    })
    let slices = 0
    while (!work.next().done) slices++
    expect(slices).to.be.greaterThan(8)
    let held = 0
    runSync(
      transact(start, readEdn('[[:db/retractEntity 2] [:db/add 1 :age 4]]'), {
        shouldYield: () => false,
        reserveRows(rows) {
          held += rows
        },
      }),
    )
    expect(held).to.be.at.least(8)
  })
})
