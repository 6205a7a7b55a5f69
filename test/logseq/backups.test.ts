import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {explainDamage, isDamage} from '../../src/engine/damage.js'
import {EditToken} from '../../src/engine/index/node.js'
import {NO_LIMITS, runSync} from '../../src/engine/task.js'
import {ServerError} from '../../src/lib/errors.js'
import {backupDirectory, listBackups} from '../../src/lib/files/backups.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {checkBackup, makeBackup, reviewBackups} from '../../src/logseq/backups.js'
import {copyGraph} from '../../src/logseq/copy-graph.js'
import {createFromTemplate} from '../../src/logseq/new-graph/create-from-template.js'
import {datomOf} from '../engine/index/support.js'
import {emptyTrees, insertAll, type Opened, openGraph, rowsOf, stateOf} from '../engine/storage/support.js'
import {fillDisk, needsDisk} from '../support/mounts.js'
import {useSandbox} from '../support/use.js'

/** Size of a page of a database, and the first byte of one with rows of a table: https://sqlite.org/fileformat.html, 1.6. */
const PAGE = 4096
const LEAF = 13

/** Addresses that JavaScript has no exact numbers for: no node has them, but another program may have made such rows. */
const OUT_OF_REACH = ['9007199254740993', '9223372036854775807']

describe('a backup', () => {
  const sandbox = useSandbox()

  async function open(dir: string, datoms = 5000): Promise<Opened> {
    const opened = await openGraph(dir)
    const {kvs} = opened
    const numbers = Array.from({length: datoms}, (_, n) => datomOf(n))
    kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers, new EditToken())))
    kvs.writeTail([[datomOf(datoms)]])
    return opened
  }

  /** A graph of Logseq, which a check finds sound. */
  async function openSound(dir: string): Promise<Opened> {
    const opened = await openGraph(dir)
    createFromTemplate(opened.store.db, {now: 0, uuid: '00000000-0000-4000-8000-000000000001'})
    return opened
  }

  const at = (second: number) => Date.UTC(2026, 10, 24, 12, 0, second)
  const make = ({dir, store}: Opened, now: number) => makeBackup(store.db, dir, 'automatic', now)
  const files = (dir: string) => readdirSync(backupDirectory(dir)).sort()

  it('holds each row of the graph, and is a sound database that only its owner can read', async () => {
    const dir = join(sandbox.dir, "one of Ann's")
    const opened = await openSound(dir)
    for (const addr of OUT_OF_REACH) opened.store.db.exec(`INSERT INTO kvs VALUES (${addr}, '[]', NULL)`)
    const made = runSync(makeBackup(opened.store.db, dir, 'own', at(1)))
    expect(made).to.deep.equal(listBackups(dir)[0])
    expect(made.unchecked).to.equal(true)
    const backup = runSync(checkBackup(made, NO_LIMITS))
    expect(backup).to.deep.equal(listBackups(dir)[0])
    expect(backup).to.include({damaged: false, kind: 'own', name: made.name, unchecked: false})
    expect(statSync(backup.path).mode & 0o777).to.equal(0o600)
    const copy = openSqlite(backup.path)
    const ROWS = 'SELECT CAST(addr AS TEXT) AS addr, content, addresses FROM kvs ORDER BY kvs.addr'
    expect(copy.all(ROWS)).to.deep.equal(opened.store.db.all(ROWS))
    expect(
      copy
        .all(ROWS)
        .slice(-2)
        .map(({addr}) => addr),
    ).to.deep.equal(OUT_OF_REACH)
    expect(Object.values(copy.all('PRAGMA integrity_check')[0]!)[0]).to.equal('ok')
    const schema = 'SELECT name, sql FROM sqlite_master'
    expect(copy.all(schema)[0]!['sql']).to.equal(opened.store.db.all(schema)[0]!['sql'])
    copy.close()
    expect(files(dir)).to.deep.equal(['20261124T120001000Z.sqlite'])
  })

  it('lets others in between, and the graph is used on after it', async () => {
    const opened = await open(join(sandbox.dir, 'graph'), 60_000)
    let turns = 0
    for (const task = make(opened, at(1)); !task.next().done; turns++)
      expect(opened.kvs.load(1_000_001, 0).keys.length).to.be.greaterThan(0)
    expect(turns).to.be.greaterThan(5)
    opened.kvs.writeTail([[datomOf(1)]])
    expect(opened.store.db.all('PRAGMA database_list').length).to.equal(1)
  })

  it('takes the place of an older one when it is sound, and of none when it is damaged', async () => {
    const opened = await openSound(join(sandbox.dir, 'graph'))
    for (let second = 0; second < 5; second++) runSync(make(opened, at(second)))
    runSync(reviewBackups(opened.dir, NO_LIMITS))
    const good = ['auto-20261124T120002000Z', 'auto-20261124T120003000Z', 'auto-20261124T120004000Z']
    expect(files(opened.dir)).to.deep.equal(good.map((name) => `${name}.sqlite`))

    opened.store.db.exec('DELETE FROM kvs WHERE addr = 1000040')
    for (let second = 5; second < 9; second++) runSync(make(opened, at(second)))
    runSync(reviewBackups(opened.dir, NO_LIMITS))
    expect(listBackups(opened.dir).map(({name}) => name)).to.deep.equal([
      'auto-20261124T120008000Z-damaged',
      'auto-20261124T120007000Z-damaged',
      ...good.toReversed(),
    ])
  })

  it('is named as another check of it has named it, or left alone when it was removed', async () => {
    const opened = await openSound(join(sandbox.dir, 'graph'))
    const [first, second] = [runSync(make(opened, at(1))), runSync(make(opened, at(2)))]
    const inner = runSync(checkBackup(second, NO_LIMITS))
    expect(runSync(checkBackup(second, NO_LIMITS))).to.deep.equal(inner)
    const third = runSync(make(opened, at(3)))
    function* removed(path: string) {
      yield
      if (path === third.path) rmSync(first.path, {force: true})
      return {ok: true, problems: []} as never
    }

    runSync(reviewBackups(opened.dir, NO_LIMITS, removed as never))
    expect(files(opened.dir)).to.deep.equal([2, 3].map((n) => `auto-20261124T12000${n}000Z.sqlite`))
  })

  it('removes no other one before it is checked', async () => {
    const opened = await openSound(join(sandbox.dir, 'graph'))
    for (let second = 0; second < 3; second++) runSync(make(opened, at(second)))
    runSync(reviewBackups(opened.dir, NO_LIMITS))
    for (let second = 3; second < 9; second++) runSync(make(opened, at(second)))
    expect(files(opened.dir)).to.have.length(9)
  })

  it('is not listed if it was never completed: its server died, or its task was ended', async () => {
    const opened = await open(join(sandbox.dir, 'graph'))
    const others = ['notes.part', 'notes.sqlite.part', 'notes.txt']
    mkdirSync(join(backupDirectory(opened.dir), '20261124T120000000Z.sqlite.part'), {recursive: true})
    for (const name of others) writeFileSync(join(backupDirectory(opened.dir), name), 'mine')
    const parts = ['20261124T120001000Z.sqlite.part', 'auto-20261124T120001000Z-unchecked.sqlite.0123abcd.part']
    for (const name of parts) writeFileSync(join(backupDirectory(opened.dir), name), 'half of it')
    const task = make(opened, at(1))
    task.next()
    task.return(undefined as never)
    const kept = ['20261124T120000000Z.sqlite.part', ...others]
    expect(files(opened.dir)).to.deep.equal(kept)
    runSync(make(opened, at(2)))
    expect(files(opened.dir)).to.deep.equal([...kept, 'auto-20261124T120002000Z-unchecked.sqlite'].sort())
  })

  it('of a table that has one page instead of another fails as one of a damaged graph', async () => {
    const dir = join(sandbox.dir, 'graph')
    const {store} = await openSound(dir)
    store.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    store.close()
    const sound = readFileSync(join(dir, 'db.sqlite'))
    const pages = Array.from({length: sound.length / PAGE}, (_, page) => page)
    const leaves = pages.filter((page) => page > 0 && sound[page * PAGE] === LEAF)
    expect(leaves.length).to.be.greaterThan(3)
    const reasons = new Set<string>()
    for (const [i, from] of leaves.entries()) {
      const to = leaves[(i + 1) % leaves.length]!
      const path = join(sandbox.dir, `damaged-${i}.sqlite`)
      writeFileSync(
        path,
        Buffer.from(sound).fill(sound.subarray(from * PAGE, (from + 1) * PAGE), to * PAGE, (to + 1) * PAGE),
      )
      const db = openSqlite(path)
      try {
        runSync(copyGraph(db, join(sandbox.dir, `copy-${i}.sqlite`)))
      } catch (error) {
        expect(isDamage(explainDamage(error)), String(error)).to.equal(true)
        reasons.add(String(error).includes('order of the table') ? 'a row twice' : 'malformed')
      } finally {
        db.close()
      }
    }

    expect(reasons).to.include('a row twice')
  })

  it('is not made on a full disk; the old ones stay, and the graph is as it was', async function () {
    const disk = join(sandbox.dir, 'disk')
    const mounted = needsDisk(this, disk, '8m')

    try {
      const opened = await open(join(disk, 'graph'))
      runSync(make(opened, at(1)))
      const rows = rowsOf(opened)
      fillDisk(disk)
      let thrown: unknown
      try {
        runSync(make(opened, at(2)))
      } catch (error) {
        thrown = error
      }

      expect(thrown).to.be.instanceOf(ServerError).and.to.include({code: 'disk-full'})
      expect(files(opened.dir)).to.deep.equal(['auto-20261124T120001000Z-unchecked.sqlite'])
      expect(rowsOf(opened)).to.deep.equal(rows)
      rmSync(join(disk, 'filler'))
      runSync(make(opened, at(3)))
      expect(listBackups(opened.dir).length).to.equal(2)
    } finally {
      mounted.unmount()
    }
  })
})
