import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite, type Sqlite} from '../../src/lib/sqlite.js'

describe('SQLite', () => {
  let db: Sqlite
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logseq-server-test-'))
    db = openSqlite(join(dir, 'db.sqlite'))
    db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)')
  })
  afterEach(() => {
    db.close()
    rmSync(dir, {recursive: true})
  })

  const numbers = () => db.all('SELECT n FROM t ORDER BY n').map(({n}) => n)

  it('runs a statement again and again, with other values in it', () => {
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
    insert.run(1, "it's")
    insert.run(2, null)
    const select = db.prepare('SELECT text FROM t WHERE n = ?')
    expect([1, 2, 3].map((n) => select.get(n)?.['text'])).to.deep.equal(["it's", null, undefined])
    expect(select.get(3)).to.equal(undefined)
  })

  it('does all of a transaction, and returns what came of it', () => {
    const insert = db.prepare('INSERT INTO t VALUES (?, NULL)')
    const sum = db.transaction(() => {
      insert.run(1)
      insert.run(2)
      return 3
    })
    expect([sum, numbers()]).to.deep.equal([3, [1, 2]])
  })

  it('does nothing of a transaction in which something fails, and the next one is done', () => {
    const insert = db.prepare('INSERT INTO t VALUES (?, NULL)')
    const failing = () =>
      db.transaction(() => {
        insert.run(1)
        throw new Error('half-way')
      })
    expect(failing).to.throw('half-way')
    expect(numbers()).to.deep.equal([])
    expect(() =>
      db.transaction(() => {
        insert.run(5)
        insert.run(5)
      }),
    ).to.throw('UNIQUE')
    db.transaction(() => insert.run(7))
    expect(numbers()).to.deep.equal([7])
  })
})
