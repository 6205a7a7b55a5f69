import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {poll, pollDelays, systemClock} from '../../src/lib/clock.js'
import {FakeClock} from '../support/fake-system.js'

describe('waiting', () => {
  it('looks soon at first, then ever less, and never less than asked', () => {
    const delays = pollDelays(10, 100)
    const first = Array.from({length: 8}, () => delays.next().value)
    expect(first).to.deep.equal([10, 15, 22.5, 33.75, 50.625, 75.9375, 100, 100])
  })

  it('ends with the first answer', async () => {
    const clock = new FakeClock()
    let asked = 0
    expect(await poll(clock, 1000, () => (++asked === 3 ? 'answer' : undefined))).to.equal('answer')
    expect(clock.time).to.equal(25)
  })

  it('takes false, null and 0 for answers', async () => {
    for (const answer of [false, null, 0, '']) expect(await poll(new FakeClock(), 0, () => answer)).to.equal(answer)
  })

  it('ends when the time is up, neither before nor after, and asks once more then', async () => {
    const clock = new FakeClock()
    const asked: number[] = []
    const answer = await poll(clock, 120, () => {
      asked.push(clock.time)
    })
    expect(answer).to.equal(undefined)
    expect(asked[0]).to.equal(0)
    expect(asked.at(-1)).to.equal(120)
  })

  it('asks once when there is no time at all', async () => {
    let asked = 0
    await poll(new FakeClock(), -5, () => {
      asked++
    })
    expect(asked).to.equal(1)
  })

  it('ends with what is thrown, and with the signal’s reason', async () => {
    const thrown = new Error('thrown')
    const failed = await poll(new FakeClock(), 100, () => Promise.reject(thrown)).catch((error: unknown) => error)
    expect(failed).to.equal(thrown)

    const controller = new AbortController()
    const waiting = poll(systemClock, Infinity, () => undefined, controller.signal).catch((error: unknown) => error)
    controller.abort(thrown)
    expect(await waiting).to.equal(thrown)
    expect(
      await poll(systemClock, Infinity, () => 'never asked', controller.signal).catch((error: unknown) => error),
    ).to.equal(thrown)
  })

  it('uses a clock that all processes share and no program sets', function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: compared with /proc/uptime')
      this.skip()
    }

    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000
    expect(Math.abs(systemClock.now() - uptime)).to.be.lessThan(60_000)
  })
})
