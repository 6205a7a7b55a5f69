import {existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'

import {expect} from 'chai'

import {awaited, NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {openSqlite} from '../../../src/lib/sqlite.js'
import type {Connection} from '../../../src/logseq/connection.js'
import {SearchIndex} from '../../../src/logseq/search/search-index.js'
import {readAsked, searchBlocks} from '../../../src/logseq/search/search.js'
import {SearchStore} from '../../../src/logseq/search/store.js'
import {Scheduler} from '../../../src/server/scheduler/scheduler.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {keyword} from '../../../src/values/scalars.js'
import {type List, ValueMap} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {unpackGolden} from '../../support/golden.js'

const GONE = '[:block/uuid #uuid "00000000-0000-4000-8000-000000000103"]'
const BETA = '[:block/uuid #uuid "00000000-0000-4000-8000-000000000002"]'
const ALPHA = '[:block/uuid #uuid "00000000-0000-4000-8000-000000000001"]'

describe('the search index of an open graph', () => {
  let connection: Connection
  let errors: unknown[]
  let files: GraphFiles
  let index: SearchIndex

  beforeEach(() => {
    files = new GraphFiles()
    unpackGolden('lists-a.sqlite', files.path())
    open()
  })

  afterEach(() => {
    index.close(connection.db)
    files.dispose()
  })

  function open(): void {
    errors = []
    index = new SearchIndex(files.dir, (error) => errors.push(error))
    connection = files.connect({markSearchStale: () => index.beforeWrite(connection.db)})
  }

  const hold = () => connection.snapshot()
  const file = () => `${files.dir}/search/db.sqlite`

  function write(data: string): void {
    const {txData} = runSync(connection.transact(readEdn(data), NO_LIMITS))
    index.note(txData)
  }

  function find(typed: string): string[] {
    const store = runSync(index.ready(hold, NO_LIMITS, () => index.build(hold, NO_LIMITS)))
    const asked = readAsked(typed, new ValueMap([[keyword('enable-snippet?'), false]]))
    const found = runSync(searchBlocks(connection.db, store, asked, NO_LIMITS)) as List
    return found.items.map((item) => (item as ValueMap).get(keyword('block/title')) as string)
  }

  /** What the file says of itself, read by another program. */
  function version(): unknown {
    const db = openSqlite(file())
    try {
      return db.all('PRAGMA user_version')[0]!['user_version']
    } finally {
      db.close()
    }
  }

  it('is made at the first search, in the place where Logseq keeps it', () => {
    expect(existsSync(file())).to.equal(false)
    expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
    expect(version()).to.equal(3)
    expect(errors).to.deep.equal([])
  })

  it('is taken over by the next server, when nothing was written in between', () => {
    find('alpha')
    index.close(connection.db)
    open()
    expect(index.has(connection.db)).to.equal(true)
    expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
  })

  it('is made anew when the graph was written without it', () => {
    find('alpha')
    index.close(connection.db)
    open()
    runSync(connection.transact(readEdn(`[[:db/add ${GONE} :block/title "quite another"]]`), NO_LIMITS))
    index.close(connection.db)
    open()
    expect(index.has(connection.db)).to.equal(false)
    expect(find('quite another')).to.deep.equal(['quite another'])
  })

  it('says that it is not complete while something is written, and that it is at the end', () => {
    find('alpha')
    write(`[[:db/add ${GONE} :block/title "quite another"]]`)
    expect(version()).to.equal(0)
    index.close(connection.db)
    expect(version()).to.equal(3)
    open()
    expect(index.has(connection.db)).to.equal(true)
    expect(find('quite another')).to.deep.equal(['quite another'])
  })

  it('of another program is marked as stale before the first write', () => {
    mkdirSync(`${files.dir}/search`)
    const db = openSqlite(file())
    db.exec('CREATE TABLE blocks (id TEXT); PRAGMA user_version = 3')
    db.close()
    write(`[[:db/add ${GONE} :block/title "quite another"]]`)
    expect(version()).to.equal(0)
  })

  describe('follows', () => {
    beforeEach(() => {
      find('alpha')
    })

    it('a new title', () => {
      write(`[[:db/add ${GONE} :block/title "quite another"]]`)
      expect(find('grandchild about')).to.deep.equal([])
      expect(find('quite another')).to.deep.equal(['quite another'])
    })

    it('a block that is taken away', () => {
      write(`[[:db/retractEntity ${GONE}]]`)
      expect(find('grandchild about')).to.deep.equal([])
    })

    it('a page that gets another name, in the titles of what refers to it', () => {
      write(`[[:db/add ${BETA} :block/title "Zebra"] [:db/add ${BETA} :block/name "zebra"]]`)
      expect(find('one [[zebra')).to.deep.equal(['alpha one [[Zebra]]', 'beta refers block [[alpha one [[Zebra]]]]'])
    })

    it('a page that is hidden, with all that is on it, and shown again', () => {
      write(`[[:db/add ${ALPHA} :logseq.property/hide? true]]`)
      expect(find('grandchild')).to.deep.equal([])
      write(`[[:db/retract ${ALPHA} :logseq.property/hide? true]]`)
      expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
    })

    it('what is written while it is made', () => {
      const task = index.build(hold, {reserveRows() {}, shouldYield: () => true})
      for (let i = 0; i < 3; i++) task.next()
      write(`[[:db/add ${GONE} :block/title "quite another"]]`)
      runSync(task)
      expect(find('quite another')).to.deep.equal(['quite another'])
      expect(find('grandchild about')).to.deep.equal([])
    })
  })

  it('is brought up to date in steps, also when a page with many blocks gets another name', () => {
    find('alpha')
    const blocks = Array.from(
      {length: 1000},
      (_, i) => `{:block/uuid #uuid "eeeeeeee-0000-4000-8000-${String(i).padStart(12, '0')}" :block/title "many ${i}"
                  :block/order "a${String(i).padStart(4, '0')}" :block/parent ${BETA} :block/page ${BETA}
                  :block/created-at 1 :block/updated-at 1}`,
    )
    write(`[${blocks.join(' ')}]`)
    find('many')
    write(`[[:db/add ${BETA} :block/title "Zebra"] [:db/add ${BETA} :block/name "zebra"]]`)
    const sizes: number[] = []
    const {write: original} = SearchStore.prototype
    SearchStore.prototype.write = function (upserted, deleted) {
      sizes.push(upserted.length)
      original.call(this, upserted, deleted)
    }

    try {
      runSync(index.update(hold, NO_LIMITS))
    } finally {
      SearchStore.prototype.write = original
    }

    expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.greaterThan(1000)
    expect(Math.max(...sizes)).to.equal(100)
  })

  it('is made anew by the next server when the last one would have to write too much at its end', () => {
    find('alpha')
    const blocks = Array.from(
      {length: 12_000},
      (_, i) => `{:block/uuid #uuid "eeeeeeee-0000-4000-8000-${String(i).padStart(12, '0')}" :block/title "many ${i}"
                  :block/order "a${String(i).padStart(5, '0')}" :block/parent ${BETA} :block/page ${BETA}
                  :block/created-at 1 :block/updated-at 1}`,
    )
    runSync(connection.transact(readEdn(`[${blocks.join(' ')}]`), NO_LIMITS))
    index.failed(new Error('too many rows'))
    find('many')
    write(`[[:db/add ${BETA} :block/title "Zebra"] [:db/add ${BETA} :block/name "zebra"]]`)
    index.close(connection.db)
    expect(version()).to.equal(0)
    open()
    expect(find('zebra')).to.include('Zebra')
  })

  it('that was made anew while another was brought up to date gets none of its rows', () => {
    find('alpha')
    write(`[[:db/add ${GONE} :block/title "quite another"]]`)
    const task = index.update(hold, {reserveRows() {}, shouldYield: () => true})
    task.next()
    write(`[[:db/add ${GONE} :block/title "the last one"]]`)
    index.failed(new Error('its file is damaged'))
    runSync(index.build(hold, NO_LIMITS))
    runSync(task)
    expect(find('the last one')).to.deep.equal(['the last one'])
  })

  it('is made anew after its making was ended', () => {
    const task = index.build(hold, {reserveRows() {}, shouldYield: () => true})
    task.next()
    task.return()
    expect(index.has(connection.db)).to.equal(false)
    expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
  })

  it('is made to its end when the search that began it is given up', async () => {
    const scheduler = new Scheduler()
    const slow = {timeoutMs: 60_000}
    const making = scheduler.run((execution) => index.build(hold, {...execution, shouldYield: () => true}), slow)
    const leaving = new AbortController()
    const search = scheduler.run((execution) => index.ready(hold, execution, () => awaited(making)), {
      signal: leaving.signal,
      timeoutMs: 60_000,
    })
    expect(index.state).to.equal('unopened')
    leaving.abort(new Error('gone'))
    expect(await search.catch((error: Error) => error.message)).to.equal('gone')
    await making
    expect(index.has(connection.db)).to.equal(true)
  })

  it('loses nothing of what was written when bringing it up to date was ended', () => {
    find('alpha')
    write(`[[:db/add ${GONE} :block/title "quite another"]]`)
    const task = index.update(hold, {reserveRows() {}, shouldYield: () => true})
    task.next()
    task.return()
    expect(find('quite another')).to.deep.equal(['quite another'])
  })

  it('stays empty when a client empties it, but for titles of pages', () => {
    find('alpha')
    index.empty(connection.db)
    expect(find('alpha')).to.deep.equal(['Alpha'])
    expect(version()).to.equal(0)
  })

  it('stays empty when a client empties it while it is brought up to date', () => {
    find('alpha')
    write(`[[:db/add ${GONE} :block/title "quite another"]]`)
    const task = index.update(hold, {reserveRows() {}, shouldYield: () => true})
    task.next()
    index.empty(connection.db)
    runSync(task)
    expect(find('quite another')).to.deep.equal([])
  })

  it('is made by one task while another, whose index was dropped, ends', () => {
    const steps = {reserveRows() {}, shouldYield: () => true}
    const [first, second] = [index.build(hold, steps), index.build(hold, steps)]
    first.next()
    index.failed(new Error('its file is damaged'))
    second.next()
    runSync(first)
    expect(index.state).to.equal('building')
    runSync(second)
    expect(index.has(connection.db)).to.equal(true)
    expect(errors).to.have.length(1)
  })

  it('stays empty when a client empties it while it is made', () => {
    const task = index.build(hold, {reserveRows() {}, shouldYield: () => true})
    task.next()
    index.empty(connection.db)
    runSync(task)
    expect(index.state).to.equal('emptied')
    expect(find('alpha')).to.deep.equal(['Alpha'])
    expect(version(), 'it is not marked as complete').to.equal(0)
  })

  describe('is not read', () => {
    beforeEach(() => {
      mkdirSync(`${files.dir}/search`)
    })

    function expectOwn(): void {
      expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
      write(`[[:db/add ${GONE} :block/title "quite another"]]`)
      expect(find('quite another')).to.deep.equal(['quite another'])
    }

    it('when it is not a database', () => {
      writeFileSync(file(), 'no database at all'.repeat(1000))
      expectOwn()
    })

    it('when it has a trigger that an index does not have', () => {
      rmSync(`${files.dir}/search`, {recursive: true})
      find('alpha')
      index.close(connection.db)
      const db = openSqlite(file())
      db.exec(`CREATE TRIGGER planted AFTER INSERT ON blocks BEGIN DELETE FROM blocks; END`)
      db.close()
      open()
      expect(index.has(connection.db)).to.equal(false)
      expectOwn()
    })

    it('when it is a second name of the database of the graph: that is neither opened nor changed', () => {
      linkSync(files.path(), file())
      const before = readFileSync(files.path())
      expect(index.has(connection.db)).to.equal(false)
      expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
      expect(readFileSync(files.path()).equals(before)).to.equal(true)
    })

    it('when it is a link: then only pages are found, and writes go on', () => {
      const elsewhere = `${files.dir}/elsewhere`
      writeFileSync(elsewhere, 'of somebody else')
      symlinkSync(elsewhere, file())
      expect(find('alpha')).to.deep.equal(['Alpha'])
      write(`[[:db/add ${ALPHA} :block/title "Alpha two"]]`)
      expect(readFileSync(elsewhere, 'utf8')).to.equal('of somebody else')
      expect(errors).to.not.deep.equal([])
    })
  })

  it('names only what is in the graph', () => {
    const store = runSync(index.ready(hold, NO_LIMITS, () => index.build(hold, NO_LIMITS)))!
    const id = '00000000-0000-4000-8000-00000000ffff'
    store.write([{id, page: id, title: 'planted words'}], [])
    expect(find('planted')).to.deep.equal([])
  })

  it('whose file is damaged while it is open is made anew, once it is found out', () => {
    find('alpha')
    index.failed(new Error('damaged'))
    expect(find('grandchild about')).to.deep.equal(['grandchild about searching'])
    expect(errors).to.have.length(1)
  })

  it('takes any text as what it is', () => {
    for (const typed of [
      '"',
      '" OR "',
      'a"b',
      "'",
      '%',
      '_',
      '\\',
      '(',
      'NEAR(a b)',
      'title:alpha',
      '*',
      'and',
      'or or',
      'a & b',
      '- x',
      '^alpha',
      '\0',
      '𝒳',
    ])
      expect(() => find(typed), typed).to.not.throw()
    expect(errors).to.deep.equal([])
  })

  it('is not taken over from a file that was sealed for another state', () => {
    find('alpha')
    index.close(connection.db)
    expect(SearchStore.open(files.dir, 12_345)).to.equal(undefined)
  })
})
