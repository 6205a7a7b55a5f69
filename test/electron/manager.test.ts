import {once} from 'node:events'
import {inspect} from 'node:util'
import {expect} from 'chai'

import {Manager} from '../../src/electron/manager.js'
import type {ManagerEvent} from '../../src/electron/types.js'
import {ServerError} from '../../src/lib/errors.js'
import {FakeServers} from '../support/fake-servers.js'
import {settled} from '../support/manual-clock.js'

const A = 'logseq_db_a'
const B = 'logseq_db_b'

/** A gate that holds every call that begins with a word, until it is opened. */
function holdBack(servers: FakeServers, word: string): () => void {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  servers.gate = async (what) => (what.startsWith(word) ? opened : undefined)
  return open
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  return thrown instanceof ServerError ? thrown.code : `not refused: ${String(thrown)}`
}

describe('the manager of an app’s servers', () => {
  let events: ManagerEvent[]
  let manager: Manager
  let servers: FakeServers

  beforeEach(() => {
    events = []
    servers = new FakeServers()
    manager = new Manager(servers, (event) => events.push(event))
  })

  const types = () => events.map(({type}) => type)

  describe('windows', () => {
    it('one window that asks twice gets the same server, started once', async () => {
      const first = await manager.ensureRuntime('a', 1)
      expect(first).to.include({owned: true, ownerSource: 'electron', repo: A})
      expect(await manager.ensureRuntime('a', 1)).to.equal(first)
      expect(servers.calls).to.deep.equal([`start ${A}`, `lease ${A}`])
      await manager.releaseRuntime('a', 1)
      expect(servers.alive.size).to.equal(0)
    })

    it('two windows share a server; the last one stops it', async () => {
      expect(await manager.ensureRuntime('a', 1)).to.equal(await manager.ensureRuntime('a', 2))
      await manager.releaseRuntime('a', 1)
      expect([...servers.running.keys()]).to.deep.equal([A])
      await manager.releaseWindow(2)
      expect(servers.calls).to.deep.equal([`start ${A}`, `lease ${A}`, `unlease ${A}`, `stop ${A}`])
      expect(manager.state()).to.deep.equal([])
    })

    it('two windows at once: one start, both counted', async () => {
      const open = holdBack(servers, 'start')
      const both = Promise.all([manager.ensureRuntime('a', 1), manager.ensureRuntime('a', 2)])
      await settled()
      open()
      const [first, second] = await both
      expect(first).to.equal(second)
      expect(servers.count('start')).to.equal(1)
      expect(manager.state()[0]).to.deep.include({status: 'ready', windows: [1, 2]})
      await manager.releaseWindow(1)
      expect(servers.alive.size).to.equal(1)
    })

    it('names of a graph with and without the prefix are the same', async () => {
      const runtime = await manager.ensureRuntime('a', 1)
      expect(await manager.ensureRuntime(A, 2)).to.equal(runtime)
      await manager.releaseRuntime(A, 1)
      await manager.releaseRuntime('a', 2)
      expect(servers.alive.size).to.equal(0)
    })

    it('a name that no graph can have is refused', async () => {
      expect(await codeOf(manager.ensureRuntime('..', 1))).to.equal('invalid-graph-name')
      expect(servers.calls).to.deep.equal([])
    })

    it('a window that switches releases the old graph once the new one is ready', async () => {
      await manager.ensureRuntime('a', 1)
      const open = holdBack(servers, `start ${B}`)
      const switching = manager.ensureRuntime('b', 1)
      await settled()
      expect([...servers.running.keys()]).to.deep.equal([A])
      open()
      expect(await switching).to.include({repo: B})
      await settled()
      expect([...servers.running.keys()]).to.deep.equal([B])
      expect(manager.state()).to.have.length(1)
    })

    it('a window whose switch fails keeps the graph that it had', async () => {
      await manager.ensureRuntime('a', 1)
      servers.failures.set(B, ['graph-not-exists'])
      expect(await codeOf(manager.ensureRuntime('b', 1))).to.equal('graph-not-exists')
      await settled()
      expect(manager.state()).to.have.length(1)
      expect(manager.state()[0]).to.deep.include({repo: A, status: 'ready', windows: [1]})
    })

    it('a window that switches twice at once ends with the last graph, whichever is ready first', async () => {
      for (const slow of [A, B]) {
        const open = holdBack(servers, `start ${slow}`)
        const first = manager.ensureRuntime('a', 1)
        const last = manager.ensureRuntime('b', 1)
        const either = Promise.allSettled([first, last])
        await settled()
        open()
        await either
        expect(await last).to.include({repo: B})
        await settled()
        expect([...servers.running.keys()], slow).to.deep.equal([B])
        await manager.releaseWindow(1)
        expect(servers.alive.size).to.equal(0)
      }
    })

    it('release detaches only the graph that is named', async () => {
      await manager.ensureRuntime('a', 1)
      await manager.ensureRuntime('b', 2)
      await manager.releaseRuntime('b', 1)
      await manager.releaseRuntime('a', 2)
      expect(servers.alive.size).to.equal(2)
      await manager.releaseRuntime('a', 1)
      expect([...servers.running.keys()]).to.deep.equal([B])
    })

    it('a stale release does not clear a new graph, nor after switching back', async () => {
      await manager.ensureRuntime('a', 1)
      await manager.ensureRuntime('b', 1)
      await manager.releaseRuntime('a', 1)
      expect([...servers.running.keys()]).to.deep.equal([B])
      await manager.ensureRuntime('a', 1)
      await manager.releaseRuntime('b', 1)
      expect([...servers.running.keys()]).to.deep.equal([A])
      expect(manager.state()[0]).to.deep.include({repo: A, windows: [1]})
    })

    it('a release that is still stopping the old graph does not take the new one', async () => {
      await manager.ensureRuntime('a', 1)
      const open = holdBack(servers, 'stop')
      const released = manager.releaseRuntime('a', 1)
      await settled()
      const again = manager.ensureRuntime('a', 1)
      await settled()
      expect(servers.calls.at(-1)).to.equal(`stop ${A}`)
      open()
      await released
      expect(await again).to.include({repo: A})
      expect(manager.state()[0]).to.deep.include({status: 'ready', windows: [1]})
      expect(servers.alive.size).to.equal(1)
    })

    it('a release by window takes all that the window has, and nothing else', async () => {
      await manager.ensureRuntime('a', 1)
      await manager.ensureRuntime('a', 2)
      await manager.releaseWindow(1)
      await manager.releaseWindow(1)
      await manager.releaseWindow(99)
      expect(servers.alive.size).to.equal(1)
      await manager.releaseWindow(2)
      expect(servers.alive.size).to.equal(0)
    })

    it('a release by graph takes it from all windows, and stops it once', async () => {
      await Promise.all([1, 2, 3].map((window) => manager.ensureRuntime('a', window)))
      await Promise.all([manager.releaseRepo('a'), manager.releaseRepo(A)])
      expect(servers.count('stop')).to.equal(1)
      expect(manager.state()).to.deep.equal([])
    })

    it('a window that closes while its graph starts leaves nothing over', async () => {
      for (const release of [
        () => manager.releaseWindow(1),
        () => manager.releaseRuntime('a', 1),
        () => manager.releaseRepo('a'),
        () => manager.stopAll(),
      ]) {
        const open = holdBack(servers, 'start')
        const starting = codeOf(manager.ensureRuntime('a', 1))
        await settled()
        const released = release()
        expect(await starting).to.equal('window-released')
        open()
        await released
        expect(servers.alive.size).to.equal(0)
        expect(manager.state()).to.deep.equal([])
      }
    })

    it('a window that asks anew while its closed start goes on shares it', async () => {
      const open = holdBack(servers, 'start')
      const first = codeOf(manager.ensureRuntime('a', 1))
      await settled()
      const released = manager.releaseWindow(1)
      const second = manager.ensureRuntime('a', 2)
      open()
      expect(await first).to.equal('window-released')
      expect(await second).to.include({repo: A})
      await released
      expect([servers.count('start'), servers.count('stop')]).to.deep.equal([1, 0])
    })

    it('a start that fails is reported to all waiting windows, and leaves nothing', async () => {
      servers.failures.set(A, ['server-start-failed'])
      const codes = await Promise.all([codeOf(manager.ensureRuntime('a', 1)), codeOf(manager.ensureRuntime('a', 2))])
      expect(codes).to.deep.equal(['server-start-failed', 'server-start-failed'])
      await settled()
      expect(manager.state()).to.deep.equal([])
      expect(await manager.ensureRuntime('a', 1)).to.include({owned: true})
    })

    it('makes a graph only when that is asked for, and not again', async () => {
      await manager.ensureRuntime('a', 1, {create: true})
      servers.crash(A)
      await servers.clock.advance(200)
      expect(servers.calls.filter((call) => call.startsWith('start'))).to.deep.equal([
        `start ${A} --create`,
        `start ${A}`,
      ])
    })
  })

  describe('a server of another owner', () => {
    beforeEach(() => {
      servers.run(A, 'cli')
    })

    const expectLeft = () => {
      expect(servers.count('stop')).to.equal(0)
      expect(servers.running.get(A)!.leases.size).to.equal(0)
      expect(events.at(-1)).to.include({how: 'left', type: 'released'})
    }

    it('is used, and reported as not owned', async () => {
      expect(await manager.ensureRuntime('a', 1)).to.include({owned: false, ownerSource: 'cli'})
      expect(manager.state()[0]).to.deep.include({leases: 1, owned: false, ownerSource: 'cli'})
    })

    for (const [what, release] of [
      ['by window', () => manager.releaseWindow(1)],
      ['by graph and window', () => manager.releaseRuntime('a', 1)],
      ['by graph', () => manager.releaseRepo('a')],
      ['with all others', () => manager.stopAll()],
    ] as const) {
      it(`is not stopped when it is released ${what}`, async () => {
        await manager.ensureRuntime('a', 1)
        await release()
        expectLeft()
      })
    }

    it('that is silent is never restarted: it is looked for again, a few times, and the windows are notified', async () => {
      await manager.ensureRuntime('a', 1)
      servers.running.get(A)!.healthy = false
      await servers.clock.advance(60_000)
      expect(servers.count('restart') + servers.count('stop')).to.equal(0)
      expect(types()).to.deep.equal(['ready', 'lost', 'retry', 'retry', 'retry', 'failed'])
      expect(events.at(-1)).to.deep.include({repo: A, windows: [1]})
      expect(servers.alive.size).to.equal(1)
    })

    it('that was stopped by its owner is replaced by one of our own, and the reason is reported', async () => {
      await manager.ensureRuntime('a', 1)
      servers.crash(A, 'it stopped: asked by cli')
      await servers.clock.advance(200)
      expect(events[1]).to.deep.include({owned: false, reason: 'it stopped: asked by cli', type: 'lost', windows: [1]})
      expect(events.at(-1)).to.deep.include({type: 'ready'})
      expect(manager.state()[0]).to.include({owned: true, ownerSource: 'electron'})
    })

    it('that another profile of the app owns is left, too', async () => {
      servers.crash(A)
      servers.run(A, 'electron', false)
      await manager.ensureRuntime('a', 1)
      await manager.releaseWindow(1)
      expectLeft()
    })

    it('that the command line took over while it was used is left', async () => {
      await manager.ensureRuntime('b', 1)
      servers.running.get(B)!.runtime = {...servers.running.get(B)!.runtime, owned: false}
      await manager.releaseWindow(1)
      expect(events.at(-1)).to.include({how: 'left', type: 'released'})
      expect(servers.running.has(B)).to.equal(true)
    })
  })

  describe('stop all', () => {
    it('stops what is owned and leaves the rest, even if one cannot be stopped', async () => {
      const other = 'logseq_db_cli'
      servers.run(other, 'cli')
      await manager.ensureRuntime('cli', 1)
      await manager.ensureRuntime('a', 2)
      await manager.ensureRuntime('b', 3)
      const {stop} = servers
      servers.stop = async (repo) => {
        if (repo === A) throw new ServerError('server-stop-timeout', 'it does not end')
        return stop.call(servers, repo)
      }

      await manager.stopAll()
      expect(manager.state()).to.deep.equal([])
      expect([...servers.running.keys()].toSorted()).to.deep.equal([A, other])
      expect(servers.running.get(A)!.leases.size).to.equal(0) // it ends by itself
      const released = events.filter(({type}) => type === 'released')
      expect(Object.fromEntries(released.map((event) => [event.repo, (event as {how: string}).how]))).to.deep.equal({
        [A]: 'failed',
        [B]: 'stopped',
        [other]: 'left',
      })
    })

    it('twice is once', async () => {
      await manager.ensureRuntime('a', 1)
      await Promise.all([manager.stopAll(), manager.stopAll()])
      await manager.stopAll()
      expect(servers.count('stop')).to.equal(1)
    })

    it('refuses new windows until it is done, and works again then', async () => {
      await manager.ensureRuntime('a', 1)
      const open = holdBack(servers, 'stop')
      const stopping = manager.stopAll()
      expect(await codeOf(manager.ensureRuntime('a', 1))).to.equal('manager-stopping')
      open()
      await stopping
      expect(await manager.ensureRuntime('a', 1)).to.include({owned: true})
    })
  })

  describe('a server that goes away', () => {
    it('is replaced; the windows are notified of the reason, and get the new address', async () => {
      const first = await manager.ensureRuntime('a', 1)
      servers.crash(A)
      await servers.clock.advance(200)
      expect(types()).to.deep.equal(['ready', 'lost', 'retry', 'ready'])
      expect(events[1]).to.deep.include({owned: true, reason: 'it ended without a reason', windows: [1]})
      const {runtime} = events[3] as Extract<ManagerEvent, {type: 'ready'}>
      expect(runtime.baseUrl).not.to.equal(first.baseUrl)
    })

    it('again and again is given up after three times in a minute; the next request begins anew', async () => {
      await manager.ensureRuntime('a', 1)
      for (let i = 0; i < 4; i++) {
        servers.crash(A)
        await servers.clock.advance(11_000)
      }

      expect(types().filter((type) => type === 'retry')).to.have.length(3)
      expect(events.at(-1)).to.deep.include({type: 'failed', windows: [1]})
      expect(manager.state()[0]).to.include({status: 'failed'})
      expect(servers.alive.size).to.equal(0)
      expect(await manager.ensureRuntime('a', 1)).to.include({repo: A})
      expect(manager.state()[0]).to.include({status: 'ready'})
    })

    it('once in a while is always replaced', async () => {
      await manager.ensureRuntime('a', 1)
      for (let i = 0; i < 10; i++) {
        servers.crash(A)
        await servers.clock.advance(61_000)
        expect(manager.state()[0]).to.include({status: 'ready'})
      }
    })

    it('and cannot be replaced is reported with the reason', async () => {
      await manager.ensureRuntime('a', 1)
      servers.failures.set(A, ['disk-full', 'disk-full', 'disk-full'])
      servers.crash(A)
      await servers.clock.advance(60_000)
      expect(types()).to.deep.equal(['ready', 'lost', 'retry', 'retry', 'retry', 'failed'])
      expect((events.at(-1) as {error: ServerError}).error.code).to.equal('disk-full')
    })

    it('is not replaced when no window wants it any more', async () => {
      await manager.ensureRuntime('a', 1)
      servers.crash(A)
      await settled()
      await manager.releaseWindow(1)
      await servers.clock.advance(60_000)
      expect([servers.alive.size, servers.count('start')]).to.deep.equal([0, 1])
      expect(manager.state()).to.deep.equal([])
    })

    it('is replaced at once when a window requests it', async () => {
      await manager.ensureRuntime('a', 1)
      servers.failures.set(A, ['repo-locked'])
      servers.crash(A)
      await servers.clock.advance(150)
      expect(await manager.ensureRuntime('a', 2)).to.include({repo: A})
      expect(manager.state()[0]).to.deep.include({status: 'ready', windows: [1, 2]})
    })

    it('is replaced at once when a window asks because it hears of the wait', async () => {
      const answers: Promise<unknown>[] = []
      const other = new Manager(servers, ({attempt, type}: ManagerEvent & {attempt?: number}) => {
        if (type === 'retry' && attempt === 2) answers.push(other.ensureRuntime('a', 1))
      })
      await other.ensureRuntime('a', 1)
      servers.failures.set(A, ['repo-locked'])
      servers.crash(A)
      await servers.clock.advance(150)
      expect(answers).to.have.length(1)
      expect(other.state()[0]).to.deep.include({status: 'ready', windows: [1]})
    })

    it('just after it reported its health is not an answer to a request', async () => {
      const first = await manager.ensureRuntime('a', 1)
      const {isHealthy} = servers
      servers.isHealthy = async (runtime) => {
        const healthy = await isHealthy(runtime)
        servers.crash(A)
        servers.isHealthy = isHealthy
        return healthy
      }

      const second = await manager.ensureRuntime('a', 2)
      expect(second.pid).not.to.equal(first.pid)
      expect(servers.alive.has(second.pid)).to.equal(true)
    })

    it('silent, and our own, is restarted, when a window asks and by itself', async () => {
      const first = await manager.ensureRuntime('a', 1)
      servers.running.get(A)!.healthy = false
      const second = await manager.ensureRuntime('a', 2)
      expect(second.pid).not.to.equal(first.pid)
      expect(servers.count('restart')).to.equal(1)
      servers.running.get(A)!.healthy = false
      await servers.clock.advance(20_000)
      expect(servers.count('restart')).to.equal(2)
      expect(servers.alive.size).to.equal(1)
      expect(events.at(-1)).to.deep.include({type: 'ready', windows: [1, 2]})
    })

    it('silent for a moment is the same one afterwards', async () => {
      const first = await manager.ensureRuntime('a', 1)
      const server = servers.running.get(A)!
      server.healthy = false
      await servers.clock.advance(10_000)
      server.healthy = true
      await servers.clock.advance(1000)
      expect(events.at(-1)).to.include({type: 'ready'})
      expect((events.at(-1) as {runtime: object}).runtime).to.equal(first)
    })
  })

  it('ignores a listener that fails', async () => {
    const warned = once(process, 'warning')
    const other = new Manager(servers, () => {
      throw new Error('of the listener')
    })
    expect(await other.ensureRuntime('a', 1)).to.include({repo: A})
    expect(String(await warned)).to.contain('of the listener')
  })

  for (const thrown of [undefined, 'of the listener', {code: 7}]) {
    it(`ignores a listener that throws ${JSON.stringify(thrown)}, or rejects with it`, async () => {
      const fail = () => {
        throw thrown as unknown as Error // eslint-disable-line no-throw-literal -- as a listener might
      }

      const unhandled: unknown[] = []
      const onUnhandled = (error: unknown) => unhandled.push(error)
      process.on('unhandledRejection', onUnhandled)
      try {
        for (const listener of [fail, async () => fail()]) {
          const other = new Manager(servers, listener)
          expect(await other.ensureRuntime('a', 1)).to.include({repo: A})
          await other.releaseRepo('a')
        }

        await settled()
        expect(unhandled).to.deep.equal([])
      } finally {
        process.off('unhandledRejection', onUnhandled)
      }
    })
  }

  it('creates a graph for a window that asks while a start without creation fails', async () => {
    const open = holdBack(servers, 'start')
    servers.failures.set(A, ['graph-not-exists'])
    const [first, second] = [manager.ensureRuntime('a', 1), manager.ensureRuntime('a', 2, {create: true})]
    open()
    expect((await second).repo).to.equal(A)
    expect((await first).repo).to.equal(A)
    expect(servers.calls.filter((call) => call.startsWith('start'))).to.deep.equal([
      `start ${A}`,
      `start ${A} --create`,
    ])
  })

  it('does not stop a server that another window uses under another name of the graph', async () => {
    const first = await manager.ensureRuntime('a', 1)
    servers.running.set(B, servers.running.get(A)!)
    expect(await manager.ensureRuntime('b', 2)).to.equal(first)
    await manager.releaseWindow(1)
    expect(events.at(-1)).to.include({how: 'left', repo: A, type: 'released'})
    expect(servers.count('stop')).to.equal(0)
    await manager.releaseWindow(2)
    expect(servers.count('stop')).to.equal(1)
  })

  it('shows no token in its events, however they are logged, and sends it to windows', async () => {
    const {authToken} = await manager.ensureRuntime('a', 1)
    for (const event of events) {
      expect(JSON.stringify(event)).not.to.contain(authToken)
      expect(inspect(event, {depth: 9})).not.to.contain(authToken)
    }

    expect(JSON.stringify(structuredClone(events))).to.contain(authToken)
  })

  it('shows no token in its state', async () => {
    const {authToken} = await manager.ensureRuntime('a', 1)
    expect(JSON.stringify(manager.state())).not.to.contain(authToken)
  })
})
