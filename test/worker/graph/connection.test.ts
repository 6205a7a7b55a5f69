import {randomUUID} from 'node:crypto'
import {copyFileSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite, type Sqlite} from '../../../src/lib/sqlite.js'
import {readEdn} from '../../../src/lib/values/edn-read.js'
import {Connection, type Surroundings} from '../../../src/worker/graph/connection.js'
import {openGraph} from '../../../src/worker/graph/open-graph.js'
import {complete, UNHURRIED} from '../../../src/worker/graph/task.js'
import {facts, lines} from './support.js'

const QUIET: Surroundings = {*backUp() {}, markSearchStale() {}, now: () => 1_900_000_000_000, requireMine() {}}

describe('a connection', () => {
  let dir: string
  let path: string
  const open: Sqlite[] = []

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'connection-'))
    path = join(dir, 'db.sqlite')
  })

  afterEach(() => {
    for (const db of open.splice(0)) db.close()
    rmSync(dir, {recursive: true})
  })

  function connect(file = path, surroundings = QUIET): Connection {
    const db = openSqlite(file)
    open.push(db)
    db.exec('CREATE TABLE IF NOT EXISTS kvs (addr INTEGER primary key, content TEXT, addresses JSON)')
    return openGraph(
      db,
      {birth: {now: 1_900_000_000_000, uuid: randomUUID()}, cacheDatoms: 10_000, path: file},
      surroundings,
    ).connection
  }

  const run = (connection: Connection, data: string) => complete(connection.transact(readEdn(data), UNHURRIED))

  it('has on disk what was written, in the tail or in the trees', () => {
    const connection = connect()
    for (let i = 0; i < 40; i++) {
      run(connection, `[{:block/uuid #uuid "${randomUUID()}" :block/title "t${i}" :block/order "a${i}"}]`)
      // as after a crash: what is in the file (and its log), and nothing else
      copyFileSync(path, join(dir, 'copy.sqlite'))
      const again = connect(join(dir, 'copy.sqlite'))
      expect(facts(again.db)).to.deep.equal(facts(connection.db))
      expect(lines(again.db.list(undefined))).to.deep.equal(lines(connection.db.list(undefined)))
      expect(again.db.maxTx).to.equal(connection.db.maxTx)
      expect(again.db.maxEid).to.equal(connection.db.maxEid)
      rmSync(join(dir, 'copy.sqlite'))
    }
  })
})
