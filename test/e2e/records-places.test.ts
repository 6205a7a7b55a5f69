import {execFileSync} from 'node:child_process'
import {chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {end, know, type Known, lives, mentioning, until} from '../support/processes.js'
import {WORKER} from '../support/sandbox.js'
import {graphArgs, serversOf} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'
import {holdDatabase} from '../support/workers.js'

const COMMANDS = ['start', 'stop', 'restart'] as const

describe('a record of another place', () => {
  const sandbox = useSandbox()
  const {fails, ok} = commandsIn(sandbox)

  /** Every command that would change something is refused, and changes nothing. */
  async function expectRefused(code: string, uid?: number): Promise<void> {
    const before = readFileSync(sandbox.recordPath())
    for (const command of COMMANDS) {
      const line = ['server', command, '-r', 'demo']
      const error = uid === undefined ? await fails(line) : await sandbox.fails(line, {uid})
      expect(error, command).to.include({code, exit: 5})
    }

    expect(readFileSync(sandbox.recordPath())).to.deep.equal(before)
  }

  const statusesIn = async (uid?: number): Promise<Record<string, string>> => {
    const {servers} = await (uid === undefined ? ok(['server', 'list']) : sandbox.ok(['server', 'list'], {uid}))
    return Object.fromEntries(servers.map((server: any) => [server.graph, server.status]))
  }

  const reported = () => ok(['server', 'status', '-r', 'demo'])

  /** The threads of a program that was killed let go of its files a moment after the first of them is gone. */
  const untilStale = () => until(async () => (await reported())['status'] === 'stale', 5000, 'its guard to be free')

  for (const alive of [true, false]) {
    it(`of another user, its server ${alive ? 'alive' : 'dead'}, is refused with the user’s name`, async function () {
      needsRoot(this)
      const server = know((await sandbox.start())['pid'] as number)!
      if (!alive) await end(server)
      // The user's own directory, and the record of one start by root.
      chmodSync(sandbox.dir, 0o755)
      for (const path of [sandbox.dataDir, sandbox.graphDir()]) chownSync(path, NOBODY, NOBODY)
      const healthy = await sandbox.ok(['server', 'start', '--create', '-r', 'healthy'], {uid: NOBODY})

      const error = await sandbox.fails(['server', 'status', '-r', 'demo'], {uid: NOBODY})
      expect(error).to.include({code: 'data-dir-permission', exit: 5, path: sandbox.recordPath(), user: 'root'})
      expect(error.message).to.contain('root')
      expect(await statusesIn(NOBODY)).to.deep.equal({demo: 'unreadable', healthy: 'ready'})
      await expectRefused('data-dir-permission', NOBODY)
      expect(lives(server)).to.equal(alive)
      expect(await sandbox.ok(['server', 'stop', '-r', 'healthy'], {uid: NOBODY})).to.include({pid: healthy['pid']})
    })
  }

  it('in a directory of another user is not used, unless --force says so', async function () {
    needsRoot(this)
    chmodSync(sandbox.dir, 0o755)
    chownSync(sandbox.dataDir, NOBODY, NOBODY)
    const server = know(
      (await sandbox.ok(['server', 'start', '--create', '-r', 'demo'], {uid: NOBODY}))['pid'] as number,
    )!
    for (const command of ['start', 'status', 'stop', 'restart']) {
      expect(await fails(['server', command, '-r', 'demo'])).to.include({code: 'data-dir-permission', exit: 5})
    }

    expect(lives(server)).to.equal(true)
    expect(await statusesIn()).to.deep.equal({demo: 'unreadable'})
    expect(await sandbox.start('demo', '--force')).to.include({pid: server.pid, reused: true})
    expect(await ok(['server', 'stop', '-r', 'demo', '--force'])).to.include({pid: server.pid})
    expect(lives(server)).to.equal(false)
  })

  it('of a container that holds the guard and does not answer is elsewhere', async () => {
    await sandbox.start('healthy')
    await end(know((await sandbox.start())['pid'] as number)!)
    sandbox.writeRecord({...sandbox.record()!, 'pid-namespace': 'pid:[1]'})
    const guard = join(sandbox.graphDir(), 'db-worker.guard')
    const holder = know((await holdDatabase(sandbox, guard, 'PRAGMA journal_mode = MEMORY', 'BEGIN EXCLUSIVE')).pid)!
    expect(await ok(['server', 'status', '-r', 'demo'])).to.include({status: 'elsewhere'})
    expect((await sandbox.run(['server', 'status', '-r', 'demo', '--exit-code'])).code).to.equal(5)
    expect(await statusesIn()).to.deep.equal({demo: 'elsewhere', healthy: 'ready'})
    await expectRefused('server-on-other-host')
    expect(lives(holder)).to.equal(true)

    await end(holder)
    await untilStale()
    expect(await sandbox.start()).to.include({owned: true, reused: false})
  })

  describe('of a server in a container', () => {
    /** Starts a server in namespaces of its own, and waits for its record and graph; skips the test where none can be made. */
    async function startInside(test: Mocha.Context, ...namespaces: string[]): Promise<Known[]> {
      const command = [process.execPath, WORKER, ...graphArgs(sandbox), '--owner-source', 'cli', '--create-empty-db']
      const container = sandbox.spawn('unshare', [...namespaces, '--fork', '--mount-proc', ...command])
      const serves = () => sandbox.record() && existsSync(join(sandbox.graphDir(), 'db.sqlite'))
      await until(() => container.exitCode !== null || serves(), 15_000, 'the container to publish its record')
      if (container.exitCode !== null) {
        console.log('      skipped: no namespaces can be made here')
        test.skip()
      }

      return serversOf(sandbox)
    }

    it('is elsewhere until it is gone, when the container has its own network', async function () {
      const inside = await startInside(this, '--pid', '--net')
      expect(await reported()).to.include({status: 'elsewhere'})
      await expectRefused('server-on-other-host')
      expect(serversOf(sandbox)).to.deep.equal(inside)
      await Promise.all(inside.map((known) => end(known)))
      await untilStale()
      expect(await sandbox.start()).to.deep.include({'orphans-terminated': [], reused: false})
    })

    it('is used and stopped without its pid, when the container shares the network of the host', async function () {
      const inside = await startInside(this, '--pid')
      const {pid} = sandbox.record()!
      expect(await reported()).to.include({pid, status: 'ready'})
      expect(await sandbox.start()).to.include({pid, reused: true})
      expect(serversOf(sandbox)).to.deep.equal(inside)
      expect(await ok(['server', 'stop', '-r', 'demo'])).to.include({pid, 'stopped-by': 'shutdown'})
      expect(sandbox.record()).to.equal(undefined)
      await until(() => serversOf(sandbox).length === 0, 3000, 'the container to end')
    })

    it('is not an orphan of ours, even without its record', async function () {
      const inside = await startInside(this, '--pid')
      for (const {pid} of inside) process.kill(pid, 'SIGSTOP') // so that it does not end itself
      sandbox.removeRecord()
      expect((await reported())['orphans']).to.equal(undefined)
      expect(inside.every((known) => lives(known))).to.equal(true)
    })
  })

  it('that was copied along with its directory names no server: not the original’s', async () => {
    const original = know((await sandbox.start())['pid'] as number)!
    const other = join(sandbox.dir, 'backup')
    mkdirSync(other)
    execFileSync('cp', ['-r', sandbox.graphDir(), sandbox.graphDir('copy')])
    execFileSync('cp', ['-r', sandbox.graphDir(), join(other, 'demo')])
    for (const args of [
      ['-r', 'copy'],
      ['-r', 'demo', '--data-dir', other],
    ]) {
      expect(await ok(['server', 'status', ...args])).to.include({status: 'stale'})
      expect(await fails(['server', 'stop', ...args])).to.include({code: 'server-not-found', exit: 3})
      const started = await ok(['server', 'start', ...args])
      expect(started).to.deep.include({'orphans-terminated': [], reused: false})
      expect(started['pid']).not.to.equal(original.pid)
    }

    expect(await ok(['server', 'status', '-r', 'demo'])).to.include({pid: original.pid, status: 'ready'})
  })

  it('that was moved along with its directory, away from its server, names no server', async () => {
    const moves: [from: string, to: string, args: string[]][] = [
      [sandbox.graphDir(), sandbox.graphDir('moved'), ['-r', 'moved']],
      [sandbox.dataDir, join(sandbox.dir, 'elsewhere'), ['-r', 'moved', '--data-dir', join(sandbox.dir, 'elsewhere')]],
    ]
    let server = know((await sandbox.start())['pid'] as number)!
    for (const [from, to, args] of moves) {
      renameSync(from, to)
      expect(await ok(['server', 'status', ...args])).to.include({status: 'stale'})
      expect(await fails(['server', 'stop', ...args])).to.include({code: 'server-not-found', exit: 3})
      const started = await ok(['server', 'start', ...args])
      expect(started).to.include({reused: false})
      expect(lives(server)).to.equal(false)
      server = know(started['pid'] as number)!
    }
  })

  it('that is seen through another mount names the same server', async function () {
    const mounted = join(sandbox.dir, 'mounted')
    mkdirSync(mounted)
    try {
      execFileSync('mount', ['--bind', sandbox.dataDir, mounted], {stdio: 'pipe'})
    } catch (error) {
      console.log(`      skipped: nothing can be mounted here: ${String(error)}`)
      this.skip()
    }

    try {
      const {pid} = await sandbox.start()
      const args = ['-r', 'demo', '--data-dir', mounted]
      expect(await ok(['server', 'status', ...args])).to.include({pid, status: 'ready'})
      expect(await ok(['server', 'start', ...args])).to.include({pid, reused: true})
      expect(await ok(['server', 'stop', ...args])).to.include({pid, 'stopped-by': 'shutdown'})
      expect(serversOf(sandbox)).to.deep.equal([])
    } finally {
      execFileSync('umount', ['-l', mounted], {stdio: 'pipe'})
    }
  })

  it('with the lock-id of a server that had its pid before is waited for until that one has gone', async () => {
    const server = know((await sandbox.start())['pid'] as number)!
    sandbox.writeRecord({...sandbox.record()!, 'lock-id': 'another'})
    const ran = await sandbox.json(['server', 'start', '-r', 'demo'])
    expect(ran.data, ran.stdout).to.include({reused: false})
    expect(ran.ms).to.be.lessThan(3 * 5000)
    expect(lives(server)).to.equal(false)
    expect(sandbox.record()).to.include({pid: ran.data['pid'], version: 2})
  })

  it('that was a directory is moved aside with what is in it, not deleted', async () => {
    await end(know((await sandbox.start())['pid'] as number)!)
    sandbox.removeRecord()
    mkdirSync(join(sandbox.recordPath(), 'kept'), {recursive: true})
    await sandbox.start()
    const aside = readdirSync(sandbox.graphDir()).filter((name) => /^db-worker\.lock\..*aside$/.test(name))
    expect(aside.map((name) => readdirSync(join(sandbox.graphDir(), name)))).to.deep.equal([['kept']])
    expect(mentioning(sandbox.dir)).to.have.length(1)
  })
}).timeout(120_000)
