import {readdirSync, readFileSync} from 'node:fs'

import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {ServerError} from '../../../src/lib/errors.js'
import type {Connection} from '../../../src/logseq/connection.js'
import type {Era} from '../../../src/logseq/era.js'
import {METHODS} from '../../../src/server/methods/all.js'
import {invalidArgument, readArguments} from '../../../src/server/methods/arguments.js'
import type {CallContext, Written} from '../../../src/server/methods/method.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import {Tagged, type Value, ValueMap} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {unpackGolden} from '../../support/golden.js'

const GRAPH = '{:export-type :graph}'

describe('the methods that export and import', () => {
  let files: GraphFiles
  let connection: Connection
  let remembered: Value[]
  let written: Written[]

  beforeEach(() => {
    files = new GraphFiles()
    unpackGolden('lists-fresh.sqlite', files.path())
    connection = files.connect()
    remembered = []
    written = []
  })

  afterEach(() => files.dispose())

  function call(method: string, arg: string | Value, era: Era = 'head'): Value {
    const {args, name, run} = METHODS.get(`thread-api/${method}`)!
    const context = {
      era,
      graph: {dir: files.dir},
      isHeard: () => true,
      onWritten: (one: Written) => written.push(one),
      open: connection,
      remember: (value: Value) => remembered.push(value),
      wrong: (argument: string, problem: string) => invalidArgument(name, argument, problem),
    } as unknown as CallContext
    const values = ['demo', typeof arg === 'string' ? readEdn(arg) : arg]
    return runSync(run(readArguments(name, args, values), context, NO_LIMITS))
  }

  const count = () => connection.db.list(undefined).length

  it('notify other clients of what an import wrote, and remember its answer', () => {
    const answer = call('import-edn', '{:pages-and-blocks [{:page {:block/title "New"} :blocks [{:block/title "a"}]}]}')
    expect(writeEdn(answer)).to.equal('{:tx-count 2}')
    expect(remembered.map((value) => writeEdn(value))).to.deep.equal(['{:tx-count 2}'])
    expect(written.map(({txData}) => txData.some(({v}) => v === 'New'))).to.deep.equal([true])
  })

  it('answer with an error, and write nothing, when an entity would not be valid', () => {
    const before = count()
    const answer = call('import-edn', '{:pages-and-blocks [{:page {:block/title "X" :build/tags #{:user.class/No}}}]}')
    expect(writeEdn(answer)).to.equal('{:error "The Imported EDN has 2 validation error(s)"}')
    expect([count(), written, remembered]).to.deep.equal([before, [], []])
  })

  for (const [name, text] of [
    ['a page without a name', '{:pages-and-blocks [{:page {}}]}'],
    ['a block without a title', '{:pages-and-blocks [{:page {:block/title "a"} :blocks [{}]}]}'],
    ['pages that are no collection', '{:pages-and-blocks 1}'],
    ['a day that is none', '{:pages-and-blocks [{:page {:build/journal 20260231}}]}'],
    ['properties under something else than an ident', '{:properties {"p" {}}}'],
    [
      'classes that extend each other',
      '{:classes {:user.class/A {:build/class-extends #{:user.class/B}} :user.class/B {:build/class-extends #{:user.class/A}}}}',
    ],
    ['facts that are none', '{:logseq.db.sqlite.export/graph-format :datoms :datoms [1]}'],
    [
      'a property that is not declared',
      '{:pages-and-blocks [{:page {:block/title "a" :build/properties {:user.property/x 1}}}]}',
    ],
  ] as const) {
    it(`refuse ${name}, and write nothing`, () => {
      const before = count()
      expect(() => call('import-edn', text))
        .to.throw(ServerError)
        .with.property('code', 'invalid-arguments')
      expect([count(), written]).to.deep.equal([before, []])
    })
  }

  it('replace this graph by that of another export', () => {
    unpackGolden('lists-a.sqlite', files.path('other.sqlite'))
    const here = connection
    connection = files.connect({}, 'other.sqlite')
    const map = call('export-edn', GRAPH)
    connection = here
    const answer = call('import-edn', map) as ValueMap
    expect(answer.get(keyword('tx-count'))).to.equal(3470)
    expect(writeEdn(call('export-edn', GRAPH))).to.equal(writeEdn(map))
    expect(written).to.have.length(1)
  })

  it('export a graph for people where older clients ask for one', () => {
    const map = call('export-edn', GRAPH, 'base') as ValueMap
    expect(map.has(keyword('datoms'))).to.equal(false)
    expect(map.get(keyword('logseq.db.sqlite.export/export-type'))).to.equal(keyword('graph'))
    expect(writeEdn(call('import-edn', map))).to.match(/^\{:tx-count \d+\}$/)
  })

  it('replace this graph by that of a database file, and refuse any other file', () => {
    unpackGolden('lists-a.sqlite', files.path('other.sqlite'))
    const bytes = readFileSync(files.path('other.sqlite')).toString('base64')
    const before = count()
    for (const bad of [Buffer.from('no database').toString('base64'), `${bytes.slice(0, 40_000)}`])
      expect(() => call('import-db-base64', bad))
        .to.throw(ServerError)
        .with.property('code', 'invalid-arguments')
    expect([count(), written]).to.deep.equal([before, []])
    expect(call('import-db-binary', new Tagged('b', bytes))).to.equal(null)
    const facts = (db: StoredDatabase) => db.list(undefined).map(({a, e, tx, v}) => `${e} ${a} ${writeEdn(v)} ${tx}`)
    expect(facts(files.connect().db)).to.deep.equal(facts(files.connect({}, 'other.sqlite').db))
    expect(readdirSync(files.dir).filter((name) => name.includes('incoming'))).to.deep.equal([])
    const {txData} = connection.db.list(undefined).length > 0 ? written[0]! : {txData: []}
    expect(txData.length).to.be.greaterThan(0)
  })

  it('say why nothing can be exported', () => {
    for (const [options, text] of [
      ['{:export-type :page :page-id 999999}', /unknown entity 999999/],
      ['{:export-type :page}', /unknown entity nil/],
      ['{:export-type :page :page-id [:block/title "a"]}', /unique/],
      ['{:export-type :block :block-id "x"}', /entity/],
      ['{}', /nil is an invalid export-type/],
    ] as const)
      expect(String((call('export-edn', options) as ValueMap).get(keyword('export-edn-error')))).to.match(text)
  })
})
