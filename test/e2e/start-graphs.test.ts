import {copyFileSync, mkdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite} from '../../src/lib/sqlite.js'
import {graphFixtures, unpackGraph} from '../support/graphs.js'
import {operationsIn} from '../support/operations.js'
import {know, lives, until} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

describe('a graph that another program made', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  beforeEach(() => {
    mkdirSync(sandbox.graphDir())
  })

  const {start, stop} = operationsIn(sandbox)
  const path = () => join(sandbox.graphDir(), 'db.sqlite')

  function rowsOf(file: string): Record<string, unknown>[] {
    const db = openSqlite(file)
    try {
      return db.all('SELECT * FROM kvs ORDER BY addr')
    } finally {
      db.close()
    }
  }

  /** Serves the graph in place, then compares it with what it was. */
  async function expectUntouched(): Promise<void> {
    const original = join(sandbox.dir, 'original.sqlite')
    copyFileSync(path(), original)
    for (let i = 0; i < 2; i++) {
      const {created, pid} = await start('demo', false)
      const server = know(pid)!
      expect(created).to.equal(false)
      await stop()
      await until(() => !lives(server), 10_000, 'the end of the server')
    }

    const [before, after] = [readFileSync(original), readFileSync(path())]
    expect(after.length).to.equal(before.length)
    expect(after.subarray(100).equals(before.subarray(100)), 'all but the 100 bytes of the header').to.equal(true)
    copyFileSync(path(), join(sandbox.dir, 'after.sqlite'))
    expect(rowsOf(join(sandbox.dir, 'after.sqlite'))).to.deep.equal(rowsOf(original))
  }

  // `odd-values` has a schema of its own: values of each kind, but nothing of Logseq's.
  for (const name of graphFixtures().filter((fixture) => fixture !== 'odd-values')) {
    for (const journal of ['WAL', 'DELETE']) {
      it(`(${name}) in ${journal} mode keeps every row; at most bytes of the file’s header change`, async () => {
        unpackGraph(name, path())
        const db = openSqlite(path())
        db.all(`PRAGMA journal_mode = ${journal}`)
        if (journal === 'WAL') db.all('PRAGMA wal_checkpoint(TRUNCATE)')
        db.close()
        await expectUntouched()
        expect(rowsOf(join(sandbox.dir, 'after.sqlite')).length).to.be.greaterThan(50)
      })
    }
  }
})
