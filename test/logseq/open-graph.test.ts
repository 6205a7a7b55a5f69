import {expect} from 'chai'

import {KvsStore} from '../../src/engine/storage/kvs-store.js'
import {ServerError} from '../../src/lib/errors.js'
import {Connection} from '../../src/logseq/connection.js'
import {openGraph} from '../../src/logseq/open-graph.js'
import {isGraph} from '../../src/logseq/write-rules/read-only.js'
import {keyword} from '../../src/values/scalars.js'
import {encodeTransit} from '../../src/values/transit.js'
import {block, GraphFiles, NOW, QUIET, write} from '../engine/graph-file.js'
import {disorder, facts, lines} from '../engine/support.js'
import {graphFixtures, unpackGraph} from '../support/graphs.js'

const CREATE_KVS = 'CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)'
const BIRTH = {now: NOW, uuid: '01234567-89ab-4cde-8f01-23456789abcd'}

describe('opening a graph', () => {
  let files: GraphFiles

  beforeEach(() => {
    files = new GraphFiles()
  })

  afterEach(() => files.dispose())

  function open(birth: typeof BIRTH | undefined) {
    return openGraph(files.sqlite(), {newGraph: birth, cacheDatoms: 10_000, path: files.path()}, QUIET)
  }

  it('makes one where there is nothing but the table, if one may be made', () => {
    files.sqlite().exec(CREATE_KVS)
    const error = errorOf(() => open(undefined))
    expect(error).to.include({code: 'graph-invalid'})
    expect(error.message).to.match(/has not been created yet$/)
    expect((error as ServerError).hint).to.contain('`logseq server start --create`')
    expect(files.rows(), 'nothing was written').to.deep.equal([])

    const {connection, created} = open(BIRTH)
    expect(created).to.equal(true)
    expect(connection.db.list(undefined)).to.have.length(2133)
    expect(write(connection, block(1)).txData).to.have.length(4)
  })

  it('opens one that is there, whether one may be made or not', () => {
    files.make('[{:db/ident :logseq.kv/mine :kv/value 1}]')
    const rows = files.rows()
    for (const birth of [undefined, {now: 1, uuid: BIRTH.uuid.replace('89ab', 'ba98')}]) {
      const {connection, created} = open(birth)
      expect(created).to.equal(false)
      expect(connection.db.first(undefined, keyword('db/ident'), keyword('logseq.kv/mine'))?.e).to.equal(174)
    }

    expect(files.rows()).to.deep.equal(rows)
  })

  it('what is stored of a new graph is the same for the same time and uuid', () => {
    files.make()
    files.make(undefined, 'again.sqlite')
    expect(files.rows('again.sqlite')).to.deep.equal(files.rows())
    const again = files.connect({}, 'again.sqlite')
    expect(lines(again.db.list(undefined))).to.deep.equal(lines(files.connect().db.list(undefined)))
  })

  const damages: [string, string, RegExp][] = [
    ['without a root', 'DELETE FROM kvs WHERE addr = 0', /root/],
    ['without a tail', 'DELETE FROM kvs WHERE addr = 1', /tail/],
    ['with a root of another kind', "UPDATE kvs SET content = '[]' WHERE addr = 0", /root/],
    ['with a tail of nonsense', `UPDATE kvs SET content = '["^ "' WHERE addr = 1`, /transit|JSON/],
    ['with a tail of something else', `UPDATE kvs SET content = '[[[1,2]]]' WHERE addr = 1`, /datom/],
    [
      'with a tail that cannot be',
      `UPDATE kvs SET content = '[[[99,"~:db/ident","~:logseq.class/Root",536870999]]]' WHERE addr = 1`,
      /last writes.*unique/,
    ],
  ]

  for (const [what, damage, why] of damages) {
    it(`refuses one ${what}, and leaves it as it is`, () => {
      files.make()
      files.sqlite().exec(damage)
      const rows = files.rows()
      const error = errorOf(() => open(BIRTH))
      expect(error.code).to.equal('graph-invalid')
      expect(error.message).to.match(why)
      expect(files.rows()).to.deep.equal(rows)
    })
  }

  it('refuses a file that has the form of a graph and is not one', () => {
    files.make('[{:db/ident :logseq.kv/db-type :kv/value "other"}]')
    expect(errorOf(() => open(BIRTH)).message).to.contain('not a graph')
  })

  it('applies the tail of any writer: the newest transaction counts', () => {
    files.make()
    const tail = [
      [[500, keyword('block/title'), 'x', 536_870_950]],
      [
        [500, keyword('block/title'), 'x', -536_870_951],
        [500, keyword('block/title'), 'y', 536_870_951],
        [501, keyword('block/title'), 'gone', -536_870_951],
        [1, keyword('db/ident'), keyword('logseq.class/Root'), 536_870_913],
      ],
    ]
    files.sqlite().prepare('UPDATE kvs SET content = ? WHERE addr = 1').run(encodeTransit(tail))
    const {db} = files.connect()
    expect({maxEid: db.maxEid, maxTx: db.maxTx}).to.deep.equal({maxEid: 500, maxTx: 536_870_951})
    expect(facts(db).filter((line) => /^50[01] /.test(line))).to.deep.equal(['500 :block/title "y"'])
    expect(db.list(undefined)).to.have.length(2134)
  })

  for (const name of graphFixtures()) {
    it(`${name}: opened and read, no row is changed; written, it holds what was written`, () => {
      unpackGraph(name, files.path())
      const rows = files.rows()
      const store = new KvsStore(files.sqlite(), {cacheDatoms: 2000})
      if (name === 'odd-values') {
        // A database of the same form; it lacks what makes it a graph.
        expect(errorOf(() => Connection.open(store, QUIET)).message).to.contain('not a graph')
        expect(files.rows()).to.deep.equal(rows)
        return
      }

      const connection = Connection.open(store, QUIET)
      expect(connection.readOnly).to.equal(undefined)
      expect(isGraph(connection.db)).to.equal(true)
      const before = facts(connection.db)
      const missing = disorder(connection.db)
      expect(missing, 'Logseq leaves some facts out of one index').to.deep.equal(['avet is not what eavt is'])
      const {db, release} = connection.snapshot()
      expect(facts(db)).to.have.length(before.length)
      release()
      expect(files.rows()).to.deep.equal(rows)

      for (let i = 0; i < 12; i++) write(connection, block(i))
      const page = connection.db.first(undefined, keyword('block/title'), 'block 3')!.e
      write(connection, `[[:db/retractEntity ${page}]]`)
      const again = files.connect()
      expect(lines(again.db.list(undefined))).to.deep.equal(lines(connection.db.list(undefined)))
      expect(facts(again.db)).to.have.length(before.length + 11 * 4)
      expect(disorder(again.db)).to.deep.equal(missing)
    })
  }
})

function errorOf(act: () => unknown): ServerError {
  try {
    act()
  } catch (error) {
    if (error instanceof ServerError) return error
    throw error
  }

  throw new Error('it was not refused')
}
