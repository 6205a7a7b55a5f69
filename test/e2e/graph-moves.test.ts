import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {removeGraph} from '../../src/lib/index.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {page} from '../support/outline.js'
import {end, know, lives} from '../support/processes.js'
import {cleanEnv, CLI, namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {holdDatabase} from '../support/workers.js'

const UUID = '00000000-0000-4000-8000-000000000001'
const TITLE = `[:find ?t . :where [?e :block/uuid #uuid "${UUID}"] [?e :block/title ?t]]`
const DEMO = ['--repo', 'demo']

describe('graph info, remove and rename', function () {
  this.timeout(120_000)
  const box = useSandbox()

  const write = (title: string, repo = 'demo') =>
    box.ok(['invoke', 'transact', JSON.stringify([page(UUID, title)]), '--repo', repo])
  const title = async (repo: string) => (await box.ok(['query', TITLE, '--repo', repo]))['result'] as unknown
  const trash = (name = 'demo') => join(box.dataDir, 'Unlinked graphs', name)
  const stop = (repo = 'demo') => box.ok(['server', 'stop', '--repo', repo])

  describe('graph info', () => {
    it('describes a served graph with its content, and an unserved one without, and starts nothing', async () => {
      await box.start()
      await write('a page')
      await box.ok(['graph', 'backup', ...DEMO])
      const served = await box.ok(['graph', 'info', ...DEMO])
      expect(served).to.include({dir: box.graphDir(), graph: 'demo', kind: 'db', repo: 'logseq_db_demo'})
      expect(served['schema-version']).to.match(/^\d+\.\d+$/)
      expect(Date.parse(served['created'] as string)).to.be.closeTo(Date.now(), 120_000)
      expect(served['counts'].pages).to.be.greaterThan(10)
      expect(served['server']).to.include({status: 'ready'}).and.not.have.property('auth-token')
      expect(served['backups']).to.deep.include({count: 2}).and.have.nested.property('newest.kind', 'own')
      expect(served['size']).to.be.greaterThan(10_000)

      await stop()
      const unserved = await box.ok(['graph', 'info', ...DEMO])
      expect(unserved).to.include({dir: box.graphDir(), size: statSync(join(box.graphDir(), 'db.sqlite')).size})
      expect(unserved).to.not.have.any.keys('counts', 'kind', 'schema-version')
      expect(unserved['hint']).to.include('server start --repo demo')
      expect(box.daemons()).to.deep.equal([])
      const text = (await box.run(['graph', 'info', ...DEMO])).stdout
      expect(text).to.match(/^Graph demo\n {2}Directory {2}\/.*\n {2}Size {7}\d/)
    })

    it('describes a graph whose server does not answer, and one that does not exist', async () => {
      const {pid} = await box.start()
      process.kill(pid as number, 'SIGSTOP')
      const info = await box.ok(['graph', 'info', ...DEMO])
      expect(info['server']).to.include({status: 'unresponsive'})
      process.kill(pid as number, 'SIGCONT')
      expect(await box.fails(['graph', 'info', '--repo', 'demi'])).to.include({code: 'graph-not-exists', exit: 2})
    })
  })

  describe('graph remove', () => {
    it('moves the graph with its backups, stops the own server, and says how to get it back', async () => {
      const {pid} = await box.start()
      const server = know(pid as number)!
      await write('kept')
      await box.ok(['graph', 'backup', ...DEMO])
      const removed = await box.ok(['graph', 'remove', ...DEMO])
      expect(removed).to.include({graph: 'demo', 'moved-to': trash(), stopped: true})
      expect(lives(server)).to.equal(false)
      expect((await box.ok(['graph', 'list']))['graphs']).to.deep.equal([])
      expect(namesIn(trash())).to.include.members(['backups', 'db.sqlite']).and.not.include('db-worker.lock')
      expect(namesIn(trash()).filter((name) => name.includes('lifecycle'))).to.deep.equal([])
      expect(await box.fails(['server', 'status', ...DEMO])).to.include({code: 'graph-not-exists'})

      const [command, from, to] = (removed['undo'] as string).match(/'[^']*'|\S+/g)!
      expect(command).to.equal('mv')
      renameSync(from!.replaceAll("'", ''), to!.replaceAll("'", ''))
      expect(await title('demo')).to.equal('kept')
    })

    it('keeps a second removed graph of the same name beside the first', async () => {
      for (const text of ['first', 'second', 'third']) {
        await box.start()
        await write(text)
        await box.ok(['graph', 'remove', ...DEMO])
      }

      const names = namesIn(join(box.dataDir, 'Unlinked graphs'))
      expect(names).to.have.length(3)
      expect(names[0]).to.equal('demo')
      for (const name of names.slice(1)) expect(name).to.match(/^demo-\d{8}T\d{9}Z$/)
    })

    it('refuses what another client serves, what another program has open, and a graph that does not exist', async () => {
      await box.start('demo', '--owner-source', 'electron')
      expect(await box.fails(['graph', 'remove', ...DEMO])).to.include({code: 'server-owned-by-other', exit: 4})
      await box.ok(['server', 'stop', ...DEMO, '--owner-source', 'electron'])
      const {pid} = await holdDatabase(box, join(box.graphDir(), 'db.sqlite'))
      expect(await box.fails(['graph', 'remove', ...DEMO])).to.include({code: 'repo-locked', exit: 5})
      await end(know(pid)!)
      expect(await box.fails(['graph', 'remove', '--repo', 'nothing'])).to.include({code: 'graph-not-exists', exit: 2})
      expect(existsSync(box.graphDir())).to.equal(true)
      expect(existsSync(trash())).to.equal(false)
    })

    it('follows no link: neither to the graph nor of the trash directory', async () => {
      await box.start()
      await stop()
      symlinkSync('demo', box.graphDir('link'))
      expect(await box.fails(['graph', 'remove', '--repo', 'link'])).to.include({code: 'graph-is-link', exit: 2})
      const other = join(box.dir, 'elsewhere')
      mkdirSync(other)
      renameSync(box.graphDir(), join(other, 'demo'))
      symlinkSync(join(other, 'demo'), box.graphDir())
      expect(await box.fails(['graph', 'remove', ...DEMO])).to.include({code: 'graph-is-link', exit: 2})
      expect(existsSync(join(other, 'demo', 'db.sqlite'))).to.equal(true)

      await box.start('second')
      await stop('second')
      symlinkSync(other, join(box.dataDir, 'Unlinked graphs'))
      expect(await box.fails(['graph', 'remove', '--repo', 'second'])).to.include({
        code: 'data-dir-permission',
        exit: 5,
      })
      expect(namesIn(other)).to.deep.equal(['demo'])
      expect(existsSync(box.graphDir('second'))).to.equal(true)
    })

    it('moves nothing into a directory that another user has planted', async function () {
      needsRoot(this)
      for (const dir of [box.dir, box.dataDir]) chownSync(dir, NOBODY, NOBODY)
      const user = {uid: NOBODY}
      await box.ok(['graph', 'create', ...DEMO], user)
      mkdirSync(join(box.dataDir, 'Unlinked graphs'))
      chownSync(join(box.dataDir, 'Unlinked graphs'), 1, 1)
      chmodSync(join(box.dataDir, 'Unlinked graphs'), 0o777)
      expect(await box.fails(['graph', 'remove', ...DEMO], user)).to.include({code: 'data-dir-permission', exit: 5})
      expect(existsSync(box.graphDir())).to.equal(true)
    })

    it('serves the graph again when the move failed after the stop', async () => {
      await box.start()
      writeFileSync(join(box.dataDir, 'Unlinked graphs'), 'a file in the way')
      expect(await box.fails(['graph', 'remove', ...DEMO])).to.include({code: 'data-dir-permission'})
      expect(await box.ok(['server', 'status', ...DEMO])).to.include({status: 'ready'})
    })

    it('says so when the server does not start again after a move that failed', async () => {
      await box.start()
      writeFileSync(join(box.dataDir, 'Unlinked graphs'), 'a file in the way')
      const script = join(box.dir, 'db-worker-node.js')
      writeFileSync(script, 'process.exit(1)')
      const options = {dataDir: box.dataDir, repo: 'demo', workerScript: script}
      const failed = await removeGraph(options).catch((error: unknown) => error as Error)
      expect(failed).to.include({code: 'data-dir-permission'})
      expect((failed as Error).message).to.match(/; its server was stopped, and could not be started again: /)
      expect(await box.ok(['server', 'status', ...DEMO])).to.include({status: 'stopped'})
    })

    it('asks on a terminal, and does nothing without a yes', async () => {
      await box.start()
      await stop()
      const onTerminal = (answer: string, ...flags: string[]) =>
        spawnSync(
          'script',
          ['-qec', `"${process.execPath}" "${CLI}" graph remove ${DEMO.join(' ')} ${flags.join(' ')}`, '/dev/null'],
          {
            encoding: 'utf8',
            env: {...cleanEnv(), HOME: box.dir, LOGSEQ_CLI_DATA_DIR: box.dataDir},
            input: answer,
          },
        ).stdout
      expect(onTerminal('\n'))
        .to.match(/demo \(.*\) will be moved.*\[y\/N\]/)
        .and.include('Nothing was changed')
      expect(existsSync(box.graphDir())).to.equal(true)
      expect(onTerminal('', '--yes')).to.include('Graph removed').and.include('mv ')
      expect(existsSync(trash())).to.equal(true)
    })

    it('needs the graph by name, whatever the current one is', async () => {
      await box.start()
      await box.ok(['graph', 'switch', 'demo'])
      expect(await box.fails(['graph', 'remove', '--yes'])).to.include({code: 'missing-repo', exit: 2})
      expect(existsSync(box.graphDir())).to.equal(true)
    })

    it('moves a graph with a log that was not written back, without opening it', async () => {
      await box.start()
      await write('in the log')
      const {pid} = box.record()!
      process.kill(pid as number, 'SIGKILL')
      const before = readFileSync(join(box.graphDir(), 'db.sqlite-wal'))
      expect(before.length).to.be.greaterThan(0)
      await box.ok(['graph', 'remove', ...DEMO])
      expect(readFileSync(join(trash(), 'db.sqlite-wal')).equals(before)).to.equal(true)
      renameSync(trash(), box.graphDir())
      expect(await title('demo')).to.equal('in the log')
    })
  })

  describe('graph rename', () => {
    it('renames the directory, and serves the graph under the new name', async () => {
      const {pid} = await box.start()
      await write('same page')
      const renamed = await box.ok(['graph', 'rename', 'my notes/2026', ...DEMO])
      const dir = box.graphDir('my notes~2F2026')
      expect(renamed).to.include({dir, graph: 'my notes/2026', 'renamed-from': 'demo', restarted: true})
      expect(existsSync(box.graphDir())).to.equal(false)
      const record = box.record('my notes~2F2026')!
      expect(record).to.include({repo: 'logseq_db_my notes/2026'}).and.not.include({pid})
      box.track(record['pid'] as number)
      const list = readFileSync(join(box.dir, 'server-list'), 'utf8').trim().split('\n')
      expect(list).to.deep.equal([`${record['pid']} ${record['port']}`])
      expect(await title('my notes/2026')).to.equal('same page')
      expect(namesIn(dir).filter((name) => name.includes('lifecycle'))).to.deep.equal([])
    })

    it('says that the graph has its new name where its server does not start again, and keeps it current', async () => {
      await box.start()
      await box.ok(['graph', 'switch', 'demo'])
      const script = join(box.dir, 'db-worker-node.js')
      writeFileSync(script, 'process.exit(1)')
      const error = await box.fails(['graph', 'rename', 'other', ...DEMO, '--worker-script', script])
      expect(error).to.include({code: 'server-start-failed', graph: 'other', 'renamed-from': 'demo'})
      expect(error['message']).to.match(/^demo is now other, but its server was not started: /)
      expect(await box.ok(['graph', 'switch'])).to.include({graph: 'other'})
      expect(namesIn(box.dataDir)).to.deep.equal(['other'])
    })

    it('starts no server where none ran', async () => {
      await box.start()
      await stop()
      expect(await box.ok(['graph', 'rename', 'other', ...DEMO])).to.include({restarted: false})
      expect(box.daemons()).to.deep.equal([])
    })

    it('refuses names that are not valid, that exist in any spelling, and its own', async () => {
      await box.start()
      await stop()
      await box.start('other')
      await stop('other')
      mkdirSync(box.graphDir('old~20spelling'))
      mkdirSync(box.graphDir('empty'))
      for (const name of ['', '..', 'Unlinked graphs', 'logseq_local_x', 'x'.repeat(300)]) {
        const error = await box.fails(['graph', 'rename', name, ...DEMO])
        expect(error, name).to.include({code: 'invalid-graph-name', exit: 2})
      }

      for (const name of ['other', 'logseq_db_other', 'old spelling', 'empty', 'demo'])
        expect(await box.fails(['graph', 'rename', name, ...DEMO]), name).to.include({code: 'graph-exists', exit: 2})
      const taken = await box.fails(['graph', 'rename', 'other', ...DEMO])
      expect(taken['hint'], 'the graph that is in the way').to.include('`logseq server start --repo other`')
      expect(await box.fails(['graph', 'rename', 'x', '--repo', 'nothing'])).to.include({code: 'graph-not-exists'})
      expect((await box.fails(['graph', 'rename', ...DEMO])).code).to.equal('usage')
      expect(namesIn(box.dataDir)).to.deep.equal(['demo', 'empty', 'old~20spelling', 'other'])
    })

    it('says what is in the place of the new name when it is no graph', async () => {
      await box.start()
      await stop()
      writeFileSync(box.graphDir('file'), '')
      symlinkSync('nowhere', box.graphDir('link'))
      symlinkSync('file', box.graphDir('to-file'))
      const texts = {
        file: 'is not a directory',
        link: 'is a link that leads to no graph',
        'to-file': 'is a link that leads to no graph',
      }
      for (const [name, text] of Object.entries(texts)) {
        const error = await box.fails(['graph', 'rename', name, ...DEMO])
        expect(error, name).to.include({code: 'graph-exists', exit: 2})
        expect(error['message'], name).to.include(box.graphDir(name)).and.include(text)
        expect(error['hint'], name).to.include(`mv ${box.graphDir(name)} ${box.graphDir(name)}.old`)
      }
    })

    it('refuses what another client serves, and leaves it alone', async () => {
      const {pid} = await box.start('demo', '--owner-source', 'electron')
      expect(await box.fails(['graph', 'rename', 'x', ...DEMO])).to.include({code: 'server-owned-by-other', exit: 4})
      expect(box.record()).to.include({pid})
    })

    it('lets one of several win, and loses nothing', async () => {
      await box.start()
      await write('one and only')
      await stop()
      const names = ['a', 'b', 'c', 'd']
      const all = await Promise.all(names.map((name) => box.json(['graph', 'rename', name, ...DEMO])))
      const won = all.filter(({status}) => status === 'ok')
      expect(won, JSON.stringify(all)).to.have.length(1)
      for (const {error, status} of all)
        if (status === 'error') expect(error.code).to.be.oneOf(['graph-not-exists', 'repo-locked', 'lifecycle-busy'])
      expect(namesIn(box.dataDir)).to.deep.equal([won[0]!.data['graph']])
      expect(await title(won[0]!.data['graph'] as string)).to.equal('one and only')
    })

    it('leaves one graph when it races with starts', async () => {
      await box.start()
      await write('still here')
      await stop()
      const [renamed, ...started] = await Promise.all([
        box.json(['graph', 'rename', 'other', ...DEMO]),
        ...[1, 2, 3].map(() => box.json(['server', 'start', ...DEMO])),
      ])
      for (const {error, status} of started)
        if (status === 'error')
          expect(error.code).to.be.oneOf(['graph-not-exists', 'server-start-failed', 'repo-locked'])
      const [name, ...others] = namesIn(box.dataDir).filter((entry) => existsSync(box.graphDir(entry)))
      expect(others, JSON.stringify({renamed, started})).to.deep.equal([])
      expect(await title(name!)).to.equal('still here')
    })

    it('follows with the current graph', async () => {
      await box.start()
      await stop()
      await box.ok(['graph', 'switch', 'demo'])
      await box.ok(['graph', 'rename', 'other', ...DEMO])
      expect(await box.ok(['graph', 'switch'])).to.include({graph: 'other'})
      await box.ok(['graph', 'remove', '--repo', 'other'])
      expect(await box.ok(['graph', 'switch'])).to.not.have.property('graph')
    })
  })

  it('leave a database that was never opened as it is, to the byte', async () => {
    mkdirSync(box.graphDir('odd'))
    const path = join(box.graphDir('odd'), 'db.sqlite')
    const db = openSqlite(path)
    db.exec('CREATE TABLE other (a)')
    db.close()
    const before = readFileSync(path)
    await box.ok(['graph', 'rename', 'odder', '--repo', 'odd'])
    expect(readFileSync(join(box.graphDir('odder'), 'db.sqlite')).equals(before)).to.equal(true)
  })
})
