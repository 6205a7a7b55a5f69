import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {listServers, serverStatus} from '../../src/lib/index.js'
import {argvOf, end, know, lives, until} from '../support/processes.js'
import {http, Sandbox} from '../support/sandbox.js'
import {legacyScript, listedPort, serversOf, startListed} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'

describe('a server of Logseq’s own that is in its list of servers, beside ours', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  const as = (command: string, requester = 'cli', ...more: string[]) => [
    'server',
    command,
    '-r',
    'demo',
    '--owner-source',
    requester,
    ...more,
  ]
  const list = () => readFileSync(join(sandbox.dir, 'server-list'), 'utf8')

  const rows: {asks: 'cli' | 'electron'; owned: boolean; owner: string; ownerThen?: string}[] = [
    {asks: 'cli', owned: true, owner: 'cli'},
    {asks: 'electron', owned: false, owner: 'cli'},
    {asks: 'cli', owned: false, owner: 'electron'},
    {asks: 'electron', owned: true, owner: 'electron'},
    {asks: 'cli', owned: true, owner: 'unknown', ownerThen: 'cli'},
    {asks: 'electron', owned: false, owner: 'unknown'},
  ]
  for (const {asks, owned, owner, ownerThen = owner} of rows) {
    it(`owned by ${owner}: shared, listed, and ${owned ? '' : 'not '}stopped by ${asks}`, async () => {
      const journal = join(sandbox.dir, 'journal')
      const theirs = await startListed(sandbox, owner, {LEGACY_JOURNAL: journal})
      const {pid, port} = theirs
      const {'owner-source': _, ...lock} = sandbox.record()!
      expect(await sandbox.ok(as('start', asks))).to.include({
        owned,
        'owner-source': ownerThen,
        pid,
        port,
        reused: true,
      })
      expect(sandbox.record()).to.deep.equal({...lock, 'owner-source': ownerThen}) // it tells no port still
      const options = {dataDir: sandbox.dataDir, repo: 'demo', requester: {source: asks}}
      expect(await serverStatus(options)).to.include({owned, pid, port, status: 'ready'})
      const {servers} = await listServers(options)
      expect(servers).to.have.length(1)
      expect(servers[0]).to.include({owned, pid, port, status: 'ready'})
      expect(serversOf(sandbox).map((known) => known.pid)).to.deep.equal([pid])

      if (owned) {
        expect(await sandbox.ok(as('stop', asks))).to.include({pid, 'stopped-by': 'shutdown'})
        expect([sandbox.record(), list()]).to.deep.equal([undefined, ''])
      } else {
        expect(await sandbox.fails(as('stop', asks))).to.include({code: 'server-owned-by-other', exit: 4, pid})
        const asked = readFileSync(journal, 'utf8').trim().split('\n')
        expect(new Set(asked)).to.deep.equal(new Set(['GET /healthz']))
        expect(lives(theirs)).to.equal(true)
      }
    })
  }

  it('is called by our command line', async () => {
    await startListed(sandbox, 'electron')
    expect((await sandbox.run(['invoke', 'thread-api/list-db', '-r', 'demo'])).stdout).to.contain('theirs')
  })

  it('is started, shared, restarted, listed and stopped as the script of a start', async () => {
    const script = legacyScript(sandbox, 'head-server')
    const first = await sandbox.ok(as('start', 'cli', '--create', '--worker-script', script))
    expect(argvOf(first['pid'] as number)).to.include.members([script, '--root-dir', sandbox.dir])
    expect(first).to.include({owned: true, port: listedPort(sandbox, first['pid'] as number), reused: false})
    expect(await sandbox.ok(as('start', 'cli', '--worker-script', script))).to.include({
      pid: first['pid'],
      reused: true,
    })
    writeFileSync(join(sandbox.graphDir(), 'db.sqlite'), '') // as it makes it when it opens its graph
    const second = await sandbox.ok(as('restart', 'cli', '--worker-script', script))
    expect(second['pid']).not.to.equal(first['pid'])
    expect(list()).to.equal(`${second['pid']} ${second['port']}\n`)
    expect((await sandbox.ok(['server', 'list']))['servers']).to.have.length(1)
    expect(await sandbox.ok(as('stop'))).to.include({pid: second['pid'], 'stopped-by': 'shutdown'})
    expect(await sandbox.fails(as('stop'))).to.include({code: 'server-not-found'})
  })

  it('is replaced by ours, and ours by it', async () => {
    const first = await sandbox.start()
    const script = legacyScript(sandbox, 'head-server')
    const theirs = await sandbox.ok(as('restart', 'cli', '--worker-script', script))
    expect(list()).to.equal(`${theirs['pid']} ${theirs['port']}\n`)
    const ours = await sandbox.ok(as('restart'))
    expect(list()).to.equal(`${ours['pid']} ${ours['port']}\n`)
    expect(new Set([first['pid'], theirs['pid'], ours['pid']])).to.have.length(3)
    expect(serversOf(sandbox).map(({pid}) => pid)).to.deep.equal([ours['pid']])
  })

  it('that says why it cannot start is not waited for', async () => {
    const other = new Sandbox('notes')
    try {
      const script = legacyScript(other, 'head-server')
      const error = await other.fails(as('start', 'cli', '--create', '--worker-script', script))
      expect(error).to.include({code: 'server-start-failed', exit: 6})
      expect(JSON.stringify(error)).to.contain('root-dir is required')
      expect(error.ms).to.be.lessThan(15_000)
    } finally {
      await other.dispose()
    }
  })

  it('that is opening its graph is waited for', async () => {
    const script = legacyScript(sandbox, 'head-server')
    const args = ['--repo', 'demo', '--root-dir', sandbox.dir, '--owner-source', 'electron']
    const {pid} = sandbox.spawn(process.execPath, [script, ...args], {env: {...process.env, LEGACY_OPEN_MS: '2000'}})
    await until(() => sandbox.record()?.['pid'] === pid, 10_000, 'its lock')
    expect(await sandbox.ok(as('start'))).to.include({owned: false, pid, port: listedPort(sandbox, pid), reused: true})
  })

  it('whose line is lost is waited for, and not killed', async () => {
    const theirs = await startListed(sandbox, 'cli')
    rmSync(join(sandbox.dir, 'server-list'))
    expect(await sandbox.ok(as('status'))).to.include({pid: theirs.pid, status: 'unresponsive'})
    const error = await sandbox.fails(as('start', 'cli', '--timeout', '1s'))
    expect(error).to.include({code: 'server-unresponsive', pid: theirs.pid})
    expect(lives(theirs)).to.equal(true)
    expect(await sandbox.ok(as('stop'))).to.include({pid: theirs.pid, 'stopped-by': 'sigterm'})
  })

  it('that has crashed leaves a lock and a line, which are replaced', async () => {
    const theirs = await startListed(sandbox, 'electron')
    await end(theirs)
    expect(await sandbox.ok(as('status'))).to.include({status: 'stale'})
    const started = await sandbox.start()
    await until(() => list() === `${started['pid']} ${started['port']}\n`, 10_000, 'our line alone')
    expect(sandbox.record()).to.include({version: 2})
  })

  it('without its lock is ended and replaced by a start', async () => {
    const theirs = await startListed(sandbox, 'electron')
    sandbox.removeRecord()
    const started = await sandbox.start()
    expect(started).to.deep.include({'orphans-terminated': [theirs.pid], reused: false})
    expect(lives(know(started['pid'] as number)!)).to.equal(true)
    expect(list()).to.equal(`${started['pid']} ${started['port']}\n`)
  })

  it('is not believed on a port that is another program’s', async () => {
    const theirs = await startListed(sandbox, 'cli')
    const other = await sandbox.start('other')
    writeFileSync(join(sandbox.dir, 'server-list'), `${theirs.pid} ${other['port']}\n`)
    expect(await sandbox.ok(as('status'))).to.include({pid: theirs.pid, status: 'unresponsive'})
    expect((await http(theirs.port, '/healthz')).json).to.include({pid: theirs.pid, status: 'ready'})
  })
})
