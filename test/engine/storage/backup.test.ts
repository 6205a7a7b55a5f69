import {mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {Edit} from '../../../src/engine/index/node.js'
import {backUp, KEPT_BACKUPS} from '../../../src/engine/storage/backup.js'
import {complete} from '../../../src/engine/task.js'
import {backupDirectory, backupPath, listBackups} from '../../../src/lib/graphs/backups.js'
import {isFull, openSqlite} from '../../../src/lib/sqlite.js'
import {fillDisk, needsDisk} from '../../support/mounts.js'
import {Sandbox} from '../../support/sandbox.js'
import {datomOf} from '../index/support.js'
import {emptyTrees, insertAll, type Opened, openGraph, rowsOf, stateOf} from './support.js'

describe('a backup', () => {
  let sandbox: Sandbox
  beforeEach(() => {
    sandbox = new Sandbox()
  })
  afterEach(() => sandbox.dispose())

  async function open(dir: string, datoms = 5000): Promise<Opened> {
    const opened = await openGraph(dir)
    const {kvs} = opened
    const numbers = Array.from({length: datoms}, (_, n) => datomOf(n))
    kvs.flush(stateOf(insertAll(emptyTrees(kvs), numbers, new Edit())))
    kvs.writeTail([[datomOf(datoms)]])
    return opened
  }

  const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second))
  const files = (dir: string) => readdirSync(backupDirectory(dir)).sort()

  it('holds each row of the graph, and is a sound database that only its owner can read', async () => {
    const dir = join(sandbox.dir, "one of Ann's")
    const opened = await open(dir)
    const backup = complete(backUp(opened.store.db, dir, at(1)))
    expect(backup).to.deep.equal(listBackups(dir)[0])
    expect(backup.path).to.equal(backupPath(dir, at(1)))
    expect(statSync(backup.path).mode & 0o777).to.equal(0o600)
    const copy = openSqlite(backup.path)
    const rows = copy.all('SELECT addr, content, addresses FROM kvs ORDER BY addr')
    expect(rows.map(({addr, addresses, content}) => ({addr, addresses, content}))).to.deep.equal(rowsOf(opened))
    expect(Object.values(copy.all('PRAGMA integrity_check')[0]!)[0]).to.equal('ok')
    const schema = 'SELECT name, sql FROM sqlite_master'
    expect(copy.all(schema)[0]!['sql']).to.equal(opened.store.db.all(schema)[0]!['sql'])
    copy.close()
    expect(files(dir)).to.deep.equal(['20261124T120001000Z.sqlite'])
  })

  it('lets others in between, and the graph is used on after it', async () => {
    const opened = await open(join(sandbox.dir, 'graph'), 60_000)
    let turns = 0
    for (const task = backUp(opened.store.db, opened.dir, at(1)); !task.next().done; turns++)
      expect(opened.kvs.load(1_000_001).keys.length).to.be.greaterThan(0)
    expect(turns).to.be.greaterThan(5)
    opened.kvs.writeTail([[datomOf(1)]])
    expect(opened.store.db.all('PRAGMA database_list').length).to.equal(1)
  })

  it('takes the place of the oldest, when there are enough', async () => {
    const opened = await open(join(sandbox.dir, 'graph'), 10)
    for (let second = 0; second < KEPT_BACKUPS + 3; second++) complete(backUp(opened.store.db, opened.dir, at(second)))
    expect(listBackups(opened.dir).map(({path}) => path)).to.deep.equal(
      [7, 6, 5, 4, 3].map((second) => backupPath(opened.dir, at(second))),
    )
  })

  it('that was never completed is none: its server died, or its task was ended', async () => {
    const opened = await open(join(sandbox.dir, 'graph'))
    mkdirSync(backupDirectory(opened.dir))
    writeFileSync(`${backupPath(opened.dir, at(0))}.part`, 'half of it')
    writeFileSync(join(backupDirectory(opened.dir), 'notes.txt'), 'mine')
    const task = backUp(opened.store.db, opened.dir, at(1))
    task.next()
    task.return(undefined as never)
    expect(files(opened.dir)).to.deep.equal(['notes.txt'])
    complete(backUp(opened.store.db, opened.dir, at(2)))
    expect(files(opened.dir)).to.deep.equal(['20261124T120002000Z.sqlite', 'notes.txt'])
  })

  it('is not made on a full disk; the old ones stay, and the graph is as it was', async function () {
    const disk = join(sandbox.dir, 'disk')
    const mounted = needsDisk(this, disk, '8m')

    try {
      const opened = await open(join(disk, 'graph'))
      complete(backUp(opened.store.db, opened.dir, at(1)))
      const rows = rowsOf(opened)
      fillDisk(disk)
      let thrown: unknown
      try {
        complete(backUp(opened.store.db, opened.dir, at(2)))
      } catch (error) {
        thrown = error
      }

      expect(isFull(thrown), String(thrown)).to.equal(true)
      expect(files(opened.dir)).to.deep.equal(['20261124T120001000Z.sqlite'])
      expect(rowsOf(opened)).to.deep.equal(rows)
      rmSync(join(disk, 'filler'))
      complete(backUp(opened.store.db, opened.dir, at(3)))
      expect(listBackups(opened.dir).length).to.equal(2)
    } finally {
      mounted.unmount()
    }
  })
})
