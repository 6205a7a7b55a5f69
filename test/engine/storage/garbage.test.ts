import {expect} from 'chai'

import {collectGarbage, isWorthShrinking} from '../../../src/engine/storage/garbage.js'
import {KvsStore} from '../../../src/engine/storage/kvs-store.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {openSqlite, type Sqlite} from '../../../src/lib/sqlite.js'
import {Connection} from '../../../src/logseq/connection.js'
import {keyword} from '../../../src/values/scalars.js'
import {block, GraphFiles, QUIET, write} from '../graph-file.js'
import {facts} from '../support.js'

describe('collectGarbage', () => {
  let connection: Connection
  let db: Sqlite
  let files: GraphFiles
  let store: KvsStore

  beforeEach(() => {
    files = new GraphFiles()
    files.make()
    db = files.sqlite()
    store = new KvsStore(db, {cacheDatoms: 10_000})
    connection = Connection.open(store, QUIET)
    write(connection, blocks(1, 300))
    const titles = connection.db.list(undefined, keyword('block/title'))
    const entities = titles.filter(({v}) => /^block \d+$/.test(String(v))).map(({e}) => e)
    write(
      connection,
      `[${entities
        .slice(20)
        .map((e) => `[:db/retractEntity ${e}]`)
        .join(' ')}]`,
    )
  })

  afterEach(() => files.dispose())

  it('deletes the nodes that nothing leads to, and no other', () => {
    const before = {facts: facts(connection.db), report: files.check()}
    expect(before.report.garbage).to.be.greaterThan(0)
    expect(runSync(collectGarbage(db, store, NO_LIMITS))).to.equal(before.report.garbage)
    const after = files.check()
    expect(after.problems).to.deep.equal([])
    expect(after).to.include({garbage: 0, nodes: before.report.nodes})
    expect(facts(connection.db)).to.deep.equal(before.facts)
    expect(facts(files.connect().db), 'as it stands in the file').to.deep.equal(before.facts)
  })

  it('deletes rows with addresses that JavaScript has no exact numbers for', () => {
    const {garbage} = files.check()
    db.exec("INSERT INTO kvs VALUES (9007199254740993, '[]', NULL), (9223372036854775807, '[]', NULL)")
    expect(runSync(collectGarbage(db, store, NO_LIMITS))).to.equal(garbage + 2)
    expect(db.all('SELECT 1 FROM kvs WHERE addr > 9007199254740991')).to.deep.equal([])
  })

  it('leaves a graph that can be written on, and finds nothing more', () => {
    runSync(collectGarbage(db, store, NO_LIMITS))
    expect(runSync(collectGarbage(db, store, NO_LIMITS))).to.equal(0)
    write(connection, blocks(301, 400))
    expect(files.check().problems).to.deep.equal([])
  })

  it('waits for those who read an older state', () => {
    const {db: old, release} = connection.snapshot()
    const expected = facts(connection.db)
    const task = collectGarbage(db, store, NO_LIMITS)
    for (let turn = 0; turn < 10; turn++) expect(task.next().done).to.equal(false)
    expect(files.check().garbage).to.be.greaterThan(0)
    expect(facts(old)).to.deep.equal(expected)
    release()
    runSync(task)
    expect(files.check().garbage).to.equal(0)
  })

  it('deletes nothing when an index cannot be followed', () => {
    const rows = files.check().rows
    const inner = db.all('SELECT addr FROM kvs WHERE addresses IS NOT NULL AND addr > 1')
    expect(inner.length).to.be.greaterThan(0)
    db.exec(`UPDATE kvs SET content = 'no transit' WHERE addr = ${Number(inner[0]!['addr'])}`)
    expect(() => runSync(collectGarbage(db, store, NO_LIMITS))).to.throw()
    expect(db.all('SELECT count(*) AS count FROM kvs')).to.deep.equal([{count: rows}])
  })
})

/** The data of new blocks. */
function blocks(from: number, to: number): string {
  const data = Array.from({length: to - from + 1}, (_, i) => block(from + i).slice(1, -1))
  return `[${data.join(' ')}]`
}

describe('isWorthShrinking', () => {
  const MIB = 1024 * 1024
  for (const [sizes, deleted, expected] of [
    [[1, 1], 0, false],
    [[1, 1], 1, true],
    [[36, 1], 0, false],
    [[36, 1], 1, false],
    [[36, 5], 1, true],
  ] as const) {
    it(`is ${expected} for rows of ${sizes.join(' and ')} MiB, of which ${deleted} are deleted`, () => {
      const db = openSqlite(':memory:')
      db.exec('CREATE TABLE t (a)')
      for (const size of sizes) db.exec(`INSERT INTO t VALUES (zeroblob(${size * MIB}))`)
      if (deleted > 0) db.exec(`DELETE FROM t WHERE rowid > ${sizes.length - deleted}`)
      expect(isWorthShrinking(db)).to.equal(expected)
      db.close()
    })
  }
})
