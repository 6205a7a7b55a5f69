import {expect} from 'chai'
import fc from 'fast-check'

import {Manager} from '../../src/electron/manager.js'
import {FakeServers} from '../support/fake-servers.js'
import {settled} from '../support/manual-clock.js'
import {rounds} from '../support/rounds.js'

const GRAPHS = ['logseq_db_a', 'logseq_db_b', 'logseq_db_c']

/** What the windows have asked for, in order, and have not taken back. The last one is the graph that a window ends with. */
class Wanted {
  readonly wishes = new Map<number, string[]>()

  ensure(window: number, repo: string): void {
    this.release(window, repo)
    this.wishes.set(window, [...(this.wishes.get(window) ?? []), repo])
  }

  release(window: number, repo: string): void {
    const wishes = this.wishes.get(window) ?? []
    // What a window had before may be gone by now, or come back: it depends on what was ready when.
    this.wishes.set(window, wishes.at(-1) === repo ? wishes.slice(0, -1).map((one) => `maybe ${one}`) : wishes)
  }

  releaseRepo(repo: string): void {
    for (const window of this.wishes.keys()) this.release(window, repo)
  }

  releaseWindow(window: number): void {
    this.wishes.delete(window)
  }
}

/** The world: calls of the ports stand in a queue, until a command lets one of them go on. */
class World {
  readonly external = new Set<number>()
  readonly manager: Manager
  readonly servers = new FakeServers()
  readonly stopped: number[] = []
  #queue: (() => void)[] = []

  constructor() {
    this.servers.gate = async () =>
      new Promise<void>((resolve) => {
        this.#queue.push(resolve)
      })
    const stop = this.servers.stop.bind(this.servers)
    this.servers.stop = async (repo) => {
      const pid = this.servers.running.get(repo)?.runtime.pid
      if (pid !== undefined) this.stopped.push(pid)
      await stop(repo)
    }

    this.manager = new Manager(this.servers)
  }

  async proceed(which: number): Promise<void> {
    const [go] = this.#queue.splice(which % Math.max(1, this.#queue.length), 1)
    go?.()
    await settled()
  }

  /** Lets everything go on until nothing is left to do, and a minute pass. */
  async settle(): Promise<void> {
    for (let i = 0; i < 8; i++) {
      await settled()
      while (this.#queue.length > 0) await this.proceed(0)
      await this.servers.clock.advance(i === 7 ? 0 : 9000)
    }
  }
}

type Command = fc.AsyncCommand<Wanted, World>

function command(name: string, run: (wanted: Wanted, world: World) => Promise<void> | void): Command {
  return {check: () => true, run: async (wanted, world) => run(wanted, world), toString: () => name}
}

async function check(wanted: Wanted, world: World): Promise<void> {
  await world.settle()
  const state = world.manager.state()
  for (const [window, wishes] of wanted.wishes) {
    const last = wishes.at(-1)
    const has = state.filter(({windows}) => windows.includes(window)).map(({repo}) => repo)
    if (last === undefined) expect(has, `window ${window}`).to.deep.equal([])
    else if (last.startsWith('maybe ')) expect(has.length, `window ${window}`).to.be.at.most(1)
    else expect(has, `window ${window}`).to.deep.equal([last])
  }

  for (const {repo, status, windows} of state) {
    expect(windows, repo).not.to.deep.equal([])
    expect(
      status === 'failed' || (status === 'ready' && world.servers.running.has(repo)),
      `${repo} ${status}`,
    ).to.equal(true)
  }

  for (const {leases, runtime} of world.servers.running.values()) {
    if (!runtime.owned && !state.some(({repo}) => repo === runtime.repo)) {
      expect(leases.size, 'the lease of a server that nobody uses').to.equal(0)
      continue
    }

    expect(
      state.map(({repo}) => repo),
      'a server of nobody',
    ).to.include(runtime.repo)
    expect(leases.size, runtime.repo).to.equal(1)
  }

  expect(world.servers.alive.size, 'a server that nobody knows').to.equal(world.servers.running.size)
  for (const pid of world.stopped)
    expect(world.external.has(pid), 'a server of somebody else was stopped').to.equal(false)
}

const window = fc.integer({max: 3, min: 1})
const repo = fc.constantFrom(...GRAPHS)

const commands = [
  fc.tuple(window, repo).map(([id, graph]) =>
    command(`ensure(${id}, ${graph})`, (wanted, {manager}) => {
      wanted.ensure(id, graph)
      manager.ensureRuntime(graph, id).catch(() => {}) // released, or stopping: the model knows
    }),
  ),
  fc.tuple(window, repo).map(([id, graph]) =>
    command(`releaseRuntime(${graph}, ${id})`, (wanted, {manager}) => {
      wanted.release(id, graph)
      void manager.releaseRuntime(graph, id)
    }),
  ),
  window.map((id) =>
    command(`releaseWindow(${id})`, (wanted, {manager}) => {
      wanted.releaseWindow(id)
      void manager.releaseWindow(id)
    }),
  ),
  repo.map((graph) =>
    command(`releaseRepo(${graph})`, (wanted, {manager}) => {
      wanted.releaseRepo(graph)
      void manager.releaseRepo(graph)
    }),
  ),
  fc.constant(
    command('stopAll', async (wanted, world) => {
      wanted.wishes.clear()
      void world.manager.stopAll()
      await world.settle() // windows that ask meanwhile are refused: tested elsewhere
    }),
  ),
  repo.map((graph) => command(`crash(${graph})`, (_, {servers}) => servers.crash(graph))),
  repo.map((graph) =>
    command(`cli starts ${graph}`, (_, {external, servers}) => {
      if (!servers.running.has(graph)) external.add(servers.run(graph, 'cli').runtime.pid)
    }),
  ),
  fc.nat(5).map((which) => command(`proceed(${which})`, (_, world) => world.proceed(which))),
  fc.nat(5).map((which) => command(`proceed(${which})`, (_, world) => world.proceed(which))),
  fc.constant(command('check', check)),
]

describe('any sequence of calls', () => {
  it('leaks no server, stops none that is not owned, and gives each window what it asked for last', async function () {
    this.timeout(120_000)
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, {maxCommands: 40, size: 'max'}), async (sequence) => {
        const world = new World()
        const wanted = new Wanted()
        await fc.asyncModelRun(() => ({model: wanted, real: world}), sequence)
        await check(wanted, world)
        await Promise.race([world.manager.stopAll(), world.settle()])
        await world.settle()
        expect(world.manager.state()).to.deep.equal([])
        expect([...world.servers.running.values()].filter(({runtime}) => runtime.owned)).to.deep.equal([])
      }),
      {numRuns: rounds(150, 3000)},
    )
  })
})
