import {execFileSync} from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {Client, keyword, ServerError, ValueMap} from '../../src/lib/index.js'
import {commandsIn} from '../support/commands.js'
import {listen, type Listener} from '../support/fake-listener.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {end, know} from '../support/processes.js'
import {todays} from '../support/rounds.js'
import {http, type Sandbox} from '../support/sandbox.js'
import {startLegacy} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'

/** A write that can be found again. */
const TX = '[{"db/ident": ":logseq.kv/mark", "kv/value": 1}]'
const FIND = '[:find ?e . :where [?e :db/ident :logseq.kv/mark]]'

/** Each command that talks to the server of a graph, as a person types it. */
const TALKING: [what: string, args: (sandbox: Sandbox) => string[]][] = [
  ['query', () => ['query', FIND]],
  ['invoke', () => ['invoke', 'transact', TX]],
  ['graph check', () => ['graph', 'check']],
  ['graph backup', () => ['graph', 'backup']],
  ['graph export', (sandbox) => ['graph', 'export', join(sandbox.dir, 'exported.sqlite')]],
]

describe('the wrong graph is not reached', function () {
  this.timeout(120_000)
  const clients: Client[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })

  const sandbox = useSandbox()
  const {fails, ok} = commandsIn(sandbox)

  function client(repo: string, more: object = {}): Client {
    const made = new Client({dataDir: sandbox.dataDir, repo, ...more})
    clients.push(made)
    return made
  }

  const mark = (graph: Client) =>
    graph.transact([
      new ValueMap([
        [keyword('db/ident'), keyword('logseq.kv/mark')],
        [keyword('kv/value'), 1],
      ]),
    ])
  const isMarked = async (graph: Client) => (await graph.query(FIND)) !== null
  const pidOf = (dirName: string) => sandbox.track(sandbox.record(dirName)?.['pid'] as number | undefined)?.pid

  /** Ways in which a directory, or only its record, comes to another place while its server runs. */
  const COPIES: [what: string, copy: (from: string, to: string) => void][] = [
    ['a copied directory', (from, to) => execFileSync('cp', ['-r', from, to])],
    ['a copy that keeps owner and times', (from, to) => execFileSync('cp', ['-a', from, to])],
    [
      'a graph of its own, with a copied record',
      (from, to) => {
        execFileSync('cp', ['-r', from, to])
        for (const name of ['db-worker.guard', 'db-worker.lock']) rmSync(join(to, name))
        copyFileSync(join(from, 'db-worker.lock'), join(to, 'db-worker.lock'))
      },
    ],
    [
      'a graph of its own, with a hard-linked record',
      (from, to) => {
        execFileSync('cp', ['-r', from, to])
        rmSync(join(to, 'db-worker.lock'))
        linkSync(join(from, 'db-worker.lock'), join(to, 'db-worker.lock'))
      },
    ],
  ]
  for (const [row, [what, copy]] of COPIES.entries()) {
    it(`by ${what}: the copy has a server of its own`, async () => {
      const {pid} = await sandbox.start('original')
      // Each command after the first of these; after the others a share of them a day.
      for (const [i, [name, args]] of todays(TALKING, row === 0 ? TALKING.length : 2).entries()) {
        copy(sandbox.graphDir('original'), sandbox.graphDir(`copy${i}`))
        expect(await ok(['server', 'status', '-r', `copy${i}`]), name).to.include({status: 'stale'})
        await (row === 0 ? sandbox.ok : ok)([...args(sandbox), '-r', `copy${i}`])
        expect(pidOf(`copy${i}`), name).not.to.equal(pid)
      }

      copy(sandbox.graphDir('original'), sandbox.graphDir('copy'))
      const status = await ok(['server', 'status', '-r', 'copy'])
      expect(status['unclean-end']).to.deep.include({copied: true, pid})
      expect(status['hint']).to.include('was copied')
      const [original, copied] = [client('original'), client('copy')]
      await mark(copied)
      expect(pidOf('copy')).not.to.equal(pid)
      expect([await isMarked(original), await isMarked(copied)]).to.deep.equal([false, true])
      expect(pidOf('original')).to.equal(pid)
    })
  }

  it('when a copy is reported as one, once at each start', async () => {
    const {pid} = await sandbox.start('original')
    execFileSync('cp', ['-r', sandbox.graphDir('original'), sandbox.graphDir('copy')])
    const started = await ok(['server', 'start', '-r', 'copy'])
    expect(started['unclean-end']).to.include({copied: true, pid})
    expect(started['warnings'].join(' ')).to.include('copy was copied while a server').and.not.include('killed')
    await ok(['server', 'stop', '-r', 'copy'])
    expect(await ok(['server', 'status', '-r', 'copy'])).not.to.have.property('unclean-end')
  })

  it('when a directory was renamed, which is not a copy', async () => {
    const {pid} = await sandbox.start('original')
    await end(know(pid)!)
    renameSync(sandbox.graphDir('original'), sandbox.graphDir('renamed'))
    const status = await ok(['server', 'status', '-r', 'renamed'])
    expect(status['unclean-end']).to.include({pid}).and.not.have.property('copied')
  })

  it('by a client whose graph is replaced while its connection rests', async () => {
    const graph = client('demo', {create: true})
    await mark(graph)
    const first = pidOf('demo')
    // The graph as it is, under another name; a copy of it from before the mark in its place, with the record.
    await sandbox.start('empty')
    await ok(['server', 'stop', '-r', 'empty'])
    renameSync(sandbox.graphDir('demo'), sandbox.graphDir('moved'))
    execFileSync('cp', ['-r', sandbox.graphDir('empty'), sandbox.graphDir('demo')])
    copyFileSync(join(sandbox.graphDir('moved'), 'db-worker.lock'), join(sandbox.graphDir('demo'), 'db-worker.lock'))
    expect(await isMarked(graph)).to.equal(false)
    expect(pidOf('demo')).not.to.equal(first)
    expect(await isMarked(client('moved'))).to.equal(true)
  })

  it('by a record whose port is now that of another graph’s server', async () => {
    await sandbox.start('other')
    await sandbox.start('demo')
    const graph = client('demo')
    const record = sandbox.record('demo')!
    sandbox.writeRecord({...record, port: sandbox.record('other')!['port']})
    const error = await mark(client('demo', {timeoutMs: 1500})).catch((error_: unknown) => error_)
    expect((error as ServerError).code).to.equal('server-unresponsive')
    sandbox.writeRecord(record)
    await mark(graph)
    expect([await isMarked(client('other')), await isMarked(graph)]).to.deep.equal([false, true])
  })

  describe('by a record of Logseq’s own, which has no token', () => {
    for (const LEGACY_NAMED of ['', '1']) {
      const kind = LEGACY_NAMED ? 'that names itself' : 'that says ok'

      /** A graph under the same name in another data directory, in which the server of `demo` is meant to be believed. */
      async function copied(copy: (from: string, to: string) => void) {
        await sandbox.start()
        await ok(['server', 'stop', '-r', 'demo'])
        const legacy = await startLegacy(sandbox, [], {LEGACY_NAMED})
        const other = join(sandbox.dir, 'other')
        mkdirSync(other)
        copy(sandbox.graphDir(), join(other, 'demo'))
        return {legacy, other}
      }

      const VARIANTS: [what: string, copy: (from: string, to: string) => void][] = [
        ['copied with its directory', (from, to) => execFileSync('cp', ['-r', from, to])],
        [
          'copied alone',
          (from, to) => {
            execFileSync('cp', ['-r', from, to])
            rmSync(join(to, 'db-worker.lock'))
            copyFileSync(join(from, 'db-worker.lock'), join(to, 'db-worker.lock'))
          },
        ],
        [
          'whose directory was copied and then moved away',
          (from, to) => {
            execFileSync('cp', ['-r', from, to])
            renameSync(from, `${to}-moved`)
          },
        ],
      ]
      for (const [what, copy] of VARIANTS) {
        it(`${what}, of a server ${kind}: the copy gets a server of its own`, async () => {
          const {legacy, other} = await copied(copy)
          const at = ['-r', 'demo', '--data-dir', other]
          expect(await ok(['server', 'status', ...at])).to.include({status: 'stale'})
          const started = await ok(['server', 'start', ...at])
          expect(sandbox.track(started['pid'] as number)!.pid).not.to.equal(legacy.pid)
          await ok(['server', 'stop', ...at])
          await end(legacy)
        })
      }
    }

    it('is believed when its data directory was renamed, while it has the database open', async () => {
      await sandbox.start()
      await ok(['server', 'stop', '-r', 'demo'])
      const legacy = await startLegacy(sandbox, [], {LEGACY_NAMED: '1', LEGACY_OPENS: '1'})
      const renamed = join(sandbox.dir, 'renamed')
      renameSync(sandbox.dataDir, renamed)
      mkdirSync(sandbox.dataDir)
      const status = await ok(['server', 'status', '-r', 'demo', '--data-dir', renamed])
      expect(status).to.include({pid: legacy.pid, status: 'ready'})
      await end(legacy)
    })
  })

  it('by a link to its data directory, which is the same graph', async () => {
    const {pid} = await sandbox.start('demo')
    const link = join(sandbox.dir, 'link')
    symlinkSync(sandbox.dataDir, link)
    await mark(client('demo', {dataDir: link}))
    expect(pidOf('demo')).to.equal(pid)
    expect(await isMarked(client('demo'))).to.equal(true)
  })

  for (const [what, starter] of [
    ['its own', 'demo'],
    ['a link’s', 'linked'],
  ] as const) {
    it(`by a link of another name in another data directory, served under ${what}, which is the same graph`, async () => {
      const other = join(sandbox.dir, 'other')
      mkdirSync(other)
      const make = await sandbox.start('demo')
      symlinkSync(sandbox.graphDir(), join(other, 'linked'))
      if (starter === 'linked') await ok(['server', 'stop', '-r', 'demo'])
      const places = {demo: sandbox.dataDir, linked: other}
      const {port} = await ok(['server', 'start', '-r', starter, '--data-dir', places[starter]])
      sandbox.track(pidOf('demo'))
      await mark(client('linked', {dataDir: other}))
      for (const repo of ['demo', 'linked'] as const) {
        expect(await isMarked(client(repo, {dataDir: places[repo]})), repo).to.equal(true)
        const asked = ['query', FIND, '-r', repo, '--data-dir', places[repo]]
        expect((await ok(asked))['result'], repo).to.be.a('number')
      }

      expect(make['repo']).to.equal('logseq_db_demo')
      // A program that knows only its own name of the graph, as a page does, where the names can be looked up.
      const ask = async (repo: string) =>
        (await http(port, '/v1/invoke', {body: {args: [repo], method: 'thread-api/db-exists'}})).json
      symlinkSync(sandbox.graphDir(), join(sandbox.dataDir, 'alias'))
      await sandbox.start('stranger')
      for (const repo of ['demo', 'logseq_db_demo', 'alias', starter])
        expect(await ask(repo), repo).to.include({ok: true})
      for (const repo of ['stranger', 'nothing', '..', '/', 'a/../demo', 'a\0b'])
        expect((await ask(repo)).error, repo).to.include({code: 'repo-mismatch'})
    })
  }

  it('by a link that another user has planted under the name of another graph', async function () {
    needsRoot(this)
    await sandbox.start('mine')
    const shared = join(sandbox.dir, 'shared')
    mkdirSync(shared, {mode: 0o1777})
    symlinkSync(sandbox.graphDir('mine'), join(shared, 'work'))
    const asked = ['query', FIND, '-r', 'work', '--data-dir', shared]
    expect((await ok(asked))['result'], 'a link of one’s own').to.equal(null)
    lchownSync(join(shared, 'work'), NOBODY, NOBODY)
    for (const command of [asked, ['server', 'start', '--create', '-r', 'work', '--data-dir', shared]]) {
      const error = await fails(command)
      expect(error).to.include({code: 'data-dir-permission'})
      expect(error.message).to.include(join(shared, 'work'))
    }
  })

  describe('in a place that others may write', () => {
    let fake: Listener

    beforeEach(async function () {
      needsRoot(this)
      fake = await listen((_, response) => response.end('{"ok":true,"status":"ready","result":null}'))
      chmodSync(sandbox.dir, 0o755)
      chmodSync(sandbox.dataDir, 0o1777)
    })

    afterEach(() => fake?.close())

    /** A graph that another user has put there: with a record of theirs that names a server of theirs. */
    function plant(owner: {dir: number; record: number}, fields: object = {}): void {
      mkdirSync(sandbox.graphDir())
      writeFileSync(join(sandbox.graphDir(), 'db.sqlite'), '')
      const record = {'auth-token': 't', 'lock-id': 'l', pid: process.pid, port: fake.port, repo: 'logseq_db_demo'}
      sandbox.writeRecord({...record, ...fields})
      chmodSync(sandbox.recordPath(), 0o644)
      chownSync(sandbox.recordPath(), owner.record, owner.record)
      chownSync(sandbox.graphDir(), owner.dir, owner.dir)
    }

    const PLANTED: [what: string, owner: {dir: number; record: number}, fields?: object][] = [
      ['a directory of another user', {dir: NOBODY, record: NOBODY}],
      [
        'a directory of another user, with a record as Logseq’s own',
        {dir: NOBODY, record: NOBODY},
        {'auth-token': undefined},
      ],
      ['a directory of another user, with a record of this one', {dir: NOBODY, record: 0}],
      ['a record of another user', {dir: 0, record: NOBODY}],
    ]
    for (const [row, [what, owner, fields]] of PLANTED.entries()) {
      it(`${what} is refused with the user’s name, and nothing is sent`, async () => {
        plant(owner, fields)
        const commands = [
          ...TALKING.map(([, args]) => args(sandbox)),
          ...['start', 'status', 'stop', 'restart'].map((verb) => ['server', verb]),
        ]
        for (const args of commands) {
          const error = await (row === 0 ? sandbox.fails : fails)([...args, '-r', 'demo'])
          expect(error, args.join(' ')).to.include({code: 'data-dir-permission', exit: 5, user: 'nobody'})
        }

        const error = await mark(client('demo')).catch((error_: unknown) => error_)
        expect((error as ServerError).code).to.equal('data-dir-permission')
        const {servers} = await ok(['server', 'list'])
        expect(servers).to.have.length(1)
        expect(servers[0]).to.include({graph: 'demo', status: 'unreadable'})
        expect(fake.connections()).to.equal(0)
      })
    }
  })
})
