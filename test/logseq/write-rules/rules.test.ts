import {expect} from 'chai'

import {compareAvet} from '../../../src/engine/compare.js'
import {Datom, TX0} from '../../../src/engine/datom.js'
import {EditToken} from '../../../src/engine/index/node.js'
import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {transact} from '../../../src/engine/transact/transact.js'
import type {WriteRules} from '../../../src/engine/transact/transaction.js'
import {newGraph} from '../../../src/logseq/new-graph/new-graph.js'
import {GRAPH_RULES} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {keyword} from '../../../src/values/scalars.js'
import {all, facts, lines, NOWHERE, reasonOf, run} from '../../engine/support.js'
import {buildTree} from '../../support/build-tree.js'

const NOW = 1_900_000_000_000
const PAGE = '#uuid "aaaaaaaa-0000-4000-8000-000000000001"'
const BLOCK = '#uuid "aaaaaaaa-0000-4000-8000-000000000002"'

describe('what a client may write', () => {
  const rules = GRAPH_RULES
  const write = (db: StoredDatabase, data: string) => run(db, data, rules)
  const page = `{:block/uuid ${PAGE} :block/title "Page" :block/name "a page" :block/created-at 5 :block/updated-at 6}`
  let graph: StoredDatabase
  const byValue = (db: StoredDatabase, name: string) =>
    all(db.avet).filter(({a}) => a === keyword(`user.property/${name}`))

  before(() => {
    const fresh = newGraph({now: NOW, uuid: '01234567-89ab-4cde-8f01-23456789abcd'}, NOWHERE)
    const properties = `[{:db/ident :user.property/note :logseq.property/type :string :db/index true}
      {:db/ident :user.property/mark :db/index true}
      {:db/ident :user.property/free}
      {:db/ident :user.property/list :db/cardinality :db.cardinality/many}
      {:db/ident :user.property/tags :db/cardinality :db.cardinality/many :db/index true}
      {:db/ident :user.property/empty :db/index true}]`
    graph = write(write(fresh, properties).after, `[${page}]`).after
    graph = write(
      graph,
      `[{:block/uuid ${PAGE} :user.property/mark 1 :user.property/free "x" :user.property/tags ["a" "b"]}]`,
    ).after
  })

  const refused: Record<string, [string, string][]> = {
    'mixed-types': [
      ['a string where numbers are indexed', `[{:block/uuid ${PAGE} :user.property/mark "1"}]`],
      ['a keyword among indexed strings', `[{:block/uuid ${PAGE} :user.property/tags [:c]}]`],
      ['another type for one of many values', `[{:block/uuid ${PAGE} :user.property/list [1 "x"]}]`],
      ['a map where numbers are indexed', `[{:block/uuid ${PAGE} :user.property/mark {:a 1}}]`],
      [
        'two kinds in one transaction',
        `[{:block/uuid ${PAGE} :user.property/empty 1} {:block/title "x" :user.property/empty "1"}]`,
      ],
    ],
    'no-such-entity': [['a uuid that nobody has', `[[:db/add [:block/uuid ${BLOCK}] :block/title "x"]]`]],
    'not-supported': [
      ['a tuple', '[{:db/ident :user.property/pair :db/tupleAttrs [:block/title :block/name]}]'],
      ['an unknown cardinality', '[{:db/ident :user.property/x :db/cardinality :db.cardinality/few}]'],
      ['a cardinality of another name', '[{:db/ident :user.property/x :db/cardinality :many}]'],
      ['a value type of another engine', '[{:db/ident :user.property/x :db/valueType :db.type/string}]'],
      ['an unknown kind of unique', '[{:db/ident :user.property/x :db/unique true}]'],
      ['a function', '[[:db.fn/call :x]]'],
    ],
    protected: [
      ['a name of the database', '[{:db/ident :db/mine}]'],
      ['a name of the types of the database', '[{:db/ident :db.type/mine}]'],
      ['another schema version', '[{:db/ident :logseq.kv/schema-version :kv/value {:major 66 :minor 0}}]'],
      ['no schema version', '[[:db/retractEntity :logseq.kv/schema-version]]'],
      ['a mark of synchronisation', '[{:db/ident :logseq.kv/graph-remote? :kv/value true}]'],
      ['an id of synchronisation', '[{:db/ident :logseq.kv/graph-uuid :kv/value "x"}]'],
      ['another type of database', '[{:db/ident :logseq.kv/db-type :kv/value "file"}]'],
    ],
    'schema-in-use': [
      ['an index for what has values', '[[:db/add :user.property/free :db/index true]]'],
      ['no index for what has values', '[[:db/retract :user.property/mark :db/index true]]'],
      ['values that become references', '[[:db/add :user.property/free :db/valueType :db.type/ref]]'],
      ['values that become unique', '[[:db/add :user.property/free :db/unique :db.unique/value]]'],
      ['many that become one', '[[:db/add :user.property/tags :db/cardinality :db.cardinality/one]]'],
      ['the end of a property that has values', '[[:db/retractEntity :user.property/mark]]'],
      ['another name for one that has values', '[[:db/add :user.property/mark :db/ident :user.property/mark2]]'],
      [
        'an index after the first value',
        `[[:db/add "p" :db/ident :user.property/x] {:block/uuid ${PAGE} :user.property/x 1} [:db/add "p" :db/index true]]`,
      ],
    ],
    syntax: [
      ['references without a cardinality', '[{:db/ident :user.property/x :db/valueType :db.type/ref}]'],
      ['a cardinality of something without a name', '[{:db/cardinality :db.cardinality/many}]'],
      ['references of something without a name', '[[:db/add "x" :db/valueType :db.type/ref]]'],
    ],
    'tempid-unused': [['a string for a reference', `[{:block/uuid ${PAGE} :block/parent "aaaaaaaa"}]`]],
    unique: [['a uuid that another has', `[{:db/id 1 :db/ident :logseq.class/Root} [:db/add 1 :block/uuid ${PAGE}]]`]],
    'unknown-attribute': [
      ['a misspelt attribute', `[{:block/uuid ${PAGE} :block/titel "x"}]`],
      ['a map for one that nobody declared', `[{:block/uuid ${PAGE} :user.property/unknown {:a 1}}]`],
    ],
    'wrong-type': [
      ['a string for a uuid', '[{:block/uuid "aaaaaaaa-0000-4000-8000-000000000001" :block/title "x"}]'],
      ['a number for a title', `[{:block/uuid ${PAGE} :block/title 1}]`],
      ['a keyword for a title', `[{:block/uuid ${PAGE} :block/title :x}]`],
      ['a string for a time', `[{:block/uuid ${PAGE} :block/created-at "2026"}]`],
      ['an instant for a time in ms', `[{:block/uuid ${PAGE} :block/created-at #inst "2026-01-01T00:00:00Z"}]`],
      ['a string for an ident', '[{:db/ident "user.property/x"}]'],
      ['a string for the type of a property', '[{:db/ident :user.property/x :logseq.property/type "number"}]'],
      ['a number for a property of strings', `[{:block/uuid ${PAGE} :user.property/note 1}]`],
      ['a string for a built-in checkbox', `[{:block/uuid ${PAGE} :logseq.property/hide? "true"}]`],
      ['a string for a file time', '[{:file/path "x" :file/created-at "now"}]'],
      ['what is not a number', `[{:block/uuid ${PAGE} :user.property/free ##NaN}]`],
      ['a tag that nobody knows, deep in a value', `[{:block/uuid ${PAGE} :user.property/free [1 {:a #{#x/y 1}}]}]`],
      ['a keyword that Logseq cuts otherwise', `[{:block/uuid ${PAGE} :user.property/free :a/b/c}]`],
      ['such a keyword deep in a value', `[{:block/uuid ${PAGE} :user.property/free [{:a/b/c 1}]}]`],
      ['a pattern', `[{:block/uuid ${PAGE} :user.property/free #"a+"}]`],
    ],
    'invalid-entity-id': [['a truth for a reference', `[{:block/uuid ${PAGE} :block/parent true}]`]],
  }

  for (const [reason, cases] of Object.entries(refused)) {
    for (const [what, data] of cases) {
      it(`refuses ${what} (${reason})`, () => {
        const before = facts(graph).length
        expect(reasonOf(() => write(graph, data))).to.equal(reason)
        expect(facts(graph)).to.have.length(before)
      })
    }
  }

  const accepted: [string, string][] = [
    [
      'references and their cardinality, item by item',
      `[[:db/add "x" :db/valueType :db.type/ref] [:db/add "x" :db/ident :user.property/x]
        [:db/add "x" :db/cardinality :db.cardinality/one]]`,
    ],
    ['an ident as the id of a map', '[{:db/id :user.property/free :db/doc "what"}]'],
    ['a string for a property of strings', `[{:block/uuid ${PAGE} :user.property/note "x"}]`],
    ['one more number', `[{:block/uuid ${BLOCK} :block/title "x" :user.property/mark 2}]`],
    ['another type where nothing is indexed', `[{:block/uuid ${PAGE} :user.property/free {:a #{1}}}]`],
    ['keywords that Logseq cuts alike', `[{:block/uuid ${PAGE} :user.property/free [:a/b :c :d.e/f-g]}]`],
    ['a first value of any type', `[{:block/uuid ${PAGE} :user.property/empty :x}]`],
    [
      'a property and its first value',
      `[{:db/ident :user.property/new :db/index true} {:block/uuid ${PAGE} :user.property/new 1}]`,
    ],
    ['one that becomes many', '[[:db/add :user.property/mark :db/cardinality :db.cardinality/many]]'],
    ['an index for what has no values', '[[:db/retract :user.property/empty :db/index true]]'],
    [
      'the end of a property with its values',
      `[[:db.fn/retractAttribute [:block/uuid ${PAGE}] :user.property/mark] [:db/retractEntity :user.property/mark]]`,
    ],
    ['the end of a property without values', '[[:db/retractEntity :user.property/empty]]'],
    ['a setting', '[{:db/ident :logseq.kv/mine :kv/value {:a [1 "x"]}}]'],
    ['a file', '[{:file/path "x" :file/content "y" :file/created-at #inst "2026-01-01T00:00:00Z"}]'],
    ['a graph that does not sync, saying so', '[{:db/ident :logseq.kv/graph-remote? :kv/value false}]'],
    ['a large icon', `[{:block/uuid ${PAGE} :logseq.property/icon {:type :emoji :id "x"}}]`],
    ['a retraction of what may not be written', '[[:db/retract 1 :block/titel "x"]]'],
  ]

  for (const [what, data] of accepted) {
    it(`accepts ${what}`, () => {
      expect(reasonOf(() => write(graph, data))).to.equal('accepted')
    })
  }

  it('adds nothing where Logseq mixes types, and takes away what is there', () => {
    // As in graphs of schema 65.33, under :logseq.property/scalar-default-value.
    const mixed = run(
      graph,
      `[{:db/id 1 :user.property/empty :a} {:db/id 2 :user.property/empty true} {:db/id 3 :user.property/empty :b}]`,
    ).after
    for (const value of [':c', 'false', '1']) {
      expect(
        reasonOf(() => write(mixed, `[[:db/add 4 :user.property/empty ${value}]]`)),
        value,
      ).to.equal('mixed-types')
    }

    const {after} = write(mixed, '[[:db/retract 2 :user.property/empty true] [:db/retract 1 :user.property/empty]]')
    expect(after.list(undefined, keyword('user.property/empty'))).to.have.length(1)
  })

  it('takes nothing away that it cannot find where Logseq has mixed types', () => {
    const free = keyword('user.property/empty')
    const values = [keyword('a'), keyword('b'), keyword('c'), true]
    const data = values.map((v, i) => [keyword('db/add'), i + 1, free, v])
    const sound = run(graph, data).after
    const order = (a: Datom, b: Datom) =>
      a.a === free && b.a === free && typeof a.v !== typeof b.v
        ? typeof a.v === 'boolean'
          ? 1
          : -1
        : compareAvet(a, b)
    const mixed = sound.with({avet: buildTree(all(sound.avet).sort(order), compareAvet, NOWHERE)})
    expect(reasonOf(() => write(sound, '[[:db/retract 4 :user.property/empty true]]'))).to.equal('accepted')
    expect(reasonOf(() => write(mixed, '[[:db/retract 4 :user.property/empty true]]'))).to.equal('mixed-types')
    expect(reasonOf(() => write(mixed, '[[:db/retractEntity 4]]'))).to.equal('mixed-types')
  })

  it('leaves nothing in the index by value when an attribute loses its index with its last fact, in any order', () => {
    const unindex = '[:db/retract :user.property/mark :db/index true]'
    const retract = `[:db/retract [:block/uuid ${PAGE}] :user.property/mark 1]`
    for (const data of [
      `[${unindex} ${retract}]`,
      `[${retract} ${unindex}]`,
      `[[:db/retractEntity :user.property/mark] ${retract}]`,
    ]) {
      const {after} = write(graph, data)
      expect(byValue(after, 'mark'), data).to.deep.equal([])
    }
  })

  it('finds nothing by value, of an attribute that is indexed again, which DataScript has left there', () => {
    const gone = keyword('user.property/gone')
    const declared = write(graph, '[{:db/ident :user.property/gone}]').after
    const left = ['old', 'older', 'oldest'].map((v, i) => new Datom(200 + i, gone, v, TX0 + 1))
    let {avet} = declared
    for (const datom of left) avet = avet.insert(datom, new EditToken())
    const again = write(declared.with({avet}), '[[:db/add :user.property/gone :db/index true]]').after
    expect(again.first(undefined, gone, 'old')).to.equal(undefined)
    expect(byValue(again, 'gone')).to.deep.equal([])
    const used = write(again, `[{:block/uuid ${PAGE} :user.property/gone "new"}]`).after
    expect(byValue(used, 'gone').length).to.equal(1)
  })

  it('yields for each entity that it looks at', () => {
    const blocks = Array.from(
      {length: 50},
      (_, i) => `{:block/uuid #uuid "aaaaaaaa-0000-4000-8000-${String(i + 100).padStart(12, '0')}" :block/title "x"}`,
    )
    const slices = (under: WriteRules) => {
      const work = transact(graph, readEdn(`[${blocks.join('')}]`), {shouldYield: () => true, reserveRows() {}}, under)
      let count = 0
      while (!work.next().done) count++
      return count
    }

    expect(slices(rules) - slices({})).to.be.at.least(100)
  })

  describe('what is stamped', () => {
    const touched = (data: string) =>
      lines(write(graph, data).txData).map((line) => line.replace(/ \+\d+$/, ' +').replace(/ -\d+$/, ' -'))
    it('a page that is touched: by which transaction', () => {
      const e = graph.first(undefined, keyword('block/name'), 'a page')!.e
      const tx = graph.maxTx
      expect(touched(`[[:db/add ${e} :block/title "Other"]]`)).to.deep.equal([
        `${e} :block/title "Page" -`,
        `${e} :block/title "Other" +`,
        `${e} :block/tx-id ${tx} -`,
        `${e} :block/tx-id ${tx + 1} +`,
      ])
    })

    it('a new block, and nothing else', () => {
      const e = graph.maxEid + 1
      expect(touched(`[{:block/uuid ${BLOCK} :block/title "x"}]`)).to.deep.equal([
        `${e} :block/uuid ${BLOCK} +`,
        `${e} :block/title "x" +`,
        `${e} :block/tx-id ${graph.maxTx + 1} +`,
      ])
    })

    it('nothing without a uuid, nothing that is gone, nothing when nothing was done', () => {
      expect(touched('[{:db/ident :logseq.kv/mine :kv/value 1}]')).to.have.length(2)
      expect(touched(`[[:db/retractEntity [:block/uuid ${PAGE}]]]`).filter((line) => line.endsWith('+'))).to.deep.equal(
        [],
      )
      expect(touched(`[{:block/uuid ${PAGE} :block/title "Page"}]`)).to.deep.equal([])
    })
  })
})
