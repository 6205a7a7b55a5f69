import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import type {ProcessFacts} from '../../../src/lib/process/identity.js'
import {realSystem} from '../../../src/lib/process/system.js'
import {terminate, waitUntilGone} from '../../../src/lib/process/terminate.js'
import {FakeSystem} from '../../support/fake-system.js'
import {know, lives, until} from '../../support/processes.js'
import {useSandbox} from '../../support/use.js'

describe('ending a process', () => {
  let system: FakeSystem
  let target: ProcessFacts
  let verified: number[]

  beforeEach(() => {
    system = new FakeSystem()
    target = system.run({pid: 42})
    verified = []
  })

  /** Looks as a caller does: the process that is meant, and nothing else. */
  const verify = async () => {
    verified.push(system.sent.length)
    const now = system.running.get(42)
    return now && !now.zombie && now.start === target.start ? now : undefined
  }

  /** Lets something become of the process some time after a signal. */
  function on(signal: string, ms: number, become: () => void): void {
    const before = system.onSignal
    system.onSignal = (pid, sent) => {
      before(pid, sent)
      if (sent === signal) system.clock.after(ms, become)
    }
  }

  const vanish = () => system.running.delete(42)
  const signals = () => system.sent.map(({pid, signal}) => `${signal} ${pid}`)

  it('asks with SIGTERM, and waits until it is gone', async () => {
    on('SIGTERM', 1500, vanish)
    expect(await terminate(system, verify)).to.equal('sigterm')
    expect(signals()).to.deep.equal(['SIGTERM 42'])
    expect(system.clock.time).to.be.within(1500, 1700)
  })

  it('kills what is still there after 3 s', async () => {
    on('SIGKILL', 100, vanish)
    expect(await terminate(system, verify)).to.equal('sigkill')
    expect(signals()).to.deep.equal(['SIGTERM 42', 'SIGKILL 42'])
    expect(system.sent[1]!.at).to.equal(3000)
  })

  it('gives up 2 s after SIGKILL', async () => {
    expect(await terminate(system, verify)).to.equal('survived')
    expect(signals()).to.deep.equal(['SIGTERM 42', 'SIGKILL 42'])
    expect(system.clock.time).to.equal(5000)
  })

  it('looks immediately before each signal', async () => {
    await terminate(system, verify)
    expect(verified).to.deep.equal([0, 1])
  })

  it('sends nothing when it is not, or no longer, the one', async () => {
    expect(await terminate(system, async () => undefined)).to.equal('gone')
    target = {...target, start: '99'}
    expect(await terminate(system, verify)).to.equal('gone')
    expect(system.sent).to.deep.equal([])
  })

  it('does not kill what it should not have to any more', async () => {
    let looked = 0
    expect(await terminate(system, async () => (++looked === 1 ? target : undefined))).to.equal('sigterm')
    expect(signals()).to.deep.equal(['SIGTERM 42'])
  })

  it('does not kill another process that has taken the pid', async () => {
    on('SIGTERM', 500, () => system.run({pid: 42, start: '200'}))
    expect(await terminate(system, verify)).to.equal('sigterm')
    expect(signals()).to.deep.equal(['SIGTERM 42'])
    expect(system.running.get(42)?.start).to.equal('200')
  })

  it('waits for the last thread of a zombie, which holds its files', async () => {
    on('SIGTERM', 500, () => system.run({...target, holdsFiles: true, zombie: true}))
    on('SIGTERM', 900, () => system.run({...target, zombie: true}))
    expect(await terminate(system, verify)).to.equal('sigterm')
    expect(system.clock.time).to.be.within(900, 1100)
  })

  it('a zombie is gone', async () => {
    on('SIGTERM', 500, () => system.run({...target, zombie: true}))
    expect(await terminate(system, verify)).to.equal('sigterm')
    expect(system.clock.time).to.be.lessThan(700)
  })

  it('a process that went before the signal came is gone', async () => {
    expect(
      await terminate(system, async () => {
        vanish()
        return target
      }),
    ).to.equal('gone')
    expect(system.sent).to.deep.equal([])
  })

  for (const [until, expected, sent, time] of [
    [0, 'survived', [], 0],
    [1000, 'survived', ['SIGTERM 42'], 1000],
    [3500, 'survived', ['SIGTERM 42', 'SIGKILL 42'], 3500],
  ] as const) {
    it(`is not gone on with after ${until} ms when that is all the time there is`, async () => {
      expect(await terminate(system, verify, {until})).to.equal(expected)
      expect(signals()).to.deep.equal(sent)
      expect(system.clock.time).to.equal(time)
    })
  }

  it('is reported within 20 ms, however long it took', async () => {
    for (const ms of [0, 1, 5, 50, 150, 950]) {
      const began = system.clock.time
      const {getProcess: look} = system.processes
      system.processes.getProcess = async (pid) =>
        system.clock.time - began < ms ? look.call(system.processes, pid) : undefined
      expect(await waitUntilGone(system, {pid: 42}, 2000)).to.equal(true)
      expect(system.clock.time - began - ms, `gone after ${ms} ms`).to.be.within(0, 20)
      system.processes.getProcess = look
    }
  })

  it('waits for a process without a known start by its pid alone', async () => {
    expect(await waitUntilGone(system, {pid: 42}, 200)).to.equal(false)
    expect(await waitUntilGone(system, {pid: 43}, 200)).to.equal(true)
    expect(system.clock.time).to.equal(200)
  })
})

describe('ending a real process', () => {
  const sandbox = useSandbox()

  for (const [what, program, expected] of [
    ['one that ends when it is asked', '', 'sigterm'],
    ['one that ignores SIGTERM', 'process.on("SIGTERM", () => {});', 'sigkill'],
  ] as const) {
    it(`${what}: ${expected}`, async () => {
      const system = await realSystem()
      const args = ['-e', `${program} process.send("there"); setInterval(() => {}, 1e6)`]
      const child = sandbox.spawn(process.execPath, args, {stdio: ['ignore', 'ignore', 'inherit', 'ipc']})
      await once(child, 'message')
      const known = know(child.pid)!
      expect(await terminate(system, () => system.processes.getProcess(child.pid))).to.equal(expected)
      expect(lives(known)).to.equal(false)
      expect(system.signal(2 ** 22 + 1, 'SIGTERM')).to.equal(false)
    })
  }

  it('is sent to one process, never to a group', async () => {
    const system = await realSystem()
    for (const pid of [0, -0, -1, -process.pid, Number.NaN, 1.5, Number('')])
      expect(() => system.signal(pid, 'SIGTERM'), String(pid)).to.throw(RangeError)
  })

  it('one that is frozen: sigkill', async () => {
    const system = await realSystem()
    const child = sandbox.spawn('sleep', ['600'])
    const known = know(child.pid)!
    child.kill('SIGSTOP')
    await until(
      () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') T '),
      5000,
      'the process to stand still',
    )
    expect(await terminate(system, () => system.processes.getProcess(child.pid))).to.equal('sigkill')
    expect(lives(known)).to.equal(false)
  })
})
