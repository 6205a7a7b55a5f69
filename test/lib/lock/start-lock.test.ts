import {mkdirSync, readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {systemClock} from '../../../src/lib/clock.js'
import {
  acquireStartLock,
  type NoStartLock,
  type StartLock,
  type StartLockOptions,
} from '../../../src/lib/lock/start-lock.js'
import {realSystem} from '../../../src/lib/process/system.js'
import {Peer} from '../../support/fake-peer.js'
import {FakeClock} from '../../support/fake-system.js'
import {needsDisk} from '../../support/mounts.js'
import {until} from '../../support/processes.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

interface Said {
  at: number
  holder?: number
  said: 'gave up' | 'held' | 'released' | 'waiting'
}

const LOCK = 'db-worker.lifecycle.lock'
const HOLDER = 'db-worker.lifecycle.json'

/** On a busy machine, and below the 15 s after which a silent holder counts as gone. */
const AT_ONCE_MS = 9000

describe('the start lock', function () {
  this.timeout(180_000)

  const sandbox = useSandbox()
  let dir: string

  beforeEach(() => {
    dir = sandbox.graphDir()
    mkdirSync(dir)
  })

  const take = async (options: Partial<StartLockOptions> = {}, where = dir): Promise<StartLock | NoStartLock> => {
    const now = systemClock.now()
    return acquireStartLock(await realSystem(), where, {deadline: now + 60_000, until: now + 10_000, ...options})
  }

  async function held(options: Partial<StartLockOptions> = {}, where = dir): Promise<StartLock> {
    const mutex = await take(options, where)
    if (!('release' in mutex)) throw new Error(`not had: ${JSON.stringify(mutex)}`)
    return mutex
  }

  /** Another process that has the mutex. */
  async function holder(deadlineMs = 60_000): Promise<Peer> {
    const peer = new Peer(sandbox, 'contender.ts', dir, '20000', String(deadlineMs))
    expect((await peer.next<Said>()).said).to.equal('held')
    return peer
  }

  async function waiting(...holdMs: string[]): Promise<Peer> {
    const peer = new Peer(sandbox, 'contender.ts', dir, '40000', '60000', ...holdMs)
    expect((await peer.next<Said>()).said).to.equal('waiting')
    return peer
  }

  const holderOnDisk = () => JSON.parse(readFileSync(join(dir, HOLDER), 'utf8')) as Record<string, unknown>

  it('leaves its holder’s identity and deadline while it is held, and nothing after', async () => {
    const mutex = await held({deadline: 123_456_789})
    expect(namesIn(dir)).to.deep.equal([HOLDER, LOCK])
    expect(holderOnDisk()).to.include({deadline: 123_456_789, pid: process.pid})
    expect(holderOnDisk()).to.include.keys('boot-id', 'machine-id', 'pid-namespace', 'process-start')
    expect(statSync(join(dir, HOLDER)).mode & 0o777).to.equal(0o600)
    await mutex.release()
    expect(namesIn(dir)).to.deep.equal([])
    await mutex.release()
    expect(namesIn(dir)).to.deep.equal([])
  })

  it('is given up when the time is up, with the holder’s pid', async () => {
    const {child} = await holder()
    const began = systemClock.now()
    expect(await take({until: began + 200})).to.deep.equal({abandoned: false, holder: child.pid})
    expect(systemClock.now() - began).to.be.within(200, 9000)
  })

  it('is given up when what was wanted has come about, or the caller has gone', async () => {
    await holder()
    let asked = 0
    expect(await take({cancelWhen: async () => ++asked === 3})).to.deep.equal({abandoned: true})
    expect(asked).to.equal(3)

    const reason = new Error('Ctrl-C')
    const aborted = await take({signal: AbortSignal.abort(reason)}).catch((error: unknown) => error)
    expect(aborted).to.equal(reason)
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 50)
    expect(await take({signal: controller.signal}).catch((error: unknown) => error)).to.equal(reason)
  })

  it('is held by one process at a time', async () => {
    const peers = Array.from({length: 8}, () => new Peer(sandbox, 'contender.ts', dir, '40000', '60000', '20'))
    const spans = await Promise.all(
      peers.map(async (peer) => {
        let from = 0
        for (;;) {
          const {at, said} = await peer.next<Said>()
          if (said === 'held') from = at
          if (said === 'released') return {from, to: at}
          expect(said).not.to.equal('gave up')
        }
      }),
    )
    spans.sort((a, b) => a.from - b.from)
    for (const [i, span] of spans.slice(1).entries()) expect(span.from).to.be.at.least(spans[i]!.to)
    expect(namesIn(dir)).to.deep.equal([])
  })

  it('is had by one of 20 contenders within a second of its holder’s kill -9, and by each in its turn', async () => {
    const {child} = await holder()
    const peers = await Promise.all(Array.from({length: 20}, () => waiting('1')))
    const began = systemClock.now()
    child.kill('SIGKILL')
    const times = await Promise.all(
      peers.map(async (peer) => {
        const {at, said} = await peer.next<Said>()
        expect(said).to.equal('held')
        return at - began
      }),
    )
    expect(Math.min(...times)).to.be.lessThan(AT_ONCE_MS)
    await Promise.all(peers.map(async (peer) => expect((await peer.next<Said>()).said).to.equal('released')))
    expect(namesIn(dir)).to.deep.equal([])
  })

  it('is freed by the exit of a process that did not release it', async () => {
    const peer = await holder()
    const contender = await waiting()
    peer.tell('exit')
    const began = systemClock.now()
    expect((await contender.next<Said>()).said).to.equal('held')
    expect(systemClock.now() - began).to.be.lessThan(AT_ONCE_MS)
  })

  it('is not taken from a frozen holder before its deadline', async () => {
    const {child} = await holder(60_000)
    child.kill('SIGSTOP')
    expect(await take({until: systemClock.now() + 2000})).to.deep.equal({abandoned: false, holder: child.pid})
  })

  it('is taken over from a frozen holder past its deadline, who then takes nothing away', async () => {
    const frozen = await holder(300)
    frozen.child.kill('SIGSTOP')
    const began = systemClock.now()
    const mutex = await held()
    expect(systemClock.now() - began).to.be.lessThan(AT_ONCE_MS)

    frozen.child.kill('SIGCONT')
    frozen.tell('release')
    expect((await frozen.next<Said>()).said).to.equal('released')
    await until(() => frozen.child.exitCode !== null, 10_000, 'the end of the frozen holder')
    expect(namesIn(dir)).to.deep.equal([HOLDER, LOCK])
    expect(holderOnDisk()).to.include({pid: process.pid})
    await mutex.release()
    expect(namesIn(dir)).to.deep.equal([])
  })

  const LEFT_BEHIND: [what: string, make: () => void][] = [
    ['a lock directory of nobody', () => mkdirSync(join(dir, LOCK))],
    [
      'an old lock directory of nobody',
      () => {
        mkdirSync(join(dir, LOCK))
        utimesSync(join(dir, LOCK), 0, 0)
      },
    ],
    [
      'a lock directory beside a garbage holder',
      () => {
        mkdirSync(join(dir, LOCK))
        writeFileSync(join(dir, HOLDER), '{"pid":')
      },
    ],
    [
      'a lock directory beside the holder of an earlier one',
      () => {
        mkdirSync(join(dir, LOCK))
        const earlier = {deadline: 1e15, mutex: '1-1', pid: process.pid}
        writeFileSync(join(dir, HOLDER), JSON.stringify(earlier))
      },
    ],
    ['a file in place of the lock directory', () => writeFileSync(join(dir, LOCK), '')],
    [
      'a lock directory that is not empty',
      () => {
        mkdirSync(join(dir, LOCK))
        writeFileSync(join(dir, LOCK, 'file'), '')
      },
    ],
    [
      'a lock directory beside a directory in the holder’s place',
      () => {
        mkdirSync(join(dir, LOCK))
        mkdirSync(join(dir, HOLDER))
      },
    ],
  ]
  for (const [what, make] of LEFT_BEHIND) {
    it(`${what} is moved out of the way after a second`, async () => {
      make()
      const clock = new FakeClock()
      const system = {...(await realSystem()), clock}
      const mutex = await acquireStartLock(system, dir, {deadline: 60_000, until: 10_000})
      expect(clock.time).to.be.within(1000, 1100)
      expect(mutex).to.have.property('release')
      await (mutex as StartLock).release()
      expect(namesIn(dir)).not.to.include(LOCK)
      expect(await acquireStartLock(system, dir, {deadline: 60_000, until: clock.time})).to.have.property('release')
    })
  }

  it('of a holder elsewhere is taken over when it was not touched for 15 s', async () => {
    mkdirSync(join(dir, LOCK))
    const {birthtimeNs, ino} = statSync(join(dir, LOCK), {bigint: true})
    const elsewhere = {'boot-id': 'b', deadline: 0, 'machine-id': 'm', mutex: `${ino}-${birthtimeNs}`, pid: 1}
    writeFileSync(join(dir, HOLDER), JSON.stringify(elsewhere))
    const clock = new FakeClock()
    let touched = false
    const abandon = async () => {
      if (!touched && clock.time >= 10_000) utimesSync(join(dir, LOCK), 1, 1)
      touched ||= clock.time >= 10_000
      return false
    }

    const system = {...(await realSystem()), clock}
    const mutex = await acquireStartLock(system, dir, {cancelWhen: abandon, deadline: 60_000, until: 30_000})
    expect(clock.time).to.be.within(25_000, 25_300)
    await (mutex as StartLock).release()
    expect(namesIn(dir)).to.deep.equal([])
  })

  it('left behind on a disk that is read-only by now is gone without', async function () {
    const path = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, path, '64k')
    try {
      mkdirSync(join(path, LOCK))
      disk.remount('ro')
      await (await held({}, path)).release()
      expect(namesIn(path)).to.deep.equal([LOCK])
    } finally {
      disk.unmount()
    }
  })

  it('is gone without on a read-only disk', async function () {
    const path = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, path, '64k')
    try {
      disk.remount('ro')
      await (await held({}, path)).release()
      expect(namesIn(path)).to.deep.equal([])
    } finally {
      disk.unmount()
    }
  })

  it('is gone without on a disk that takes no directory more', async function () {
    const path = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, path, '64k,nr_inodes=1')
    try {
      await (await held({}, path)).release()
      expect(namesIn(path)).to.deep.equal([])
    } finally {
      disk.unmount()
    }
  })

  it('is had on a disk that takes no file more, and leaves nothing', async function () {
    const path = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, path, '64k')
    try {
      expect(() => {
        for (;;) writeFileSync(join(path, 'filler'), Buffer.alloc(4096), {flag: 'a'})
      }).to.throw('ENOSPC')
      const mutex = await held({}, path)
      expect(namesIn(path)).to.deep.equal([LOCK, 'filler'])
      await mutex.release()
      expect(namesIn(path)).to.deep.equal(['filler'])
    } finally {
      disk.unmount()
    }
  })
})
