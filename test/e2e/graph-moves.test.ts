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

import {removeGraph, renameGraph, ServerError} from '../../src/lib/index.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {commandsIn} from '../support/commands.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {errorOf, operationsIn, UUID} from '../support/operations.js'
import {end, know, lives} from '../support/processes.js'
import {cleanEnv, CLI, namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {holdDatabase} from '../support/workers.js'

const DEMO = ['--repo', 'demo']

describe('graph info, remove and rename', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  // Commands are run where they are what a test is about; the others are operations of the library in this process.
  const {backUp, start, stop, titleOf, write} = operationsIn(sandbox)
  const {fails, ok} = commandsIn(sandbox)
  /** The title of the page, of a graph that may have no server. */
  const title = async (repo: string) => {
    await start(repo, false)
    return titleOf(repo)
  }

  const rename = (to: string, repo = 'demo') => renameGraph({dataDir: sandbox.dataDir, repo, to})
  const remove = (repo = 'demo') => removeGraph({dataDir: sandbox.dataDir, repo})
  const trash = (name = 'demo') => join(sandbox.dataDir, 'Unlinked graphs', name)

  describe('graph info', () => {
    it('describes a served graph with its content, and an unserved one without, and starts nothing', async () => {
      await sandbox.start()
      await write('a page')
      await backUp()
      const served = await sandbox.ok(['graph', 'info', ...DEMO])
      expect(served).to.include({dir: sandbox.graphDir(), graph: 'demo', kind: 'db', repo: 'logseq_db_demo'})
      expect(served['schema-version']).to.match(/^\d+\.\d+$/)
      expect(Date.parse(served['created'] as string)).to.be.closeTo(Date.now(), 120_000)
      expect(served['counts'].pages).to.be.greaterThan(10)
      expect(served['server']).to.include({status: 'ready'}).and.not.have.property('auth-token')
      expect(served['backups']).to.deep.include({count: 2}).and.have.nested.property('newest.kind', 'own')
      expect(served['size']).to.be.greaterThan(10_000)

      await stop()
      const unserved = await sandbox.ok(['graph', 'info', ...DEMO])
      expect(unserved).to.include({dir: sandbox.graphDir(), size: statSync(join(sandbox.graphDir(), 'db.sqlite')).size})
      expect(unserved).to.not.have.any.keys('counts', 'kind', 'schema-version')
      expect(unserved['hint']).to.include('server start --repo demo')
      expect(sandbox.servers()).to.deep.equal([])
      const text = (await sandbox.run(['graph', 'info', ...DEMO])).stdout
      expect(text).to.match(/^Graph demo\n {2}Directory {2}\/.*\n {2}Size {7}\d/)
    })

    it('describes a graph whose server does not answer, and one that does not exist', async () => {
      const {pid} = await sandbox.start()
      process.kill(pid as number, 'SIGSTOP')
      const info = await sandbox.ok(['graph', 'info', ...DEMO])
      expect(info['server']).to.include({status: 'unresponsive'})
      process.kill(pid as number, 'SIGCONT')
      expect(await fails(['graph', 'info', '--repo', 'demi'])).to.include({code: 'graph-not-exists', exit: 2})
    })
  })

  describe('graph remove', () => {
    it('moves the graph with its backups, stops the own server, and says how to get it back', async () => {
      const {pid} = await sandbox.start()
      const server = know(pid as number)!
      await write('kept')
      await backUp()
      const removed = await sandbox.ok(['graph', 'remove', ...DEMO])
      expect(removed).to.include({graph: 'demo', 'moved-to': trash(), stopped: true})
      expect(lives(server)).to.equal(false)
      expect((await ok(['graph', 'list']))['graphs']).to.deep.equal([])
      expect(namesIn(trash())).to.include.members(['backups', 'db.sqlite']).and.not.include('db-worker.lock')
      expect(namesIn(trash()).filter((name) => name.includes('lifecycle'))).to.deep.equal([])
      expect(await fails(['server', 'status', ...DEMO])).to.include({code: 'graph-not-exists'})

      const [command, from, to] = (removed['undo'] as string).match(/'[^']*'|\S+/g)!
      expect(command).to.equal('mv')
      renameSync(from!.replaceAll("'", ''), to!.replaceAll("'", ''))
      expect(await title('demo')).to.equal('kept')
    })

    it('keeps a second removed graph of the same name beside the first', async () => {
      for (const text of ['first', 'second', 'third']) {
        await sandbox.start()
        await write(text)
        await remove()
      }

      const names = namesIn(join(sandbox.dataDir, 'Unlinked graphs'))
      expect(names).to.have.length(3)
      expect(names[0]).to.equal('demo')
      for (const name of names.slice(1)) expect(name).to.match(/^demo-\d{8}T\d{9}Z$/)
    })

    it('refuses what another client serves, what another program has open, and a graph that does not exist', async () => {
      await sandbox.start('demo', '--owner-source', 'electron')
      expect(await fails(['graph', 'remove', ...DEMO])).to.include({code: 'server-owned-by-other', exit: 4})
      await ok(['server', 'stop', ...DEMO, '--owner-source', 'electron'])
      const {pid} = await holdDatabase(sandbox, join(sandbox.graphDir(), 'db.sqlite'))
      expect(await errorOf(remove())).to.include({code: 'repo-locked', exit: 5})
      await end(know(pid)!)
      expect(await errorOf(remove('nothing'))).to.include({code: 'graph-not-exists', exit: 2})
      expect(existsSync(sandbox.graphDir())).to.equal(true)
      expect(existsSync(trash())).to.equal(false)
    })

    it('follows no link: neither to the graph nor of the trash directory', async () => {
      await sandbox.start()
      await stop()
      symlinkSync('demo', sandbox.graphDir('link'))
      expect(await errorOf(remove('link'))).to.include({code: 'graph-is-link', exit: 2})
      const other = join(sandbox.dir, 'elsewhere')
      mkdirSync(other)
      renameSync(sandbox.graphDir(), join(other, 'demo'))
      symlinkSync(join(other, 'demo'), sandbox.graphDir())
      expect(await fails(['graph', 'remove', ...DEMO])).to.include({code: 'graph-is-link', exit: 2})
      expect(existsSync(join(other, 'demo', 'db.sqlite'))).to.equal(true)

      await sandbox.start('second')
      await stop('second')
      symlinkSync(other, join(sandbox.dataDir, 'Unlinked graphs'))
      expect(await errorOf(remove('second'))).to.include({code: 'data-dir-permission', exit: 5})
      expect(namesIn(other)).to.deep.equal(['demo'])
      expect(existsSync(sandbox.graphDir('second'))).to.equal(true)
    })

    it('moves nothing into a directory that another user has planted', async function () {
      needsRoot(this)
      for (const dir of [sandbox.dir, sandbox.dataDir]) chownSync(dir, NOBODY, NOBODY)
      const user = {uid: NOBODY}
      await sandbox.ok(['graph', 'create', ...DEMO], user)
      mkdirSync(join(sandbox.dataDir, 'Unlinked graphs'))
      chownSync(join(sandbox.dataDir, 'Unlinked graphs'), 1, 1)
      chmodSync(join(sandbox.dataDir, 'Unlinked graphs'), 0o777)
      expect(await sandbox.fails(['graph', 'remove', ...DEMO], user)).to.include({code: 'data-dir-permission', exit: 5})
      expect(existsSync(sandbox.graphDir())).to.equal(true)
    })

    it('serves the graph again when the move failed after the stop', async () => {
      await sandbox.start()
      writeFileSync(join(sandbox.dataDir, 'Unlinked graphs'), 'a file in the way')
      expect(await fails(['graph', 'remove', ...DEMO])).to.include({code: 'data-dir-permission'})
      expect(await ok(['server', 'status', ...DEMO])).to.include({status: 'ready'})
    })

    it('says so when the server does not start again after a move that failed', async () => {
      await sandbox.start()
      writeFileSync(join(sandbox.dataDir, 'Unlinked graphs'), 'a file in the way')
      const script = join(sandbox.dir, 'db-worker-node.js')
      writeFileSync(script, 'process.exit(1)')
      const options = {dataDir: sandbox.dataDir, repo: 'demo', workerScript: script}
      const failed = await removeGraph(options).catch((error: unknown) => error as Error)
      expect(failed).to.include({code: 'data-dir-permission'})
      expect((failed as Error).message).to.match(/; its server was stopped, and could not be started again: /)
      expect(await ok(['server', 'status', ...DEMO])).to.include({status: 'stopped'})
    })

    it('asks on a terminal, and does nothing without a yes', async () => {
      await sandbox.start()
      await stop()
      const onTerminal = (answer: string, ...flags: string[]) =>
        spawnSync(
          'script',
          ['-qec', `"${process.execPath}" "${CLI}" graph remove ${DEMO.join(' ')} ${flags.join(' ')}`, '/dev/null'],
          {
            encoding: 'utf8',
            env: {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir},
            input: answer,
          },
        ).stdout
      expect(onTerminal('\n'))
        .to.match(/demo \(.*\) will be moved.*\[y\/N\]/)
        .and.include('Nothing was changed')
      expect(existsSync(sandbox.graphDir())).to.equal(true)
      expect(onTerminal('', '--yes')).to.include('Graph removed').and.include('mv ')
      expect(existsSync(trash())).to.equal(true)
    })

    it('needs the graph by name, whatever the current one is', async () => {
      await sandbox.start()
      await ok(['graph', 'switch', 'demo'])
      expect(await fails(['graph', 'remove', '--yes'])).to.include({code: 'missing-repo', exit: 2})
      expect(existsSync(sandbox.graphDir())).to.equal(true)
    })

    it('moves a graph with a log that was not written back, without opening it', async () => {
      await sandbox.start()
      await write('in the log')
      const {pid} = sandbox.record()!
      process.kill(pid as number, 'SIGKILL')
      const before = readFileSync(join(sandbox.graphDir(), 'db.sqlite-wal'))
      expect(before.length).to.be.greaterThan(0)
      await sandbox.ok(['graph', 'remove', ...DEMO])
      expect(readFileSync(join(trash(), 'db.sqlite-wal')).equals(before)).to.equal(true)
      renameSync(trash(), sandbox.graphDir())
      expect(await title('demo')).to.equal('in the log')
    })
  })

  describe('graph rename', () => {
    it('renames the directory, and serves the graph under the new name', async () => {
      const {pid} = await sandbox.start()
      await write('same page')
      const renamed = await sandbox.ok(['graph', 'rename', 'my notes/2026', ...DEMO])
      const dir = sandbox.graphDir('my notes~2F2026')
      expect(renamed).to.include({dir, graph: 'my notes/2026', 'renamed-from': 'demo', restarted: true})
      expect(existsSync(sandbox.graphDir())).to.equal(false)
      const record = sandbox.record('my notes~2F2026')!
      expect(record).to.include({repo: 'logseq_db_my notes/2026'}).and.not.include({pid})
      sandbox.track(record['pid'] as number)
      const list = readFileSync(join(sandbox.dir, 'server-list'), 'utf8').trim().split('\n')
      expect(list).to.deep.equal([`${record['pid']} ${record['port']}`])
      const query = `[:find ?t . :where [?e :block/uuid #uuid "${UUID}"] [?e :block/title ?t]]`
      expect((await sandbox.ok(['query', query, '--repo', 'my notes/2026']))['result']).to.equal('same page')
      expect(namesIn(dir).filter((name) => name.includes('lifecycle'))).to.deep.equal([])
    })

    it('says that the graph has its new name where its server does not start again, and keeps it current', async () => {
      await sandbox.start()
      await ok(['graph', 'switch', 'demo'])
      const script = join(sandbox.dir, 'db-worker-node.js')
      writeFileSync(script, 'process.exit(1)')
      const error = await sandbox.fails(['graph', 'rename', 'other', ...DEMO, '--worker-script', script])
      expect(error).to.include({code: 'server-start-failed', graph: 'other', 'renamed-from': 'demo'})
      expect(error['message']).to.match(/^demo is now other, but its server was not started: /)
      expect(await ok(['graph', 'switch'])).to.include({graph: 'other'})
      expect(namesIn(sandbox.dataDir)).to.deep.equal(['other'])
    })

    it('says how to start the server when it was interrupted after the move', async () => {
      await sandbox.start()
      const interrupt = new AbortController()
      const renaming = errorOf(
        renameGraph({
          dataDir: sandbox.dataDir,
          repo: 'demo',
          report: {
            debug(line) {
              if (line.startsWith('record: ') && existsSync(sandbox.graphDir('other')))
                interrupt.abort(new ServerError('interrupted', 'Interrupted by SIGTERM'))
            },
            progress() {},
          },
          signal: interrupt.signal,
          to: 'other',
        }),
      )
      const error = await renaming
      expect(error).to.include({code: 'interrupted', graph: 'other', 'renamed-from': 'demo'})
      expect(error.message).to.equal('demo is now other, but its server was not started: Interrupted by SIGTERM')
      expect(error.hint).to.equal('Start its server: `logseq server start --repo other`.')
      expect(await start('other', false)).to.include({created: false, graph: 'other'})
    })

    it('starts no server where none ran', async () => {
      await sandbox.start()
      await stop()
      expect(await rename('other')).to.include({restarted: false})
      expect(sandbox.servers()).to.deep.equal([])
    })

    it('refuses names that are not valid, that exist in any spelling, and its own', async () => {
      await sandbox.start()
      await stop()
      await sandbox.start('other')
      await stop('other')
      mkdirSync(sandbox.graphDir('old~20spelling'))
      mkdirSync(sandbox.graphDir('empty'))
      for (const name of ['', '..', 'Unlinked graphs', 'logseq_local_x', 'x'.repeat(300)]) {
        const error = await errorOf(rename(name))
        expect(error, name).to.include({code: 'invalid-graph-name', exit: 2})
      }

      for (const name of ['other', 'logseq_db_other', 'old spelling', 'empty', 'demo'])
        expect(await errorOf(rename(name)), name).to.include({code: 'graph-exists', exit: 2})
      const taken = await fails(['graph', 'rename', 'other', ...DEMO])
      expect(taken['hint'], 'the graph that is in the way').to.include('`logseq server start --repo other`')
      expect(await errorOf(rename('x', 'nothing'))).to.include({code: 'graph-not-exists'})
      expect((await fails(['graph', 'rename', ...DEMO])).code).to.equal('usage')
      expect(namesIn(sandbox.dataDir)).to.deep.equal(['demo', 'empty', 'old~20spelling', 'other'])
    })

    it('reports what has the new name when it is not a graph', async () => {
      await sandbox.start()
      await stop()
      writeFileSync(sandbox.graphDir('file'), '')
      symlinkSync('nowhere', sandbox.graphDir('link'))
      symlinkSync('file', sandbox.graphDir('to-file'))
      const texts = {
        file: 'is not a directory',
        link: 'is a link that leads to no graph',
        'to-file': 'is a link that leads to no graph',
      }
      for (const [name, text] of Object.entries(texts)) {
        const error = await errorOf(rename(name))
        expect(error, name).to.include({code: 'graph-exists', exit: 2})
        expect(error.message, name).to.include(sandbox.graphDir(name)).and.include(text)
        expect(error.hint, name).to.include(`mv ${sandbox.graphDir(name)} ${sandbox.graphDir(name)}.old`)
      }
    })

    it('refuses what another client serves, and leaves it alone', async () => {
      const {pid} = await sandbox.start('demo', '--owner-source', 'electron')
      expect(await fails(['graph', 'rename', 'x', ...DEMO])).to.include({
        code: 'server-owned-by-other',
        exit: 4,
      })
      expect(sandbox.record()).to.include({pid})
    })

    it('lets one of several win, and loses nothing', async () => {
      await sandbox.start()
      await write('one and only')
      await stop()
      const names = ['a', 'b', 'c', 'd']
      const all = await Promise.all(names.map((name) => sandbox.json(['graph', 'rename', name, ...DEMO])))
      const won = all.filter(({status}) => status === 'ok')
      expect(won, JSON.stringify(all)).to.have.length(1)
      for (const {error, status} of all)
        if (status === 'error')
          expect(error.code, JSON.stringify(error)).to.be.oneOf(['graph-not-exists', 'repo-locked', 'lifecycle-busy'])
      expect(namesIn(sandbox.dataDir)).to.deep.equal([won[0]!.data['graph']])
      expect(await title(won[0]!.data['graph'] as string)).to.equal('one and only')
    })

    it('leaves one graph when it races with starts', async () => {
      await sandbox.start()
      await write('still here')
      await stop()
      const [renamed, ...started] = await Promise.all([
        sandbox.json(['graph', 'rename', 'other', ...DEMO]),
        ...[1, 2, 3].map(() => sandbox.json(['server', 'start', ...DEMO])),
      ])
      for (const {error, status} of started)
        if (status === 'error')
          expect(error.code).to.be.oneOf(['graph-not-exists', 'server-start-failed', 'repo-locked'])
      const [name, ...others] = namesIn(sandbox.dataDir).filter((entry) => existsSync(sandbox.graphDir(entry)))
      expect(others, JSON.stringify({renamed, started})).to.deep.equal([])
      expect(await title(name!)).to.equal('still here')
    })

    it('follows with the current graph', async () => {
      await sandbox.start()
      await stop()
      await ok(['graph', 'switch', 'demo'])
      await ok(['graph', 'rename', 'other', ...DEMO])
      expect(await ok(['graph', 'switch'])).to.include({graph: 'other'})
      await ok(['graph', 'remove', '--repo', 'other'])
      expect(await ok(['graph', 'switch'])).to.not.have.property('graph')
    })
  })

  it('leave a database that was never opened as it is, to the byte', async () => {
    mkdirSync(sandbox.graphDir('odd'))
    const path = join(sandbox.graphDir('odd'), 'db.sqlite')
    const db = openSqlite(path)
    db.exec('CREATE TABLE other (a)')
    db.close()
    const before = readFileSync(path)
    await ok(['graph', 'rename', 'odder', '--repo', 'odd'])
    expect(readFileSync(join(sandbox.graphDir('odder'), 'db.sqlite')).equals(before)).to.equal(true)
  })
})
