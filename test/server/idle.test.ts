import {expect} from 'chai'
import fc from 'fast-check'

import {IdleCounter, type Use} from '../../src/server/idle.js'

const UNUSED: Use = {busy: 0, served: 0}

/** Lets time pass in ticks of 2 s, and returns when the server had to end, or nothing. */
function pass(counter: IdleCounter, from: number, ms: number, use: Use = UNUSED): number | undefined {
  for (let now = from + 2000; now <= from + ms; now += 2000) if (counter.tick(now, use)) return now
  return undefined
}

describe('how long no client has used a server', () => {
  it('counts from the start, and from the last use', () => {
    expect(pass(new IdleCounter(60_000, 0), 0, 120_000)).to.equal(60_000)
    const counter = new IdleCounter(60_000, 0)
    expect(pass(counter, 0, 58_000)).to.equal(undefined)
    expect(counter.idleMs).to.equal(58_000)
    expect(counter.tick(60_000, {busy: 0, served: 1})).to.equal(false)
    expect(pass(counter, 60_000, 120_000, {busy: 0, served: 1})).to.equal(120_000)
  })

  it('does not count while a request, a lease or an event stream is open', () => {
    expect(pass(new IdleCounter(4000, 0), 0, 3_600_000, {busy: 1, served: 1})).to.equal(undefined)
  })

  it('counts a sleep of the machine as two ticks', () => {
    const counter = new IdleCounter(60_000, 0)
    expect(counter.tick(8 * 3_600_000, UNUSED)).to.equal(false)
    expect(counter.idleMs).to.equal(4000)
  })

  it('never ends a server that was used within its timeout', () => {
    fc.assert(
      fc.property(fc.array(fc.record({busy: fc.nat(1), gap: fc.nat(10_000), used: fc.boolean()})), (steps) => {
        const counter = new IdleCounter(20_000, 0)
        let now = 0
        let served = 0
        let lastUse = 0
        for (const {busy, gap, used} of steps) {
          const before = now
          now += gap
          if (used) served++
          // A use is seen by the next tick, so it may have been at any time since the one before.
          if (used || busy > 0) lastUse = before
          if (counter.tick(now, {busy, served})) expect(now - lastUse).to.be.at.least(20_000)
        }
      }),
    )
  })
})
