import {expect} from 'chai'

import {KvsStore} from '../../../src/engine/storage/kvs-store.js'
import {openSqlite, type Sqlite} from '../../../src/lib/sqlite.js'
import {createFromTemplate} from '../../../src/logseq/new-graph/create-from-template.js'
import {PLACEHOLDERS} from '../../../src/logseq/new-graph/new-graph-params.js'
import {newGraph} from '../../../src/logseq/new-graph/new-graph.js'

const BIRTH = {now: 1_795_567_732_471, uuid: 'a4c1bb3a-1b2c-4d3e-8f90-0123456789ab'}

describe('a graph that is made from the template', () => {
  let planted: Sqlite
  let made: Sqlite

  beforeEach(() => {
    ;[planted, made] = [emptyTable(), emptyTable()]
  })

  afterEach(() => {
    planted.close()
    made.close()
  })

  it('has exactly the rows of one whose facts and trees are computed', () => {
    createFromTemplate(planted, BIRTH)
    const store = new KvsStore(made, {cacheDatoms: 1})
    store.flush(newGraph(BIRTH, store))
    expect(rowsOf(planted)).to.deep.equal(rowsOf(made))
    expect(rowsOf(planted)).to.have.length.greaterThan(300)
  })

  it('has none of the placeholders', () => {
    createFromTemplate(planted, BIRTH)
    const text = JSON.stringify(rowsOf(planted))
    expect(text)
      .to.contain(String(BIRTH.now))
      .and.contain(`00000000${BIRTH.uuid.slice(8)}`)
    expect(text).not.to.contain(String(PLACEHOLDERS.now))
    expect(text).not.to.contain(PLACEHOLDERS.uuid.slice(8))
  })
})

function emptyTable(): Sqlite {
  const db = openSqlite(':memory:')
  db.exec('CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)')
  return db
}

function rowsOf(db: Sqlite): unknown[] {
  return db.all('SELECT addr, content, addresses FROM kvs ORDER BY addr')
}
