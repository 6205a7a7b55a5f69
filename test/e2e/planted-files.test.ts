import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {expect} from 'chai'

import {logFileName} from '../../src/lib/files/names.js'
import {commandsIn} from '../support/commands.js'
import {operationsIn} from '../support/operations.js'
import {todays} from '../support/rounds.js'
import {namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** Longer than any command may take here; a pipe that is opened blocks for ever. */
const TIME = ['--timeout', '20s']

/** Every name under which a program of ours opens or makes something in a graph directory, but the database. */
const NAMES = [
  'db-worker.lock',
  'db-worker.guard',
  'db-worker.lifecycle.json',
  'db-worker.lifecycle.lock',
  logFileName(new Date()),
  'db.sqlite.incoming',
  'db-worker.guard-wal',
  'db-worker.guard-shm',
  'db-worker.guard-journal',
  'db-worker.session',
  'db-worker.running',
]

describe('a file that another user put into a graph directory', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const here = commandsIn(sandbox)
  let victim: string

  /** A graph whose server has been started and stopped. */
  const made = useSandbox('suite')
  before(async () => {
    await made.start()
    await operationsIn(made).stop()
  })

  beforeEach(() => {
    expect(spawnSync('cp', ['-a', made.graphDir(), sandbox.graphDir()]).status).to.equal(0)
    victim = join(sandbox.dir, 'victim')
    mkdirSync(victim)
    for (const name of ['file', 'old.part']) writeFileSync(join(victim, name), 'mine')
  })

  function plant(name: string, make: (path: string) => void): void {
    const path = join(sandbox.graphDir(), name)
    if (existsSync(path)) renameSync(path, join(sandbox.dir, `was-${name.replaceAll('/', '-')}`))
    make(path)
  }

  function makePipe(path: string): void {
    expect(spawnSync('mkfifo', [path]).status).to.equal(0)
  }

  function makeSocket(path: string): void {
    const server = createServer().listen(`${path}.new`)
    renameSync(`${path}.new`, path)
    server.close() // which removes the socket under the name that it was made with
    expect(lstatSync(path).isSocket()).to.equal(true)
  }

  function expectUntouched(): void {
    expect(namesIn(victim)).to.deep.equal(['file', 'old.part'])
    for (const name of namesIn(victim)) expect(readFileSync(join(victim, name), 'utf8')).to.equal('mine')
  }

  const KINDS: [kind: string, make: (path: string) => void][] = [
    ['named pipes', makePipe],
    ['links to files', (path) => symlinkSync(join(victim, 'file'), path)],
    ['links to a directory', (path) => symlinkSync(victim, path)],
    ['links to nothing', (path) => symlinkSync(join(victim, 'nothing'), path)],
    ['directories', (path) => mkdirSync(path)],
    ['sockets', makeSocket],
  ]

  /** A command that opens a pipe never ends: only a process of its own can be given up. */
  const runnerOf = (kind: string) => (kind === 'named pipes' ? sandbox : here)

  for (const [kind, make] of KINDS) {
    it(`${kind} where our files belong ends every command, and is not followed`, async () => {
      const {fails, ok} = runnerOf(kind)
      for (const name of NAMES) plant(name, make)
      for (const command of [
        ['server', 'status', '--repo', 'demo'],
        ['server', 'list'],
        ['graph', 'list'],
        ['graph', 'backup', '--list', '--repo', 'demo'],
      ])
        await ok(command)
      expect((await fails(['server', 'stop', '--repo', 'demo', ...TIME])).code).to.equal('server-not-found')
      const started = await ok(['server', 'start', '--repo', 'demo', ...TIME])
      expect(started['reused']).to.equal(false)
      await ok(['server', 'stop', '--repo', 'demo', ...TIME])
      expectUntouched()
    })
  }

  const databases = ['db.sqlite', 'db.sqlite-wal', 'db.sqlite-shm', 'db.sqlite-journal']
  for (const name of databases) {
    for (const [kind, make] of todays(KINDS, 3)) {
      it(`${kind} where ${name} belongs makes a start fail with what is there`, async () => {
        const {fails, json, ok} = runnerOf(kind)
        copyFileSync(join(sandbox.graphDir(), 'db.sqlite'), join(sandbox.dir, 'copy.sqlite'))
        plant(name, make)
        const error = await fails(['server', 'start', '--repo', 'demo', ...TIME])
        expect(error).to.include({code: 'server-start-failed', exit: 6})
        expect(error['reason'].code).to.equal('graph-invalid')
        expect(error.hint).to.include('mv ')
        expect(error.message).to.include(join(sandbox.graphDir(), name))
        expect(error.message).to.match(/symbolic link|named pipe|directory|socket/)
        await ok(['graph', 'list'])
        const restored = await json(['graph', 'restore', '--repo', 'demo', '--file', 'copy.sqlite', ...TIME])
        expect(restored.error).to.include({code: 'data-dir-permission'})
        expect(restored.error.message)
          .to.include(join(sandbox.graphDir(), name))
          .and.match(/it is a /)
        expectUntouched()
      })
    }
  }

  for (const [kind, make] of todays(
    KINDS.filter(([what]) => what !== 'directories'),
    2,
  )) {
    it(`${kind} where the backups belong stays as it is`, async () => {
      const {fails} = runnerOf(kind)
      plant('backups', make)
      const error = await fails(['graph', 'backup', '--repo', 'demo'])
      expect(error).to.include({code: 'data-dir-permission'})
      expect(error.message).to.include(join(sandbox.graphDir(), 'backups'))
      expect((await fails(['graph', 'backup', '--list', '--repo', 'demo'])).code).to.equal('data-dir-permission')
      expectUntouched()
    })

    it(`${kind} where the search index belongs is left alone by a restore, which says so`, async () => {
      const {ok} = runnerOf(kind)
      await ok(['graph', 'backup', '--repo', 'demo'])
      mkdirSync(join(sandbox.graphDir(), 'search'), {recursive: true})
      plant('search/db.sqlite', make)
      plant('search/db.sqlite-journal', make)
      const restored = await ok(['graph', 'restore', '--repo', 'demo', ...TIME])
      expect(restored['warnings'].join(' ')).to.include('search')
      expectUntouched()
    })
  }

  it('is followed if it is a link to the whole graph directory', async () => {
    renameSync(sandbox.graphDir(), join(sandbox.dir, 'moved'))
    symlinkSync(join(sandbox.dir, 'moved'), sandbox.graphDir())
    await sandbox.ok(['server', 'start', '--repo', 'demo', ...TIME])
    await sandbox.ok(['server', 'stop', '--repo', 'demo', ...TIME])
  })

  it('does not matter for new directories, which are for their owner alone', async () => {
    chmodSync(sandbox.dataDir, 0o755)
    await sandbox.start('new')
    await sandbox.ok(['graph', 'backup', '--repo', 'new'])
    expect(statSync(sandbox.graphDir('new')).mode & 0o777).to.equal(0o700)
    expect(statSync(join(sandbox.graphDir('new'), 'backups')).mode & 0o777).to.equal(0o700)
  })
})
