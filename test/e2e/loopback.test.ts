import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {expect} from 'chai'

import {writeMountedCli} from '../support/mounts.js'
import {useSandbox} from '../support/use.js'

describe('a loopback interface that is down', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  before(function () {
    if (spawnSync('unshare', ['-n', 'true']).status === 0) return
    console.log('      skipped: no network namespace can be made here')
    this.skip()
  })

  it('is named by a start, whose server nothing can reach', async () => {
    const cli = join(sandbox.dir, 'unreachable.cjs')
    writeMountedCli(cli, '', {flags: ['-n']})
    const {warnings} = await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'], {cli})
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include('ip link set lo up')
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    expect((await sandbox.start()).warnings).to.deep.equal([])
  })

  it('is named where a server does not respond', async () => {
    const cli = join(sandbox.dir, 'unreachable.cjs')
    writeMountedCli(cli, '', {flags: ['-n']}) // where a new namespace has it down
    await sandbox.start()
    const {hint, status} = await sandbox.ok(['server', 'status', '--repo', 'demo'], {cli})
    expect(status).to.equal('unresponsive')
    expect(hint).to.include('ip link set lo up')
    const error = await sandbox.fails(['server', 'start', '--repo', 'demo', '--timeout', '2s'], {cli})
    expect(error.code).to.equal('server-unresponsive')
    expect(error.hint).to.include('ip link set lo up')
    const {findings} = (await sandbox.json(['doctor'], {cli})).data as {findings: {code: string; hint: string}[]}
    expect(findings.find(({code}) => code === 'server-unresponsive')?.hint).to.include('ip link set lo up')
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'ready'})
  })
})
