import {spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect} from 'chai'

import {canMount, writeMountedCli} from '../support/mounts.js'
import {know, lives} from '../support/processes.js'
import {WORKER} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** What is put over /proc before a command runs, in a mount namespace of its own. */
const MOUNTS = {'an empty one': 'mount -t tmpfs tmpfs /proc', 'none of its own': ''}

describe('commands that cannot see processes', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  let blind: string

  before(function () {
    if (canMount(MOUNTS['an empty one'])) return
    console.log('      skipped: /proc cannot be hidden here')
    this.skip()
  })

  beforeEach(() => {
    blind = join(sandbox.dir, 'blind.cjs')
    writeMountedCli(blind, MOUNTS['an empty one'])
  })

  it('take a live server for what it is, and stop it', async () => {
    const started = await sandbox.start()
    const known = sandbox.track(started['pid'])!
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'], {cli: blind})).to.include({
      status: 'ready',
      pid: started['pid'],
    })
    const again = await sandbox.ok(['server', 'start', '--repo', 'demo'], {cli: blind})
    expect(again).to.include({pid: started['pid'], reused: true})
    expect(lives(known)).to.equal(true)
    expect(await sandbox.ok(['server', 'stop', '--repo', 'demo'], {cli: blind})).to.include({'stopped-by': 'shutdown'})
    expect(lives(known)).to.equal(false)
  })

  it('do not return from a stop before the process has exited', async () => {
    // An exit that takes longer: the server lock is released before.
    const script = join(sandbox.dir, 'db-worker-node.js')
    writeFileSync(
      script,
      `process.on('exit', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400))
      require(${JSON.stringify(WORKER)})`,
    )
    const {pid} = await sandbox.ok(['server', 'start', '--create', '--repo', 'demo', '--worker-script', script])
    const known = know(pid as number)!
    expect(await sandbox.ok(['server', 'stop', '--repo', 'demo'], {cli: blind})).to.include({'stopped-by': 'shutdown'})
    expect(lives(known)).to.equal(false)
  })

  it('start a server that everybody can use and stop', async () => {
    const started = await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], {cli: blind})
    expect(started['orphan-scan']).to.match(/^failed/)
    expect(started).to.include({created: true, reused: false})
    const status = await sandbox.ok(['server', 'status', '--repo', 'demo'])
    expect(status).to.include({status: 'ready', pid: started['pid']})
    expect(status['clients']).to.include({leases: 0})
    expect(await sandbox.ok(['server', 'start', '--repo', 'demo'], {cli: blind})).to.include({reused: true})
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    expect(sandbox.servers()).to.deep.equal([])
  })

  it('find SQLite if Node.js has only the name by which it was called', async () => {
    writeMountedCli(blind, MOUNTS['an empty one'], {node: 'node'})
    await sandbox.ok(['graph', 'create', '--repo', 'demo'], {
      cli: blind,
      env: {PATH: `${dirname(process.execPath)}:/usr/bin:/bin`},
    })
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'ready'})
  })

  it('replace a server that is dead', async () => {
    const {pid} = await sandbox.start()
    process.kill(pid, 'SIGKILL')
    const started = await sandbox.ok(['server', 'start', '--repo', 'demo'], {cli: blind})
    expect(started['reused']).to.equal(false)
    expect(started['pid']).not.to.equal(pid)
    await sandbox.ok(['server', 'stop', '--repo', 'demo'], {cli: blind})
  })

  it('leave a frozen server alone', async () => {
    const {pid} = await sandbox.start()
    process.kill(pid, 'SIGSTOP')
    const error = await sandbox.fails(['server', 'start', '--repo', 'demo', '--timeout', '3s'], {cli: blind})
    expect(error.code).to.be.oneOf(['server-unresponsive', 'server-on-other-host'])
    const unsignalled = await sandbox.fails(['server', 'stop', '--repo', 'demo'], {cli: blind})
    expect(unsignalled).to.include({code: 'server-unresponsive', exit: 5, pid})
    expect(unsignalled.message).to.include('not signalled')
    process.kill(pid, 'SIGCONT')
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'ready', pid})
  })

  it('write through a server over whose /proc something was mounted since', async () => {
    writeMountedCli(blind, MOUNTS['none of its own'])
    const {pid} = await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], {cli: blind})
    const covered = spawnSync('nsenter', ['-t', String(pid), '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/proc'])
    expect(covered.status).to.equal(0)
    const mark = '[{"db/ident": ":logseq.kv/mark", "kv/value": 1}]'
    await sandbox.ok(['invoke', 'transact', mark, '--repo', 'demo'])
    await sandbox.ok(['graph', 'backup', '--repo', 'demo'])
    expect(await sandbox.ok(['server', 'stop', '--repo', 'demo'])).to.include({'stopped-by': 'shutdown'})
  })

  it('treat pids as unknown in a namespace with the /proc of another one', async () => {
    const {pid} = await sandbox.start()
    writeMountedCli(blind, MOUNTS['none of its own'], {flags: ['-m', '-p', '-f']})
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'], {cli: blind})).to.include({status: 'ready', pid})
    expect(await sandbox.ok(['server', 'start', '--repo', 'demo'], {cli: blind})).to.include({pid, reused: true})
  })
})
