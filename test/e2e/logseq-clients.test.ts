import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {BaseClient} from '../support/clients/base.js'
import {HeadAppClient, HeadCliClient} from '../support/clients/head.js'
import {know, lives, until} from '../support/processes.js'
import {http, WORKER} from '../support/sandbox.js'
import {legacyScript, serversOf, startUnowned} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'

/** Less than these clients wait for a server that is not as they expect it: 30 s. That a stop took no 5 s, their own results say. */
const AT_ONCE_MS = 20_000

const TITLES = '["logseq_db_demo",["[:find ?v . :where [?e :db/ident :logseq.kv/db-type] [?e :kv/value ?v]]"]]'

describe('Logseq’s own clients on our server', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  before(function () {
    if (process.platform !== 'linux') this.skip() // elsewhere they are asked for the token
  })

  const line = () =>
    existsSync(join(sandbox.dir, 'server-list')) ? readFileSync(join(sandbox.dir, 'server-list'), 'utf8') : ''

  async function within<T>(act: Promise<T>): Promise<T> {
    const began = performance.now()
    const result = await act
    expect(performance.now() - began).to.be.lessThan(AT_ONCE_MS)
    return result
  }

  const code = async (act: Promise<unknown>) => {
    try {
      await act
    } catch (error) {
      return (error as {code?: string}).code
    }

    return 'nothing was thrown'
  }

  describe('of February 2026', () => {
    const client = (owner: 'cli' | 'electron', script = WORKER) => new BaseClient({sandbox, owner, script})

    it('list, share, read, stop and restart it at once, and by no signal', async () => {
      const started = await sandbox.start()
      const cli = client('cli', legacyScript(sandbox))
      expect(await cli.list()).to.deep.equal([
        {
          host: '127.0.0.1',
          'owner-source': 'cli',
          pid: started['pid'],
          port: started['port'],
          repo: 'logseq_db_demo',
          status: 'ready',
        },
      ])
      const server = await within(cli.start('logseq_db_demo'))
      expect(server).to.include({owned: true, spawned: false})
      expect(server.base).to.include({pid: started['pid']})
      expect(await cli.invoke('logseq_db_demo', 'q', TITLES)).to.equal('["~#\'","db"]')
      expect(await within(cli.stop('logseq_db_demo'))).to.equal('shutdown')
      expect([sandbox.record(), line()]).to.deep.equal([undefined, ''])
      await until(() => serversOf(sandbox).length === 0, 10_000, 'its end')
      expect(await code(cli.stop('logseq_db_demo'))).to.equal('server-not-found')
    })

    it('go on with their own, and our command line shares it', async () => {
      await sandbox.start()
      const cli = client('cli', legacyScript(sandbox))
      const theirs = await cli.restart('logseq_db_demo')
      expect(theirs).to.include({owned: true, spawned: true})
      expect(await sandbox.start()).to.include({
        owned: true,
        pid: theirs.base['pid'],
        port: theirs.base['port'],
        reused: true,
      })
    })

    it('restart it as their script', async () => {
      const {pid} = await sandbox.start()
      const cli = client('cli')
      const restarted = await cli.restart('logseq_db_demo')
      expect(restarted).to.include({owned: true, spawned: true})
      expect(restarted.base['pid']).not.to.equal(pid)
      expect(await sandbox.start()).to.include({pid: restarted.base['pid'], reused: true})
    })

    it('take over one without an owner', async () => {
      const {pid} = await startUnowned(sandbox)
      const server = await client('cli').start('logseq_db_demo')
      expect(server).to.include({owned: true, spawned: false})
      expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({owned: true, 'owner-source': 'cli', pid})
    })

    it('do not stop that of another', async () => {
      const started = await sandbox.start()
      const app = client('electron')
      expect(await app.start('logseq_db_demo')).to.include({owned: false, spawned: false})
      expect(await code(app.stop('logseq_db_demo'))).to.equal('server-owned-by-other')
      expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({pid: started['pid'], status: 'ready'})
    })
  })

  describe('of August 2026', () => {
    const cli = (script = WORKER) => new HeadCliClient({sandbox, owner: 'cli', script})
    const app = (
      revision: string,
      owner: 'cli' | 'electron' = 'electron',
      script = legacyScript(sandbox, 'head-server'),
    ) =>
      new HeadAppClient(
        {sandbox, env: {LEGACY_REVISION: revision, LOGSEQ_DB_WORKER_REVISION: revision}, owner, script},
        revision,
      )

    it('list it with all that they look for', async () => {
      const started = await sandbox.start()
      const expected = {
        repo: 'logseq_db_demo',
        host: '127.0.0.1',
        port: started['port'],
        pid: started['pid'],
        'owner-source': 'cli',
        'root-dir': sandbox.dir,
        revision: started['revision'],
        status: 'ready',
        'http-status': 200,
      }
      await until(
        () =>
          cli()
            .list()
            .then(({length}) => length > 0),
        15_000,
        'the line of the server',
      )
      expect(await cli().list()).to.deep.equal([expected])
      expect(await app('x').list()).to.deep.equal([expected])
    })

    it('share, read, stop and restart it at once, and by no signal', async () => {
      const started = await sandbox.start()
      const client = cli()
      const shared = await within(client.start('demo'))
      expect(shared).to.include({owned: true, spawned: false})
      expect(await client.invoke('demo', 'q', TITLES)).to.equal('["~#\'","db"]')
      expect(await within(client.stop('demo'))).to.equal('shutdown')
      await until(() => sandbox.record() === undefined && line() === '', AT_ONCE_MS, 'record and line to be gone')
      expect(await code(client.stop('demo'))).to.equal('server-not-found')

      await client.start('demo')
      const again = await client.restart('demo')
      expect(again).to.include({owned: true, spawned: true})
      expect(again.health['pid']).not.to.equal(started['pid'])
      expect(await sandbox.start()).to.include({owned: true, pid: again.health['pid'], reused: true})
    })

    it('start it by their own arguments, the graph with it', async () => {
      const clients: [string, HeadAppClient | HeadCliClient][] = [
        ['My Notes', cli()],
        ['other', app('build-7', 'electron', WORKER)],
      ]
      for (const [repo, client] of clients) {
        const {health, spawned} = await client.start(repo)
        expect(spawned).to.equal(true)
        expect(health).to.include({repo, 'root-dir': sandbox.dir, status: 'ready'})
        expect(await sandbox.ok(['server', 'start', '-r', repo])).to.include({pid: health['pid'], reused: true})
      }
    })

    it('do not stop that of another', async () => {
      const started = await sandbox.start('demo', '--owner-source', 'electron')
      expect(await code(cli().stop('demo'))).to.equal('server-owned-by-other')
      expect(await code(app('x', 'cli').stop('demo'))).to.equal('server-owned-by-other')
      expect(lives(know(started['pid'] as number)!)).to.equal(true)
    })

    for (const owner of ['cli', 'electron']) {
      it(`end one of another build, owned by ${owner}, in order, and our command line shares theirs`, async () => {
        const started = await sandbox.start('demo', '--owner-source', owner)
        const ours = know(started['pid'] as number)!
        const client = app('build-7')
        const theirs = await within(client.start('demo'))
        expect(theirs).to.include({ended: 'shutdown', spawned: true})
        expect(theirs.health).to.include({'owner-source': 'electron', revision: 'build-7'})
        await until(() => !lives(ours), 10_000, 'the end of ours')
        expect(line()).to.equal(`${theirs.health['pid']} ${theirs.health['port']}\n`)

        const {pid, port} = theirs.health
        expect(await sandbox.start()).to.include({owned: false, 'owner-source': 'electron', pid, port, reused: true})
        const {servers} = await sandbox.ok(['server', 'list'])
        expect(servers).to.have.length(1)
        expect(servers[0]).to.include({owned: false, pid, port, status: 'ready'})
        expect(await sandbox.fails(['server', 'stop', '-r', 'demo'])).to.include({
          code: 'server-owned-by-other',
          exit: 4,
        })
        expect(await within(client.stop('demo'))).to.equal('shutdown')
      })
    }

    it('keep one that reports their build', async () => {
      const started = await sandbox.ok(['server', 'start', '--create', '-r', 'demo'], {
        env: {LOGSEQ_DB_WORKER_REVISION: 'build-7'},
      })
      const shared = await within(app('build-7').start('demo'))
      expect(shared).to.include({owned: false, spawned: false})
      expect(shared.health).to.include({pid: started['pid']})
      expect(await app('build-7', 'cli').stop('demo')).to.equal('shutdown')
    })

    it('get an error for a long request that the stop ends', async () => {
      const started = await sandbox.start()
      const slow = http(started['port'] as number, '/v1/invoke', {
        body: {
          args: ['demo', ['[:find (count ?a) . :where [?a] [?b] [?c] [?d] [(< ?a ?b)] [(< ?b ?c)] [(< ?c ?d)]]']],
          method: 'thread-api/q',
        },
      })
      await until(async () => (await http(started['port'] as number, '/readyz')).status === 200, 5000, 'the server')
      const began = performance.now()
      expect(await cli().stop('demo')).to.equal('shutdown')
      expect(performance.now() - began).to.be.lessThan(8000) // not the 10 s for requests in flight
      await slow.catch(() => {})
    })
  })
})
