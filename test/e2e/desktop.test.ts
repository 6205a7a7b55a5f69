import {once} from 'node:events'
import {chmodSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {createDbWorkerManager, type DbWorkerManager, type ManagerEvent, ServerError} from '../../src/electron/index.js'
import type {ManagedRuntime} from '../../src/electron/types.js'
import {end, know, type Known, lives, until} from '../support/processes.js'
import {CLI, http, Sandbox} from '../support/sandbox.js'
import {serversOf, startLegacy} from '../support/unrelated-programs.js'
import {fixtureProgram} from '../support/workers.js'

const GRACE_MS = 10_000

describe('a desktop app, on real servers', function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let events: ManagerEvent[]
  let manager: DbWorkerManager

  const options = (ownerId = 'work') => ({cli: CLI, dataDir: sandbox.dataDir, ownerId})

  beforeEach(() => {
    sandbox = new Sandbox()
    events = []
    manager = createDbWorkerManager({...options(), onEvent: (event) => events.push(event)})
  })

  afterEach(async () => {
    await manager.stopAll()
    await sandbox.dispose()
  })

  async function open(repo: string, window: number, other = manager): Promise<ManagedRuntime> {
    const runtime = await other.ensureRuntime(repo, window, {create: true})
    sandbox.track(runtime.pid)
    return runtime
  }

  const answers = ({baseUrl, authToken}: ManagedRuntime) =>
    http(Number(new URL(baseUrl).port), '/v1/invoke', {
      body: {args: [], method: 'thread-api/get-version'},
      token: authToken,
    })

  const event = <T extends ManagerEvent['type']>(type: T) =>
    events.findLast((one): one is Extract<ManagerEvent, {type: T}> => one.type === type)

  async function failure(promise: Promise<unknown>): Promise<ServerError> {
    const thrown = await promise.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (thrown instanceof ServerError) return thrown
    throw new Error(`not refused: ${String(thrown)}`)
  }

  /** Starts a server as the command line does, and returns its process. */
  const startByCli = async () => know((await sandbox.start())['pid'] as number)!

  it('opens a graph, shares it between windows, and stops it with the last one', async () => {
    const [first, second] = await Promise.all([open('demo', 1), open('logseq_db_demo', 2)])
    expect(second).to.deep.equal(first)
    expect(first).to.include({lifetime: 'leased', owned: true, ownerId: 'work', ownerSource: 'electron'})
    expect((await answers(first)).status).to.equal(200)
    expect(sandbox.record()).to.include({'owner-id': 'work', 'owner-pid': process.pid, lifetime: 'leased'})
    await until(() => manager.state()[0]?.leases === 1, 5000, 'the lease')
    await manager.releaseWindow(1)
    expect((await answers(first)).status).to.equal(200)
    await manager.releaseRuntime('demo', 2)
    expect(serversOf(sandbox)).to.deep.equal([])
    expect(sandbox.record()).to.equal(undefined)
  })

  it('switches a window from one graph to another', async () => {
    const first = await open('one', 1)
    const second = await open('two', 1)
    await until(() => know(first.pid) === undefined, 10_000, 'the end of the first server')
    expect((await answers(second)).status).to.equal(200)
    await until(() => manager.state().length === 1, 5000, 'the first graph to be let go of')
    expect(manager.state()[0]).to.deep.include({repo: 'logseq_db_two', windows: [1]})
  })

  it('leaves nothing over when its window closes during the start', async () => {
    const opening = failure(manager.ensureRuntime('demo', 1, {create: true}))
    await until(() => serversOf(sandbox).length > 0, 10_000, 'the server to start')
    await manager.releaseWindow(1)
    expect(await opening).to.include({code: 'window-released'})
    expect(serversOf(sandbox)).to.deep.equal([])
  })

  it('stops all that is its own, and leaves the command line’s', async () => {
    const cli = await startByCli()
    const own = await open('own', 1)
    expect(await open('demo', 2)).to.include({owned: false, ownerSource: 'cli', pid: cli.pid})
    await manager.stopAll()
    expect(know(own.pid)).to.equal(undefined)
    expect(lives(cli)).to.equal(true)
    expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({'owner-source': 'cli', status: 'ready'})
  })

  it('does not stop the server of another profile', async () => {
    const other = createDbWorkerManager(options('home'))
    try {
      const theirs = await open('demo', 1, other)
      expect(await open('demo', 1)).to.include({owned: false, ownerId: 'home', pid: theirs.pid})
      await manager.releaseWindow(1)
      expect(know(theirs.pid)).not.to.equal(undefined)
    } finally {
      await other.stopAll()
    }

    expect(serversOf(sandbox)).to.deep.equal([])
  })

  it('uses the server of an older Logseq, which gives no lease, and leaves it', async () => {
    const legacy = await startLegacy(sandbox)
    expect(await open('demo', 1)).to.include({authToken: '', owned: false, pid: legacy.pid})
    await manager.releaseWindow(1)
    expect(events.map(({type}) => type)).to.deep.equal(['ready', 'released'])
    expect(lives(legacy)).to.equal(true)
  })

  it('is notified when its server is killed, and gets another one', async () => {
    const first = await open('demo', 1)
    await until(() => manager.state()[0]?.leases === 1, 5000, 'the lease')
    await end(know(first.pid)!)
    await until(() => event('ready')?.runtime.pid !== first.pid, 20_000, 'another server')
    expect(event('lost')).to.deep.include({owned: true, reason: 'it ended without a reason', windows: [1]})
    expect((await answers(event('ready')!.runtime)).status).to.equal(200)
  })

  it('is notified who stopped a server that it shares, and gets one of its own', async () => {
    const cli = await startByCli()
    await open('demo', 1)
    await until(() => manager.state()[0]?.leases === 1, 5000, 'the lease')
    await sandbox.ok(['server', 'stop', '-r', 'demo'])
    await until(() => event('ready')!.runtime.pid !== cli.pid, 20_000, 'another server')
    expect(event('lost')).to.include({owned: false, reason: 'it stopped: asked by cli'})
    expect(event('ready')!.runtime).to.include({owned: true, ownerSource: 'electron'})
  })

  it('restarts a server of its own that has gone silent', async () => {
    manager = createDbWorkerManager({...options(), onEvent: (one) => events.push(one), timeoutMs: 8000})
    const first = await open('demo', 1)
    process.kill(first.pid, 'SIGSTOP')
    const second = await open('demo', 2)
    expect(second.pid).not.to.equal(first.pid)
    expect(know(first.pid)).to.equal(undefined)
    expect(serversOf(sandbox)).to.have.length(1)
  })

  it('waits for the command line’s server that has gone silent, and never ends it', async () => {
    manager = createDbWorkerManager({...options(), onEvent: (one) => events.push(one), timeoutMs: 2000})
    const cli = await startByCli()
    await open('demo', 1)
    process.kill(cli.pid, 'SIGSTOP')
    expect(await failure(manager.ensureRuntime('demo', 2))).to.include({code: 'server-unresponsive'})
    expect(lives(cli)).to.equal(true)
    process.kill(cli.pid, 'SIGCONT')
    await until(() => events.at(-1)?.type === 'ready', 20_000, 'the server to be found again')
    expect(event('ready')!.runtime.pid).to.equal(cli.pid)
    expect(manager.state()[0]).to.deep.include({status: 'ready', windows: [1]})
  })

  describe('that is killed', () => {
    interface App {
      child: ReturnType<Sandbox['spawn']>
      server: Known
      runtime: ManagedRuntime
    }

    /** Another process that has a graph open. */
    async function startApp(): Promise<App> {
      const child = sandbox.spawn(
        process.execPath,
        [fixtureProgram('desktop-app.js'), JSON.stringify({options: options(), repo: 'demo'})],
        {stdio: ['ignore', 'ignore', 'inherit', 'ipc']},
      )
      for (;;) {
        const [message] = (await once(child, 'message')) as [{runtime?: ManagedRuntime}]
        if (message.runtime) return {child, server: sandbox.track(message.runtime.pid)!, runtime: message.runtime}
      }
    }

    it('leaves no server, once the grace has passed', async () => {
      const {child, server} = await startApp()
      child.kill('SIGKILL')
      const began = performance.now()
      await until(() => !lives(server), 3 * GRACE_MS, 'the server to end')
      expect(performance.now() - began).to.be.greaterThan(GRACE_MS - 1000)
      expect(sandbox.record()).to.equal(undefined)
    })

    it('finds its server again when it is started soon enough, and owns it', async () => {
      const first = await startApp()
      first.child.kill('SIGKILL')
      await once(first.child, 'exit')
      const second = await startApp()
      expect(second.server).to.deep.equal(first.server)
      expect(second.runtime).to.include({owned: true})
      expect(sandbox.record()).to.include({'owner-pid': second.child.pid})
      second.child.send('release')
      await until(() => !lives(second.server), 10_000, 'the server to stop')
    })

    it('leaves the server to others that lease it', async () => {
      const {child, server} = await startApp()
      const other = createDbWorkerManager(options('home'))
      await open('demo', 1, other)
      await until(() => other.state()[0]?.leases === 2, 5000, 'two leases')
      child.kill('SIGKILL')
      const deadline = performance.now() + GRACE_MS + 2000
      await until(() => performance.now() > deadline, 30_000, 'the grace to pass')
      expect(lives(server)).to.equal(true)
      await other.stopAll()
      await until(() => !lives(server), 3 * GRACE_MS, 'the server to end')
    })

    it('frozen instead keeps its server', async () => {
      const {child, server} = await startApp()
      child.kill('SIGSTOP')
      const deadline = performance.now() + GRACE_MS + 5000
      await until(() => performance.now() > deadline, 30_000, 'more than the grace to pass')
      expect(lives(server)).to.equal(true)
      child.kill('SIGCONT')
      child.send('release')
      await until(() => !lives(server), 10_000, 'the server to stop')
    })
  })

  describe('whose command line cannot be run', () => {
    /** A program of the test's making. */
    function program(text: string): string {
      const path = join(sandbox.dir, 'program')
      writeFileSync(path, `#!/bin/sh\n${text}\n`)
      chmodSync(path, 0o755)
      return path
    }

    const openWith = (more: object) =>
      failure(createDbWorkerManager({...options(), timeoutMs: 1000, ...more}).ensureRuntime('demo', 1))

    it('because its own program is gone, as after an update', async () => {
      const error = await openWith({nodePath: join(sandbox.dir, 'gone')})
      expect(error).to.include({code: 'cli-failed'})
      expect(error.message).to.contain('cannot be run')
    })

    it('because the script is gone', async () => {
      const error = await openWith({cli: join(sandbox.dir, 'gone.js')})
      expect(error.code).to.equal('cli-failed')
      expect(error.details['printed']).to.contain('gone.js')
    })

    it('because it prints something else', async () => {
      const error = await openWith({nodePath: program('echo "Hello, I am a window"')})
      expect(error).to.include({code: 'cli-failed'})
      expect(error.details).to.include({printed: 'Hello, I am a window'})
    })

    it('because it never returns', async () => {
      const began = performance.now()
      const error = await openWith({nodePath: program('exec sleep 1000')})
      expect(error.message).to.contain('did not end within')
      expect(performance.now() - began).to.be.lessThan(3 * 2000)
    })
  })

  it('with an invalid owner id is refused at once', () => {
    expect(() => createDbWorkerManager(options('--x')))
      .to.throw(ServerError)
      .with.property('code', 'usage')
  })
})
