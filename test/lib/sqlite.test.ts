import {closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'

import {
  isBusy,
  isConstraint,
  isCorrupt,
  isFull,
  isNotDatabase,
  isNotOpened,
  isUnusable,
  openSqlite,
  type Sqlite,
} from '../../src/lib/sqlite.js'

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

  it('writes on after a row whose number is not exact in JavaScript', () => {
    db.exec('INSERT INTO t VALUES (9223372036854775807, NULL)')
    db.prepare('INSERT INTO t VALUES (?, NULL)').run(1)
    db.prepare('DELETE FROM t WHERE n = ?').run('9223372036854775807')
    expect(numbers()).to.deep.equal([1])
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

  describe('classification of errors', () => {
    const KINDS = {isBusy, isConstraint, isCorrupt, isFull, isNotDatabase, isNotOpened, isUnusable}
    const path = () => join(dir, 'db.sqlite')
    const SELECT = "SELECT n, text FROM t WHERE text <> '' ORDER BY n"

    /** Returns the names of the functions that recognise the error of a call, which fails. */
    function kindsOf(work: () => unknown): string[] {
      try {
        work()
      } catch (error) {
        return Object.entries(KINDS).flatMap(([name, is]) => (is(error) ? [name] : []))
      }

      return ['no error']
    }

    /** Calls that read all rows. */
    const READS: Record<string, (other: Sqlite) => unknown> = {
      all: (other) => other.all(SELECT),
      exec: (other) => other.exec(SELECT),
      get: (other) => other.prepare(`SELECT max(text) AS m FROM (${SELECT})`).get(),
      'prepared all': (other) => other.prepare(SELECT).all(),
      'prepared all with a value': (other) => other.prepare(`${SELECT} LIMIT ?`).all(10_000),
    }

    /** Calls that write a row. */
    const WRITES: Record<string, (other: Sqlite, n: number) => unknown> = {
      exec: (other, n) => other.exec(`INSERT INTO t VALUES (${n}, printf('%9000d', 1))`),
      run: (other, n) => other.prepare("INSERT INTO t VALUES (?, printf('%9000d', 1))").run(n),
      'all that returns': (other, n) =>
        other.prepare("INSERT INTO t VALUES (?, printf('%9000d', 1)) RETURNING n").all(n),
    }

    function fill(): void {
      const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
      db.transaction(() => {
        for (let n = 0; n < 200; n++) insert.run(n, `the text of row ${n}, and more than that`)
      })
    }

    /** Opens the file once more, does something, and closes it. */
    function inOther<T>(work: (other: Sqlite) => T, file = path()): T {
      const other = openSqlite(file)
      try {
        return work(other)
      } finally {
        other.close()
      }
    }

    for (const [name, read] of Object.entries(READS)) {
      it(`recognises a damaged page, in ${name}`, () => {
        fill()
        db.close()
        const file = openSync(path(), 'r+')
        writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, 3 * 4096)
        closeSync(file)
        const kinds = inOther((other) => kindsOf(() => read(other)))
        db = openSqlite(':memory:') // for the end of the test
        expect(kinds).to.deep.equal(['isCorrupt'])
      })

      it(`recognises a file that is no database, in ${name}`, () => {
        const file = join(dir, 'text')
        writeFileSync(file, 'no database '.repeat(1000))
        expect(inOther((other) => kindsOf(() => read(other)), file)).to.deep.equal(['isCorrupt', 'isNotDatabase'])
      })

      it(`recognises a lock, in ${name}`, () => {
        fill()
        db.exec('BEGIN EXCLUSIVE')
        expect(inOther((other) => kindsOf(() => read(other)))).to.deep.equal(['isBusy'])
        db.exec('ROLLBACK')
      })
    }

    for (const [name, write] of Object.entries(WRITES)) {
      it(`recognises a second row with a key, in ${name}`, () => {
        write(db, 1)
        expect(kindsOf(() => write(db, 1))).to.deep.equal(['isConstraint'])
      })

      it(`recognises a full disk, in ${name}`, () => {
        db.exec('PRAGMA max_page_count = 4')
        write(db, 1)
        expect(kindsOf(() => write(db, 2))).to.deep.equal(['isFull'])
      })

      it(`recognises a file that may only be read, in ${name}`, () => {
        const file = `${pathToFileURL(path()).href}?mode=ro`
        expect(inOther((other) => kindsOf(() => write(other, 1)), file)).to.deep.equal(['isUnusable'])
      })

      it(`recognises a lock, in ${name}`, () => {
        db.exec('BEGIN IMMEDIATE')
        expect(inOther((other) => kindsOf(() => write(other, 1)))).to.deep.equal(['isBusy'])
        db.exec('ROLLBACK')
      })
    }

    it('recognises a file that cannot be opened', () => {
      expect(kindsOf(() => openSqlite(join(dir, 'none', 'db.sqlite')))).to.deep.equal(['isNotOpened', 'isUnusable'])
    })
  })
})
