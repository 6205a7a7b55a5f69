import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import type {Connection} from '../../../src/logseq/connection.js'
import {exportEdn} from '../../../src/logseq/export/export.js'
import {ImportRefused} from '../../../src/logseq/import/refusal.js'
import {countEntities, differences, graphOf, readFacts} from '../../../src/logseq/import/whole-graph.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import {equal, type Value, ValueMap} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {goldenCases, unpackGolden} from '../../support/golden.js'
import {graphFixtures, unpackGraph} from '../../support/graphs.js'

const WHOLE = new ValueMap([[keyword('export-type'), keyword('graph')]])
const LOCAL_ID = keyword('logseq.kv/local-graph-uuid')

describe('an export of all facts', () => {
  let files: GraphFiles

  beforeEach(() => {
    files = new GraphFiles()
    unpackGolden('lists-fresh.sqlite', files.path('into.sqlite'))
  })

  afterEach(() => files.dispose())

  const exported = (db: StoredDatabase) => runSync(exportEdn(db, WHOLE, NO_LIMITS))

  function replace(connection: Connection, map: ValueMap) {
    const facts = runSync(readFacts(map, NO_LIMITS))
    return runSync(connection.replace((before, empty) => graphOf(facts, before, empty, NO_LIMITS), NO_LIMITS))
  }

  it('takes the place of a graph, and is exported again as it was', () => {
    unpackGolden('lists-a.sqlite', files.path())
    const source = files.connect().db
    const golden = goldenCases('export.jsonl.gz').find(({name}) => name === 'export graph (datoms)')!
    const map = readEdn(golden.output.value as string) as ValueMap
    const into = files.connect({}, 'into.sqlite')
    const facts = runSync(readFacts(map, NO_LIMITS))
    const roundtrip = (golden as unknown as {roundtrip: {value: string}}).roundtrip
    const counted = facts.length + runSync(countEntities(into.db, NO_LIMITS))
    expect(`{:tx-count ${counted}}`).to.equal(roundtrip.value)
    replace(into, map)
    expectEqual(exported(files.connect({}, 'into.sqlite').db), map)
    const without = (lines: string[]) => lines.filter((line) => !line.startsWith(':block/tx-id '))
    expect(without(schemaOf(into.db))).to.deep.equal(without(schemaOf(source)))
  })

  it('keeps what belongs to one copy of a graph', () => {
    unpackGolden('lists-a.sqlite', files.path())
    const into = files.connect({}, 'into.sqlite')
    const id = (db: StoredDatabase) => db.first(db.entid(LOCAL_ID), keyword('kv/value'))!.v
    const own = id(into.db)
    replace(into, exported(files.connect().db))
    expect(equal(id(into.db), own)).to.equal(true)
  })

  it('is backed up before, and leaves those who read the graph with what they read', () => {
    unpackGolden('lists-a.sqlite', files.path())
    let backups = 0
    const into = files.connect(
      {
        *backUp() {
          backups++
          yield
        },
      },
      'into.sqlite',
    )
    const {db, release} = into.snapshot()
    const before = db.list(undefined).length
    replace(into, exported(files.connect().db))
    expect(db.list(undefined).length).to.equal(before)
    release()
    expect(backups).to.equal(1)
    replace(into, exported(into.db))
    expect(backups).to.equal(2)
  })

  it('names what is different, for those who follow the changes', () => {
    unpackGolden('lists-a.sqlite', files.path())
    const source = files.connect().db
    const into = files.connect({}, 'into.sqlite')
    const facts = runSync(readFacts(exported(source), NO_LIMITS))
    const {after, before} = runSync(into.replace((old, empty) => graphOf(facts, old, empty, NO_LIMITS), NO_LIMITS))
    const changes = runSync(differences(before, after, NO_LIMITS))
    const left = new Set(before.list(undefined).map((datom) => keyOf(datom)))
    for (const datom of changes)
      if (datom.added) left.add(keyOf(datom))
      else left.delete(keyOf(datom))
    expect([...left].sort()).to.deep.equal(
      after
        .list(undefined)
        .map((datom) => keyOf(datom))
        .sort(),
    )
  })

  // Of the others one is not a graph, and one has entities that Logseq would refuse.
  for (const name of graphFixtures().filter((one) => ['g10000', 'h1'].includes(one))) {
    it(`takes a graph of another program: ${name}`, () => {
      unpackGraph(name, files.path())
      const map = exported(files.connect().db)
      const into = files.connect({}, 'into.sqlite')
      replace(into, map)
      expectEqual(exported(into.db), map)
    })
  }

  describe('is refused, and the graph stays', () => {
    const refused: [string, string][] = [
      ['when it has no facts', '{:logseq.db.sqlite.export/graph-format :datoms}'],
      ['when it has something else than facts', '{:datoms [[1 :db/ident]]}'],
      ['when an entity is not a positive number', '{:datoms [[-1 :db/ident :a/b]]}'],
      ['when it is not a graph', '{:datoms [[1 :db/ident :logseq.kv/other] [1 :kv/value 1]]}'],
      ['when it has an undeclared attribute', '{:datoms [[1 :user.property/x 1]]}'],
    ]
    for (const [name, text] of refused) {
      it(name, () => {
        const into = files.connect({}, 'into.sqlite')
        const before = into.db.list(undefined).length
        expect(() => replace(into, readEdn(text) as ValueMap)).to.throw()
        expect(into.db.list(undefined).length).to.equal(before)
        expect(files.connect({}, 'into.sqlite').db.list(undefined).length).to.equal(before)
      })
    }

    it('when it has an entity that Logseq would refuse', () => {
      const into = files.connect({}, 'into.sqlite')
      const map = exported(into.db)
      const datoms = (map.get(keyword('datoms')) as Value[]).filter(
        (fact) => !((fact as Value[])[1] === keyword('block/created-at') && (fact as Value[])[0] === 1),
      )
      expect(() => replace(into, new ValueMap([[keyword('datoms'), datoms]]))).to.throw(
        ImportRefused,
        'The Imported EDN has 1 validation error(s)',
      )
    })
  })
})

function keyOf({a, e, v}: {a: {fqn: string}; e: number; v: Value}): string {
  return `${e} ${a.fqn} ${writeEdn(v)}`
}

/** What the schema says of each attribute that is used. */
function schemaOf(db: StoredDatabase): string[] {
  const used = new Set(db.list(undefined).map(({a}) => a))
  return Array.from(used, (a) => `${a} ${db.attributes.flags(a)}`).sort()
}

function expectEqual(made: Value, expected: Value): void {
  if (!equal(made, expected)) expect(writeEdn(made)).to.equal(writeEdn(expected))
}
