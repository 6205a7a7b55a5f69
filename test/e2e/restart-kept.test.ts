import {existsSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {writeLimitedCli} from '../support/limited-cli.js'
import {canMount, writeMountedCli} from '../support/mounts.js'
import {lives, until} from '../support/processes.js'
import {cleanEnv, CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const RESTART = ['server', 'restart', '--repo', 'demo']

describe('a server that could not be started again', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  async function started(): Promise<() => boolean> {
    const {pid} = await sandbox.start()
    const known = sandbox.track(pid as number)!
    return () => lives(known)
  }

  for (const count of [21, 24, 26])
    it(`is kept running by a shell that allows ${count} open files`, async function () {
      if (process.platform === 'win32') this.skip()
      const isRunning = await started()
      const error = await sandbox.fails(RESTART, {cli: writeLimitedCli(sandbox.dir, `-n ${count}`)})
      expect(error).to.include({code: 'too-many-open-files', exit: 5})
      expect(error.hint).to.include('ulimit -n')
      expect(isRunning()).to.equal(true)
    })

  it('is not replaced by one that would run in the foreground', async function () {
    if (process.platform === 'win32') this.skip()
    const isRunning = await started()
    const cli = writeLimitedCli(sandbox.dir, '-n 24')
    const error = await sandbox.fails(['server', 'run', '--replace', '--repo', 'demo'], {cli})
    expect(error).to.include({code: 'too-many-open-files', exit: 5})
    expect(isRunning()).to.equal(true)
  })

  it('is restarted by a shell that allows few more', async function () {
    if (process.platform === 'win32') this.skip()
    const isRunning = await started()
    await sandbox.ok(RESTART, {cli: writeLimitedCli(sandbox.dir, '-n 40')})
    expect(isRunning()).to.equal(false)
  })

  it('is restarted by its supervisor, though the command may not write in the directory', async function () {
    const mount = `mount --bind ${sandbox.dataDir} ${sandbox.dataDir} && mount -o remount,ro,bind ${sandbox.dataDir}`
    mkdirSync(sandbox.dataDir, {recursive: true})
    if (!canMount(mount)) {
      console.log('      skipped: nothing can be mounted here')
      this.skip()
    }

    const cli = join(sandbox.dir, 'mounted.cjs')
    writeMountedCli(cli, mount)
    const run = `"${process.execPath}" "${CLI}" server run --repo demo --create --data-dir "${sandbox.dataDir}"`
    sandbox.spawn('sh', ['-c', `${run}; [ $? = 75 ] && ${run}`], {env: {...cleanEnv(), HOME: sandbox.dir}})
    const status = () => sandbox.ok(['server', 'status', '--repo', 'demo'])
    const isReady = async () => existsSync(sandbox.recordPath()) && (await status())['status'] === 'ready'
    await until(isReady, 60_000, 'the server')
    const {pid} = await status()
    const restarted = await sandbox.ok(RESTART, {cli})
    expect(restarted).to.include({supervised: true}).and.not.to.include({pid})
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
  })
})
