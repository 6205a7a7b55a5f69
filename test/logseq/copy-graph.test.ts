import {readdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {explainDamage, isDamage} from '../../src/engine/damage.js'
import {EditToken} from '../../src/engine/index/node.js'
import {runSync} from '../../src/engine/task.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {copyGraph} from '../../src/logseq/copy-graph.js'
import {datomOf} from '../engine/index/support.js'
import {emptyTrees, insertAll, openGraph, rowsOf, stateOf} from '../engine/storage/support.js'
import {useSandbox} from '../support/use.js'

const PAGE = 4096

/** What another program may do to an incomplete copy. */
const INTERFERENCE: Readonly<Record<string, (part: string) => void>> = {
  'cut to its first page': (part) => truncateSync(part, PAGE),
  'cut to nothing': (part) => truncateSync(part),
  overwritten: (part) => writeFileSync(part, Buffer.alloc(64 * PAGE, 0x5a)),
  removed: (part) => rmSync(part),
}

describe('the copy of a graph', () => {
  const sandbox = useSandbox()

  async function open(datoms: number) {
    const opened = await openGraph(join(sandbox.dir, 'graph'))
    const {kvs} = opened
    const numbers = Array.from({length: datoms}, (_, n) => datomOf(n))
    kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers, new EditToken())))
    return opened
  }

  it('has each value as it was stored, also one that is no text or not UTF-8', async () => {
    const {store} = await open(100)
    const values = [
      "'a''b'",
      "''",
      'NULL',
      "x'00ff'",
      "x''",
      "CAST(x'61ff62' AS TEXT)",
      "CAST(x'610062' AS TEXT)",
      "'é𝒳'",
    ]
    for (const [i, value] of values.entries())
      store.db.exec(`INSERT INTO kvs VALUES (${9000 + i}, ${value}, ${value}), (${9100 + i}, ${i}, ${i})`)
    const path = join(sandbox.dir, 'copy.sqlite')
    runSync(copyGraph(store.db, path))
    const copy = openSqlite(path)
    const ROWS =
      'SELECT addr, typeof(content) AS a, hex(content) AS b, typeof(addresses) AS c, hex(addresses) AS d FROM kvs'
    const expected = store.db.all(ROWS)
    for (const [i, row] of copy.all(ROWS).entries()) expect(row).to.deep.equal(expected[i])
    copy.close()
  })

  for (const [name, interfere] of Object.entries(INTERFERENCE))
    it(`is no reason to take the graph for damaged when it is ${name} meanwhile`, async () => {
      const opened = await open(60_000)
      const {db} = opened.store
      const rows = rowsOf(opened)
      let turns = 0
      for (let turn = 1; turn <= turns || turn === 1; turn++) {
        const path = join(sandbox.dir, `copy-${turn}.sqlite`)
        const task = copyGraph(db, path)
        let thrown: unknown
        let interfered = false // the number of turns depends on the time that they take
        try {
          for (let done: boolean | undefined = false, at = 1; !done; at++) {
            done = task.next().done
            if (!done && turn === 1) turns++
            const part = readdirSync(sandbox.dir).find((file) => file.endsWith('.part'))
            if (at !== turn || part === undefined) continue
            interfere(join(sandbox.dir, part))
            interfered = true
          }
        } catch (error) {
          thrown = error
          expect(isDamage(explainDamage(error)), String(error)).to.equal(false)
        }

        if (turn === 1) expect(interfered).to.equal(true)
        if (name === 'removed' && interfered) expect(String(thrown)).to.include('ENOENT')
        expect(readdirSync(sandbox.dir).filter((file) => file.endsWith('.part'))).to.deep.equal([])
        expect(rowsOf(opened)).to.deep.equal(rows)
        rmSync(path, {force: true})
      }

      runSync(copyGraph(db, join(sandbox.dir, 'next.sqlite')))
      expect(db.all('PRAGMA database_list').length).to.equal(1)
    })
})
