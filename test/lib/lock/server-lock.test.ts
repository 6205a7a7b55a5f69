import {linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {systemClock} from '../../../src/lib/clock.js'
import {acquireServerLock, isServerLockFree, tryAcquireServerLock} from '../../../src/lib/lock/server-lock.js'
import {Peer} from '../../support/fake-peer.js'
import {FakeClock} from '../../support/fake-system.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

describe('the server lock of a graph', () => {
  const sandbox = useSandbox()
  let dir: string

  beforeEach(() => {
    dir = sandbox.graphDir()
    mkdirSync(dir)
  })

  async function holder(expected = 'held'): Promise<Peer> {
    const peer = new Peer(sandbox, 'guard-holder.ts', dir)
    expect(await peer.next()).to.equal(expected)
    return peer
  }

  it('is held by one process at a time', async () => {
    const first = await holder()
    expect(tryAcquireServerLock(dir)).to.equal(undefined)
    expect(isServerLockFree(dir)).to.equal(false)
    await holder('busy')

    first.tell('release')
    await first.next()
    expect(isServerLockFree(dir)).to.equal(true)
    const ours = tryAcquireServerLock(dir)
    expect(ours).not.to.equal(undefined)
    await holder('busy')
    ours!.release()
    await holder('held')
  })

  it('is freed by any death of its holder', async () => {
    const {child} = await holder()
    child.kill('SIGKILL')
    const guard = await acquireServerLock(dir, systemClock, 6000)
    expect(guard).not.to.equal(undefined)
    guard!.release()
  })

  it('stays held while its holder is frozen', async () => {
    const {child} = await holder()
    child.kill('SIGSTOP')
    expect(isServerLockFree(dir)).to.equal(false)
    expect(await acquireServerLock(dir, new FakeClock(), 2000)).to.equal(undefined)
  })

  it('is waited for no longer than asked', async () => {
    await holder()
    const clock = new FakeClock()
    expect(await acquireServerLock(dir, clock, 2000)).to.equal(undefined)
    expect(clock.time).to.equal(2000)
  })

  it('is asked for without being made', () => {
    expect(isServerLockFree(dir)).to.equal(true)
    expect(isServerLockFree(join(dir, 'no such graph'))).to.equal(true)
    expect(namesIn(dir)).to.deep.equal([])
  })

  it('leaves one empty file, and nothing beside it', () => {
    const guard = tryAcquireServerLock(dir)!
    expect(namesIn(dir)).to.deep.equal(['db-worker.guard'])
    guard.release()
    expect(namesIn(dir)).to.deep.equal(['db-worker.guard'])
    expect(isServerLockFree(dir)).to.equal(true)
  })

  it('that cannot be asked is not free', () => {
    symlinkSync('loop', join(dir, 'loop'))
    expect(isServerLockFree(join(dir, 'loop'))).to.equal(false)
  })

  it('takes the place of a directory, which stays aside', () => {
    mkdirSync(join(dir, 'db-worker.guard'))
    expect(isServerLockFree(dir)).to.equal(true)
    tryAcquireServerLock(dir)!.release()
    expect(namesIn(dir)).to.satisfy(
      ([first, second]: string[]) => first === 'db-worker.guard' && /^db-worker\.guard\..+\.aside$/.test(second!),
    )
  })

  for (const [what, link] of [
    ['link', symlinkSync],
    ['hard link', linkSync],
  ] as const) {
    it(`takes the place of a ${what}, and leaves alone what that leads to`, () => {
      const target = join(sandbox.dir, 'somebody’s text')
      writeFileSync(target, 'text '.repeat(1000))
      link(target, join(dir, 'db-worker.guard'))
      expect(isServerLockFree(dir)).to.equal(true)
      tryAcquireServerLock(dir)!.release()
      expect(readFileSync(target, 'utf8')).to.equal('text '.repeat(1000))
      expect(namesIn(dir)).to.have.length(2)
    })
  }

  it('is taken although its file was written', () => {
    writeFileSync(join(dir, 'db-worker.guard'), 'garbage'.repeat(1000))
    const guard = tryAcquireServerLock(dir)
    expect(guard).not.to.equal(undefined)
    guard!.release()
  })

  it('is not taken from its holder by writing into its file', async () => {
    await holder()
    writeFileSync(join(dir, 'db-worker.guard'), 'garbage'.repeat(1000))
    expect(tryAcquireServerLock(dir)).to.equal(undefined)
    expect(isServerLockFree(dir)).to.equal(false)
  })
})
