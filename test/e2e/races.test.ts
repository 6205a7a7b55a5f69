import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {argvOf, end, know, stateOf, until} from '../support/processes.js'
import {rounds} from '../support/rounds.js'
import {Sandbox} from '../support/sandbox.js'
import {SEED} from '../support/seed.js'
import {useSandbox} from '../support/use.js'
import {fixtureWorker, workerArgs, workersOf, zombieServer} from '../support/workers.js'

type Source = 'cli' | 'electron'

/** How many starters are killed, at moments from its first to after its last. */
const KILLS = rounds(6, 40)

/** Starts the graph's server many times at once, every second time as the desktop app, and checks what each was told. */
async function race(sandbox: Sandbox, count: number): Promise<{orphans: number[]; pid: number}> {
  const sources = Array.from({length: count}, (_, i): Source => (i % 2 === 0 ? 'cli' : 'electron'))
  const reported = await Promise.all(
    sources.map((source) => sandbox.ok(['server', 'start', '--create', '--repo', 'demo', '--owner-source', source])),
  )

  const {'owner-source': owner, pid} = reported[0]!
  expect(new Set(reported.map((data) => data['pid'] as number))).to.deep.equal(new Set([pid]))
  expect(reported.map((data) => data['owned'] as boolean)).to.deep.equal(sources.map((source) => source === owner))
  expect(reported.filter((data) => !data['reused'])).to.have.length(1)
  expect(workersOf(sandbox).map((known) => known.pid)).to.deep.equal([pid])
  expect(sandbox.record()).to.include({'owner-source': owner, pid})
  return {orphans: reported.flatMap((data) => data['orphans-terminated'] as number[]), pid: pid as number}
}

/** A server of the graph that never gets anywhere, and never ends by itself. */
async function sleepingServer(sandbox: Sandbox): Promise<number> {
  const [, ...args] = workerArgs(sandbox)
  const script = fixtureWorker('slow/db-worker-node.js')
  const {pid} = sandbox.spawn(process.execPath, [script, ...args], {env: {...process.env, SLOW_MS: '1000000'}})
  await until(() => argvOf(pid)[1] === script, 5000, 'the sleeping server')
  return pid
}

/** How many start at once after a fault. */
const MANY = rounds(12, 20)

describe('starts at the same time', function () {
  this.timeout(rounds(180_000, 900_000))
  const sandbox = useSandbox()

  /** Ends the server of the round before as a crash would. */
  async function crash(pid: number | undefined): Promise<void> {
    const known = pid === undefined ? undefined : know(pid)
    if (known) await end(known)
  }

  it('50 at once, half of them by the desktop app, come to one server', async () => {
    await race(sandbox, 50)
  })

  it(`${MANY} at once on a stale record come to one server`, async () => {
    let {pid} = await sandbox.start()
    for (let round = 0; round < rounds(1, 50); round++) {
      await crash(pid as number)
      expect(sandbox.record()).to.include({pid})
      const after = await race(sandbox, MANY)
      expect(after.pid).not.to.equal(pid)
      pid = after.pid
    }
  })

  it(`${MANY} at once with orphans present end them, and come to one server`, async () => {
    let {pid} = await sandbox.start()
    for (let round = 0; round < rounds(1, 50); round++) {
      const sleeper = await sleepingServer(sandbox)
      rmSync(sandbox.recordPath()) // the server of the round before is an orphan now, until it notices by itself
      const after = await race(sandbox, MANY)
      expect(after.orphans).to.include(sleeper)
      expect([pid, sleeper]).to.include.members(after.orphans)
      pid = after.pid
    }
  })

  it(`${MANY} at once on a malformed record come to one server`, async () => {
    let pid: number | undefined
    const garbage = [
      '',
      '{',
      'null',
      '[1]',
      '\0\0\0\0',
      '{"repo":"logseq_db_demo"}',
      '{"repo":"logseq_db_demo","pid":"x"}',
    ]
    for (let round = 0; round < rounds(1, 50); round++) {
      await crash(pid)
      sandbox.writeRecord(garbage[(SEED + round) % garbage.length]!)
      pid = (await race(sandbox, MANY)).pid
    }
  })

  it(`${MANY} at once with a zombie holder come to one server`, async () => {
    let pid: number | undefined
    for (let round = 0; round < rounds(1, 50); round++) {
      await crash(pid)
      rmSync(sandbox.recordPath(), {force: true})
      const zombie = await zombieServer(sandbox)
      expect(sandbox.record()).to.include({pid: zombie.pid})
      pid = (await race(sandbox, MANY)).pid
      expect(stateOf(zombie.pid), 'still a zombie after the race').to.equal('Z')
      await crash(zombie.parent)
    }
  })

  it(`${MANY} at once on a start lock that another program left behind come to one server`, async () => {
    mkdirSync(join(sandbox.graphDir(), 'db-worker.lifecycle.lock'), {recursive: true})
    writeFileSync(join(sandbox.graphDir(), 'db-worker.lifecycle.json'), 'garbage')
    await race(sandbox, MANY)
  })
})

describe('a starter that is killed', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  for (let i = 0; i < KILLS; i++) {
    const ms = Math.round((i * 400) / (KILLS - 1))
    it(`after ${ms} ms does not keep the next start waiting, and leaves no second server`, async () => {
      await sandbox.run(['server', 'start', '--create', '--repo', 'demo'], {
        onSpawn: (starter) => setTimeout(() => starter.kill('SIGKILL'), ms),
      })

      const next = await sandbox.json(['server', 'start', '--create', '--repo', 'demo'])
      expect(next.status, next.stdout).to.equal('ok')
      expect(next.ms).to.be.lessThan(3 * 4500)
      expect(workersOf(sandbox).map(({pid}) => pid)).to.deep.equal([next.data['pid']])

      await sandbox.ok(['server', 'stop', '--repo', 'demo'])
      expect(workersOf(sandbox)).to.deep.equal([])
    })
  }
})

describe('a starter that is interrupted', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  for (let i = 0; i < KILLS; i++) {
    const ms = Math.round((i * 400) / (KILLS - 1))
    it(`by Ctrl-C after ${ms} ms has either started the server or leaves nothing`, async () => {
      const ran = await sandbox.run(['server', 'start', '--create', '--repo', 'demo', '--json'], {
        onSpawn: (starter) => setTimeout(() => starter.kill('SIGINT'), ms),
      })

      const pids = workersOf(sandbox).map(({pid}) => pid)
      if (ran.code === 0) {
        expect(pids).to.deep.equal([JSON.parse(ran.stdout).data.pid])
      } else {
        expect(ran.signal === 'SIGINT' || ran.code === 130, JSON.stringify(ran)).to.equal(true)
        expect(pids).to.deep.equal([])
        expect(existsSync(sandbox.recordPath())).to.equal(false)
      }
    })
  }
})
