import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import type {StartResult} from '../../src/lib/index.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {unpackGraph} from '../support/graphs.js'
import {errorOf, operationsIn, UUID} from '../support/operations.js'
import {know, lives} from '../support/processes.js'
import {namesIn, Sandbox} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {holdDatabase} from '../support/workers.js'

const DEMO = ['--repo', 'demo']

describe('the commands that work on graphs', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  // Commands are run where they are what a test is about; the others are operations of the library in this process.
  const {backUp, check, exportTo, importAs, restore, stop, titleOf, write, ...operations} = operationsIn(sandbox)

  /** A server of a graph that is there. */
  async function start(): Promise<StartResult> {
    mkdirSync(sandbox.graphDir())
    unpackGraph('fresh', join(sandbox.graphDir(), 'db.sqlite'))
    return operations.start()
  }

  describe('graph create', () => {
    it('makes a graph as Logseq makes it, and no second one of that name', async () => {
      const made = await sandbox.ok(['graph', 'create', ...DEMO])
      expect(made).to.include({created: true, graph: 'demo'})
      expect((await sandbox.ok(['graph', 'check', ...DEMO]))['datoms']['eavt']).to.be.greaterThan(2000)
      const again = await sandbox.fails(['graph', 'create', ...DEMO])
      expect(again).to.include({code: 'graph-exists', exit: 2, graph: 'demo'})
      await sandbox.ok(['server', 'stop', ...DEMO])
      expect((await sandbox.fails(['graph', 'create', '--repo', 'logseq_db_demo']))['code']).to.equal('graph-exists')
    })

    it('lets one of many be the one that made it', async () => {
      const all = await Promise.all(Array.from({length: 4}, () => sandbox.json(['graph', 'create', ...DEMO])))
      expect(all.filter(({status}) => status === 'ok')).to.have.length(1)
      expect(all.filter(({status}) => status === 'error').map(({error}) => error.code)).to.deep.equal(
        Array.from({length: 3}, () => 'graph-exists'),
      )
    })
  })

  describe('graph list', () => {
    it('lists what there is, opens nothing and starts nothing', async () => {
      expect((await sandbox.ok(['graph', 'list']))['graphs']).to.deep.equal([])
      for (const name of ['demo', 'other one']) {
        mkdirSync(sandbox.graphDir(name))
        unpackGraph('fresh', join(sandbox.graphDir(name), 'db.sqlite'))
      }

      mkdirSync(join(sandbox.dataDir, 'no graph'))
      const before = readFileSync(join(sandbox.graphDir(), 'db.sqlite'))
      const {graphs} = await sandbox.ok(['graph', 'list'])
      expect((graphs as Array<{graph: string}>).map(({graph}) => graph)).to.deep.equal(['demo', 'other one'])
      expect(graphs[0]).to.include({dir: sandbox.graphDir(), repo: 'logseq_db_demo', size: before.length})
      expect(readFileSync(join(sandbox.graphDir(), 'db.sqlite')).equals(before)).to.equal(true)
      expect(sandbox.servers()).to.deep.equal([])
      expect((await sandbox.run(['graph', 'list'])).stdout).to.match(/^GRAPH +SIZE +CHANGED +DIRECTORY\ndemo +\d/)
    })
  })

  describe('query', () => {
    it('starts the server, and prints a table or JSON', async () => {
      await start()
      await write('a title')
      await stop()
      const query = `[:find ?t ?u :where [?e :block/uuid ?u] [?e :block/title ?t] [(= ?t "a title")]]`
      const ran = await sandbox.run(['query', query, ...DEMO])
      sandbox.track(sandbox.record()!['pid'] as number)
      expect(ran.stdout).to.equal(`?t       ?u\na title  #uuid "${UUID}"\n`)
      expect(await sandbox.ok(['query', query, ...DEMO])).to.deep.equal({
        columns: ['?t', '?u'],
        graph: 'demo',
        repo: 'logseq_db_demo',
        result: [['a title', `~u${UUID}`]],
      })
    })

    it('takes inputs, each JSON or EDN, and the query from stdin', async () => {
      await start()
      await write('a title')
      const query = '[:find ?t . :in $ ?u [?t ...] :where [?e :block/uuid ?u] [?e :block/title ?t]]'
      const inputs = ['--input', `#uuid "${UUID}"`, '--input', '["a title", "b"]']
      expect((await sandbox.ok(['query', query, ...inputs, ...DEMO]))['result']).to.equal('a title')
      const piped = await sandbox.json(['query', '-', ...inputs, ...DEMO], {stdin: query})
      expect(piped.data['result']).to.equal('a title')
    })

    it('is ended when its time is up', async () => {
      await start()
      const longRunning = `[:find (count ?e) . :where [?e ?a ?v] [?b :db/ident] ${'[(not= ?e ?b)]'.repeat(900)}]`
      const error = await sandbox.fails(['query', longRunning, '--query-timeout', '300ms', ...DEMO])
      expect(error).to.include({code: 'query-timeout', exit: 7, 'timeout-ms': 300})
    })

    it('is ended by Ctrl-C, in the server, too', async () => {
      const {pid} = await start()
      const longRunning = `[:find (count ?e) . :where [?e ?a ?v] [?b :db/ident] ${'[(not= ?e ?b)]'.repeat(900)}]`
      const ran = await sandbox.json(['query', longRunning, '--query-timeout', '60s', ...DEMO], {
        onSpawn: (child) => setTimeout(() => child.kill('SIGINT'), 1500),
      })
      expect(ran.error).to.include({code: 'interrupted'})
      expect(ran.code).to.equal(130)
      expect((await sandbox.ok(['invoke', 'db-exists', ...DEMO]))['result']).to.equal(true)
      expect(lives(sandbox.track(pid as number)!)).to.equal(true)
    })
  })

  describe('graph check', () => {
    /** Loses a row of the database of a graph that nobody serves. */
    function lose(row: number): void {
      mkdirSync(sandbox.graphDir())
      unpackGraph('fresh', join(sandbox.graphDir(), 'db.sqlite'))
      const db = openSqlite(join(sandbox.graphDir(), 'db.sqlite'))
      db.exec('PRAGMA busy_timeout = 5000') // a process holds its locks a little beyond its end
      db.exec(`DELETE FROM kvs WHERE addr = ${row}`)
      db.close()
    }

    it('finds what is wrong, and changes nothing', async () => {
      lose(1_000_040)
      for (let i = 0; i < 2; i++) {
        const error = await sandbox.fails(['graph', 'check', ...DEMO])
        expect(error).to.include({code: 'graph-damaged', exit: 6})
        expect(error['problem-count']).to.be.greaterThan(0)
        expect(error['problems'][0]['what']).to.be.a('string')
      }
    })

    it('says so when the graph is too damaged to be opened', async () => {
      lose(1_000_002)
      const error = await sandbox.fails(['graph', 'check', ...DEMO])
      expect(error).to.include({code: 'server-start-failed', exit: 6})
      expect(error['reason']['code']).to.be.oneOf(['graph-damaged', 'graph-invalid'])
      expect(error.hint).to.match(/restore/i)
    })
  })

  describe('graph backup and restore', () => {
    it('go back to what was, keep what is, and start the server again', async () => {
      const {pid} = await start()
      await write('one')
      const made = await sandbox.ok(['graph', 'backup', ...DEMO])
      expect(made['backups'][0]['name']).to.equal(made['created'])
      await write('two')
      const restored = await sandbox.ok(['graph', 'restore', ...DEMO])
      expect(restored).to.include({backup: made['created'], restarted: true})
      const now = sandbox.record()!['pid'] as number
      sandbox.track(now)
      expect(now).not.to.equal(pid)
      expect(await titleOf()).to.equal('one')
      await check()

      const db = openSqlite(restored['set-aside'] as string)
      expect(JSON.stringify(db.all('SELECT content FROM kvs'))).to.contain('two')
      db.close()
    })

    it('start no server where none ran', async () => {
      await start()
      await write('one')
      const {created} = await backUp()
      await write('two')
      await stop()
      expect(await sandbox.ok(['graph', 'restore', created!, ...DEMO])).to.include({restarted: false})
      expect(sandbox.servers()).to.deep.equal([])
      const {backups} = await sandbox.ok(['graph', 'backup', '--list', ...DEMO])
      expect((backups as Array<{kind: string}>).map(({kind}) => kind)).to.deep.equal([
        'before-restore',
        'own',
        'automatic',
      ])
      expect(sandbox.servers()).to.deep.equal([])
    })

    it('bring back a graph whose database cannot be opened any more', async () => {
      await start()
      await write('one')
      await backUp()
      await stop()
      writeFileSync(
        join(sandbox.graphDir(), 'db.sqlite'),
        'this is not a database, but long enough to be looked at'.repeat(100),
      )
      expect((await errorOf(check())).code).to.equal('server-start-failed')
      await sandbox.ok(['graph', 'restore', ...DEMO])
      await operations.start()
      expect(await titleOf()).to.equal('one')
    })

    it('leave everything as it was when there is no such backup, or a damaged one', async () => {
      const {pid} = await start()
      expect(await sandbox.fails(['graph', 'restore', ...DEMO])).to.deep.include({
        backups: [],
        code: 'backup-not-found',
        exit: 2,
      })
      const {backups, created} = await backUp()
      const error = await errorOf(restore({backup: '20200101T000000000Z'}))
      expect(error).to.deep.include({backups: [created], code: 'backup-not-found'})
      const {path} = backups[0]!
      writeFileSync(path, readFileSync(path).subarray(0, 40_000))
      expect((await errorOf(restore())).code).to.equal('graph-damaged')
      expect(sandbox.record()).to.include({pid})
      expect(lives(know(pid)!)).to.equal(true)
      expect(namesIn(sandbox.graphDir()).filter((name) => name.includes('incoming'))).to.deep.equal([])
    })

    it('do not take a graph from its owner, or from another program', async () => {
      await sandbox.start('demo', '--owner-source', 'electron')
      await backUp()
      expect((await errorOf(restore())).code).to.equal('server-owned-by-other')
      await sandbox.ok(['server', 'stop', ...DEMO, '--owner-source', 'electron'])
      const inode = statSync(join(sandbox.graphDir(), 'db.sqlite')).ino
      await holdDatabase(
        sandbox,
        join(sandbox.graphDir(), 'db.sqlite'),
        'PRAGMA locking_mode = EXCLUSIVE',
        'BEGIN EXCLUSIVE',
      )
      expect(await sandbox.fails(['graph', 'restore', ...DEMO])).to.include({code: 'repo-locked', exit: 5})
      expect(statSync(join(sandbox.graphDir(), 'db.sqlite')).ino).to.equal(inode)
    })
  })

  describe('graph export', () => {
    it('copies the graph into a database that can be a graph', async () => {
      await start()
      await write('one')
      const file = join(sandbox.dataDir, 'copy', 'db.sqlite')
      mkdirSync(join(sandbox.dataDir, 'copy'))
      expect(
        await sandbox.ok(['graph', 'export', '../graphs/copy/db.sqlite', ...DEMO], {
          cwd: mkdirIn(sandbox, 'elsewhere'),
        }),
      ).to.include({file, format: 'sqlite'})
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      await check('copy')
      expect(await titleOf('copy')).to.equal('one')
    })

    it('writes every fact as text, one a line', async () => {
      await start()
      await write('one')
      const file = join(sandbox.dir, 'facts.edn')
      await sandbox.ok(['graph', 'export', file, '--format', 'datoms', ...DEMO])
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
      const {datoms, tail} = await check()
      expect(lines).to.have.length(1 + datoms.eavt + tail)
      expect(lines[0]).to.match(/^\{:schema \{/)
      expect(lines.at(-1)).to.match(/\]\]\}$/)
      expect(lines.some((line) => line.includes(':block/title "one"'))).to.equal(true)
    })

    it("writes Logseq's EDN export, of which an import makes a graph again", async () => {
      await start()
      await write('one')
      const file = join(sandbox.dir, 'demo.edn')
      await sandbox.ok(['graph', 'export', file, '--format', 'edn', ...DEMO])
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      expect(readFileSync(file, 'utf8')).to.match(/:logseq.db.sqlite.export\/graph-format :datoms/)
      const imported = await sandbox.ok(['graph', 'import', file, '--repo', 'copy'])
      expect(imported).to.include({file, graph: 'copy'})
      expect(sandbox.record('copy')).to.equal(undefined)
      const again = join(sandbox.dir, 'again.edn')
      await exportTo(again, {format: 'edn'}, 'copy')
      expect(readFileSync(again, 'utf8')).to.equal(readFileSync(file, 'utf8'))
      await check('copy', true)
    })

    it('makes no graph of an EDN file that cannot be imported', async () => {
      for (const [text, code] of [
        ['{:datoms', 'usage'],
        ['[1 2]', 'usage'],
        ['{:pages-and-blocks [{:page {}}]}', 'invalid-arguments'],
        ['{:pages-and-blocks [{:page {:block/title "X" :build/tags #{:user.class/Nope}}}]}', 'graph-not-valid'],
      ] as const) {
        const file = join(sandbox.dir, 'bad.edn')
        writeFileSync(file, text)
        const error = await errorOf(importAs('bad', file))
        expect(error, JSON.stringify(error)).to.include({code})
        expect(error.hint, 'a command with the name of a graph that does not exist').to.not.match(/logseq (?!COMMAND)/)
        expect(existsSync(join(sandbox.dataDir, 'bad'))).to.equal(false)
      }
    })

    it('is not kept from it by what a killed export has left', async () => {
      await start()
      for (const format of ['sqlite', 'edn', 'datoms'] as const) {
        const file = join(sandbox.dir, `copy.${format}`)
        writeFileSync(`${file}.part`, 'half of it')
        await exportTo(file, {format})
        expect(readFileSync(`${file}.part`, 'utf8')).to.equal('half of it')
      }
    })

    it('never writes over a file, and says what cannot be written', async () => {
      await start()
      const file = join(sandbox.dir, 'facts.edn')
      writeFileSync(file, 'mine')
      for (const format of ['sqlite', 'edn', 'datoms'] as const) {
        expect((await errorOf(exportTo(file, {format}))).code).to.equal('file-exists')
        const missing = await errorOf(exportTo(join(sandbox.dir, 'no', 'where'), {format}))
        expect(missing).to.include({code: 'usage', message: `Directory ${join(sandbox.dir, 'no')} does not exist`})
        expect((await errorOf(exportTo('/proc/x', {format}))).code).to.equal('data-dir-permission')
      }

      expect(await sandbox.fails(['graph', 'export', file, ...DEMO])).to.include({code: 'file-exists'})
      expect(readFileSync(file, 'utf8')).to.equal('mine')
      expect(readdirSync(sandbox.dir).filter((name) => name.endsWith('.part'))).to.deep.equal([])
    })
  })

  it('say what went wrong in words, too', async () => {
    await start()
    const wrong = await sandbox.run(['query', '[:find ?e', ...DEMO])
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr)
      .to.match(/^Error \(invalid-query\): .*line 1/m)
      .and.match(/\nHint: /)
    const refused = await sandbox.run(['invoke', 'transact', '[{:block/title 7 :db/id 1}]', ...DEMO])
    expect(refused.code).to.equal(2)
    expect(refused.stderr).to.match(/^Error \(invalid-transaction\): /m)
  })
})

function mkdirIn(sandbox: Sandbox, name: string): string {
  const dir = join(sandbox.dir, name)
  mkdirSync(dir)
  return dir
}
