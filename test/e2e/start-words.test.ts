import {spawnSync} from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {logFileName} from '../../src/lib/files/names.js'
import {listServers, serverStatus, stopServer} from '../../src/lib/index.js'
import type {Requester} from '../../src/lib/lock/owner.js'
import {operationsIn, outcomeOf} from '../support/operations.js'
import {end, know} from '../support/processes.js'
import {CLI, namesIn, WORKER} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const PACKAGE = join(CLI, '..', '..')

describe('what a start reports about other servers', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  // Commands are run where their words are what a test is about; the others are operations of the library in this process.
  const {stop} = operationsIn(sandbox)
  const start = (...more: string[]) => ['server', 'start', '--repo', 'demo', ...more]

  function logOf(dir = 'demo'): Array<Record<string, any>> {
    const text = readFileSync(join(sandbox.graphDir(dir), logFileName(new Date())), 'utf8')
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, any>)
  }

  describe('about the end of the last server', () => {
    it('it says nothing after a clean end, and nothing for a new graph', async () => {
      expect(await sandbox.start()).not.to.have.property('unclean-end')
      await stop()
      expect(namesIn(sandbox.graphDir())).not.to.include('db-worker.running')
      expect(await sandbox.ok(start())).not.to.have.property('unclean-end')
    })

    for (const between of ['nothing', 'a stop', 'the loss of its record']) {
      it(`it says once that the server was killed, with ${between} in between`, async () => {
        const {pid} = await sandbox.start()
        await end(know(pid)!)
        if (between === 'a stop') expect((await outcomeOf(stop())).error).to.include({code: 'server-not-found'})
        if (between === 'the loss of its record') sandbox.removeRecord()
        const again = await sandbox.ok(start())
        expect(again['unclean-end']).to.include({pid})
        expect(again['warnings'].join(' ')).to.include(`pid ${pid}`).and.include('graph check')
        expect(logOf().filter(({level, msg}) => level === 'warn' && /did not end cleanly/.test(msg))).to.have.length(1)
        expect(await sandbox.start())
          .to.include({reused: true})
          .and.not.have.property('unclean-end')
        await stop()
        expect(await sandbox.start()).not.to.have.property('unclean-end')
      })
    }

    it('it says so also when a start in between has failed', async () => {
      const {pid} = await sandbox.start()
      await end(know(pid)!)
      const db = join(sandbox.graphDir(), 'db.sqlite')
      renameSync(db, `${db}.away`)
      mkdirSync(db)
      await sandbox.fails(start())
      rmdirSync(db)
      renameSync(`${db}.away`, db)
      expect((await sandbox.ok(start()))['unclean-end']).to.include({pid})
    })
  })

  it('a failed start is an error in the log, with pid and reason, and in the tail', async () => {
    mkdirSync(sandbox.graphDir())
    writeFileSync(
      join(sandbox.graphDir(), 'db.sqlite'),
      'garbage that is long enough to be read as a header\n'.repeat(20),
    )
    const error = await sandbox.fails(start())
    const line = logOf().find(({level}) => level === 'error')
    expect(line).to.include({code: 'graph-invalid'})
    expect(line!['msg']).to.include(`pid ${line!['pid']}`).and.include('db.sqlite')
    expect(error['log-tail'].join('\n')).to.include(` error pid ${line!['pid']} failed: `)
  })

  it('no waiting for another start where a server does not answer', async () => {
    const {pid} = await sandbox.start()
    process.kill(pid, 'SIGSTOP')
    const ran = await sandbox.run(start('--timeout', '4s'))
    process.kill(pid, 'SIGCONT')
    expect(ran.stderr).to.include(`pid ${pid}) to respond`).and.not.include('another start')
  })

  describe('about a server of another version', () => {
    beforeEach(async () => {
      await sandbox.start()
      sandbox.writeRecord({...sandbox.record(), revision: '0.0.1'})
    })

    it('a warning of start, and its revision', async () => {
      const reused = await sandbox.ok(start())
      expect(reused).to.include({reused: true, revision: '0.0.1'})
      expect(reused['warnings'].join(' ')).to.include('0.0.1').and.include('server restart --repo demo')
      expect((await sandbox.run(start())).stderr).to.include('Warning:')
    })

    it('a column of list', async () => {
      const {stdout} = await sandbox.run(['server', 'list'])
      expect(stdout).to.include('VERSION').and.include('0.0.1')
    })
  })

  it('no column of versions where all servers have that of this program', async () => {
    await sandbox.start()
    expect((await sandbox.run(['server', 'list'])).stdout).not.to.include('VERSION')
    expect((await sandbox.ok(['server', 'list']))['servers'][0]).to.have.property('revision')
    expect((await sandbox.ok(start()))['warnings']).to.deep.equal([])
  })

  describe('about who may stop it', () => {
    const OWNERS: [owner: object, requester: Requester, owned: boolean][] = [
      [{'owner-source': 'unknown'}, {source: 'cli'}, true],
      [{'owner-source': 'unknown'}, {source: 'electron'}, false],
      [{'owner-source': 'cli', 'owner-id': 'a'}, {id: 'b', source: 'cli'}, false],
      [{'owner-source': 'cli', version: 99}, {source: 'cli'}, false],
      [{'owner-source': 'electron'}, {source: 'cli'}, false],
      [{'owner-source': 'electron', 'owner-pid': 2 ** 22 + 1, 'owner-start': '1'}, {source: 'cli'}, true],
    ]
    for (const [owner, requester, owned] of OWNERS) {
      it(`${JSON.stringify(owner)} to ${JSON.stringify(requester)}: ${owned ? '' : 'not '}owned, as a stop says`, async () => {
        await sandbox.start()
        sandbox.writeRecord({...sandbox.record(), ...owner})
        const options = {dataDir: sandbox.dataDir, repo: 'demo', requester}
        expect(await serverStatus(options)).to.include({owned})
        expect((await listServers(options)).servers[0]).to.include({owned})
        const flags = ['--owner-source', requester.source, ...(requester.id ? ['--owner-id', requester.id] : [])]
        const words = (await sandbox.run(['server', 'status', '--repo', 'demo', ...flags])).stdout
        expect(/only its owner can stop it/.test(words)).to.equal(!owned)
        expect('data' in (await outcomeOf(stopServer(options)))).to.equal(owned)
      })
    }

    it('an app that another app refuses is not sent to the desktop app', async () => {
      await sandbox.start('demo', '--owner-source', 'electron', '--owner-id', 'work')
      const error = await sandbox.fails([
        'server',
        'stop',
        '--repo',
        'demo',
        '--owner-source',
        'electron',
        '--owner-id',
        'home',
      ])
      expect(`${error.message} ${error.hint}`).to.include('(work)').and.not.include('desktop app')
    })

    it('a command line with another ID gets the ID of the owner', async () => {
      await sandbox.start('demo', '--owner-id', 'a')
      const {hint} = await sandbox.fails(['server', 'stop', '--repo', 'demo', '--owner-id', 'b'])
      expect(hint).to.include('`logseq server stop --repo demo --owner-id a`')
    })
  })

  describe('about names', () => {
    it('a link to a graph is that graph for every command', async () => {
      const {pid} = await sandbox.start()
      symlinkSync('demo', sandbox.graphDir('alias'))
      expect(await sandbox.ok(['server', 'start', '--repo', 'alias'])).to.include({graph: 'demo', pid, reused: true})
      await sandbox.ok(['query', '[:find ?e :where [?e :db/ident :block/title]]', '--repo', 'alias'])
      expect((await sandbox.ok(['server', 'list']))['servers']).to.have.length(1)
      expect((await sandbox.ok(['graph', 'list']))['graphs'].map(({graph}: {graph: string}) => graph)).to.deep.equal([
        'demo',
      ])
      expect(await sandbox.ok(['server', 'stop', '--repo', 'alias'])).to.include({pid})
    })

    it('two links to a graph elsewhere are one graph', async () => {
      await sandbox.start('zebra')
      await stop('zebra')
      renameSync(sandbox.graphDir('zebra'), join(sandbox.dir, 'elsewhere'))
      for (const name of ['one', 'two']) symlinkSync(join(sandbox.dir, 'elsewhere'), sandbox.graphDir(name))
      const {pid} = await sandbox.ok(['server', 'start', '--repo', 'two'])
      await sandbox.ok(['query', '[:find ?e :where [?e :db/ident :block/title]]', '--repo', 'one'])
      await sandbox.ok(['query', '[:find ?e :where [?e :db/ident :block/title]]', '--repo', 'two'])
      const listed = (await sandbox.ok(['server', 'list', '--all']))['servers']
      expect(listed).to.have.length(1)
      expect(listed[0]).to.include({graph: 'one', pid})
    })

    for (const name of ['backup', 'Unlinked graphs']) {
      it(`what is not listed is not served: ${name}`, async () => {
        await sandbox.start()
        await stop()
        renameSync(sandbox.graphDir(), sandbox.graphDir(name))
        const error = await sandbox.fails(['server', 'start', '--repo', name])
        expect(error).to.include({code: 'invalid-graph-name', exit: 2})
        expect(error.hint).to.include('mv ')
        expect((await sandbox.ok(['graph', 'list']))['graphs']).to.deep.equal([])
        expect((await sandbox.fails(['query', '[:find ?e :where [?e :db/ident]]', '--repo', name])).code).to.equal(
          'invalid-graph-name',
        )
      })
    }
  })

  describe('about the machine', () => {
    it('a working directory that was deleted', async () => {
      const cwd = join(sandbox.dir, 'gone')
      mkdirSync(cwd)
      const script = `rmdir ${cwd} && exec "$0" "$@"`
      for (const args of [
        ['server', 'list', '--data-dir', 'x'],
        ['graph', 'export', 'file', '--repo', 'demo'],
      ]) {
        const ran = spawnSync('sh', ['-c', script, process.execPath, CLI, ...args, '--json'], {cwd, encoding: 'utf8'})
        expect(JSON.parse(ran.stdout).error).to.include({code: 'working-directory-missing'})
        expect(ran.status).to.equal(5)
        mkdirSync(cwd)
      }
    })

    it('no SQLite for this machine', async () => {
      if (process.versions.node.startsWith('20.')) {
        const copy = join(sandbox.dir, 'package')
        mkdirSync(join(copy, 'node_modules'), {recursive: true})
        for (const name of ['bin', 'dist', 'assets', 'package.json'])
          expect(spawnSync('cp', ['-r', join(PACKAGE, name), join(copy, name)]).status).to.equal(0)
        rmSync(join(copy, 'dist/bundle/sqlite'), {recursive: true})
        for (const name of readdirSync(join(PACKAGE, 'node_modules')))
          symlinkSync(join(PACKAGE, 'node_modules', name), join(copy, 'node_modules', name))
        const error = await sandbox.fails(start('--create'), {cli: join(copy, 'bin', 'run.js')})
        expect(error).to.include({code: 'sqlite-not-available', exit: 6})
      }
    })

    it('an empty HOME is not the root directory', async () => {
      const {stdout} = await sandbox.run(['server', 'list', '--json', '--data-dir', '~/x'], {env: {HOME: ''}})
      const {data, error} = JSON.parse(stdout)
      if (error) expect(error.code).to.equal('home-not-found')
      else expect(data['data-dir']).to.match(/^\/.+\/x$/)
    })

    for (const [what, args] of [
      ['a start', start()],
      ['an import', ['graph', 'import', join('graphs', 'demo', 'db.sqlite'), '--repo', 'other']],
      ['a restore', ['graph', 'restore', '--yes', '--file', 'copy.sqlite', '--repo', 'demo']],
    ] as const)
      it(`no descriptor left for ${what}`, async () => {
        await sandbox.start()
        await stop()
        copyFileSync(join(sandbox.graphDir(), 'db.sqlite'), join(sandbox.dir, 'copy.sqlite'))
        const codes = new Set<string>()
        // Those below the first that is enough: with more descriptors it does the same.
        for (let limit = 20; limit < 40 && !codes.has('ok'); limit++) {
          const ran = spawnSync('prlimit', [`--nofile=${limit}`, process.execPath, CLI, ...args, '--json'], {
            cwd: sandbox.dir,
            encoding: 'utf8',
            env: {...process.env, HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir},
          })
          expect(ran.stderr).not.to.include('panicked')
          if (ran.stdout.startsWith('{')) codes.add(JSON.parse(ran.stdout).error?.code ?? 'ok')
        }

        expect([...codes].sort()).to.deep.equal(['ok', 'too-many-open-files'])
        const backups = join(sandbox.graphDir(), 'backups')
        const damaged = existsSync(backups) ? namesIn(backups).filter((name) => name.includes('damaged')) : []
        expect(damaged, 'what could not be read is not called damaged').to.deep.equal([])
      })

    for (const [what, program] of [
      ['the command line', CLI],
      ['the server', WORKER],
    ] as const) {
      it(`a Node.js that is too old: ${what}`, () => {
        const old = join(sandbox.dir, 'old.cjs')
        writeFileSync(old, "Object.defineProperty(process.versions, 'node', {value: '18.20.8'})")
        const run = (...args: string[]) =>
          spawnSync(process.execPath, ['--require', old, program, ...args], {encoding: 'utf8'})
        const ran = run('server', 'list')
        expect(ran.status).to.equal(1)
        expect(ran.stderr).to.match(/^Error \(node-version-unsupported\): .*18\.20\.8\nHint: .*20\.19/)
        expect(JSON.parse(run('server', 'list', '--json').stdout).error).to.include({code: 'node-version-unsupported'})
      })
    }

    it('the oldest Node.js that is let in is that of package.json', () => {
      const {engines} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
      const [, major, minor] = /(\d+), (\d+)/.exec(
        readFileSync(new URL('../../src/lib/check-node.ts', import.meta.url), 'utf8'),
      )!
      expect(engines.node).to.equal(`>=${major}.${minor}.0`)
    })
  })
})
