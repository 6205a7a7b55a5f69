import {expect} from 'chai'
import fc from 'fast-check'

import type {LockRecord} from '../../src/lib/lock/record.js'
import {
  FIRST_LEASE_MS,
  GRACE_MS,
  type LeasedServer,
  type LeaseSnapshot,
  LeaseTimer,
  LeaseWatch,
} from '../../src/server/lease.js'
import {FakeClock} from '../support/fake-system.js'

const QUIET: LeaseSnapshot = {leases: 0, owner: '7 1', working: 0}
const LEASED: LeaseSnapshot = {...QUIET, leases: 1}

/** Lets time pass in ticks of 500 ms, and returns when the server had to end, or nothing. */
function pass(silence: LeaseTimer, ms: number, sight: LeaseSnapshot): number | undefined {
  for (let passed = 500; passed <= ms; passed += 500) if (silence.tick(500, sight) !== undefined) return passed
  return undefined
}

describe('how long a leased server is not used', () => {
  it('waits 30 s for the first lease', () => {
    expect(pass(new LeaseTimer(), 60_000, QUIET)).to.equal(FIRST_LEASE_MS)
  })

  it('waits 10 s after the last one', () => {
    const silence = new LeaseTimer()
    pass(silence, 5000, LEASED)
    expect(pass(silence, 60_000, QUIET)).to.equal(GRACE_MS)
  })

  it('begins again with each lease and each request', () => {
    for (const sight of [LEASED, {...QUIET, working: 1}]) {
      const silence = new LeaseTimer()
      pass(silence, 500, LEASED)
      expect(pass(silence, 9500, QUIET)).to.equal(undefined)
      pass(silence, 500, sight)
      expect(pass(silence, 9500, QUIET)).to.equal(undefined)
      expect(pass(silence, 500, QUIET)).to.equal(500)
    }
  })

  it('never ends during a lease or a request', () => {
    for (const sight of [LEASED, {...QUIET, working: 1}])
      expect(pass(new LeaseTimer(), 3_600_000, sight)).to.equal(undefined)
  })

  it('gives an app that was started again its 30 s', () => {
    const silence = new LeaseTimer()
    pass(silence, 500, LEASED)
    pass(silence, 9500, QUIET)
    expect(pass(silence, 60_000, {...QUIET, owner: '8 2'})).to.equal(FIRST_LEASE_MS)
  })

  it('counts a sleep of hours as one second', () => {
    const silence = new LeaseTimer()
    pass(silence, 500, LEASED)
    expect(silence.tick(8 * 3_600_000, QUIET)).to.equal(undefined)
    expect(pass(silence, 60_000, QUIET)).to.equal(GRACE_MS - 1000)
  })

  it('is over just when the silence since the last lease or work has lasted that long', () => {
    const ticks = fc.array(fc.record({leases: fc.nat(2), ms: fc.integer({max: 2000, min: 0}), working: fc.nat(1)}), {
      maxLength: 200,
      size: 'max',
    })
    fc.assert(
      fc.property(ticks, (steps) => {
        const silence = new LeaseTimer()
        let quiet = 0
        let leased = false
        for (const {leases, ms, working} of steps) {
          leased ||= leases > 0
          quiet = leases > 0 || working > 0 ? 0 : quiet + Math.min(ms, 1000)
          const over = silence.tick(ms, {leases, owner: 'one', working}) !== undefined
          expect(over).to.equal(quiet >= (leased ? GRACE_MS : FIRST_LEASE_MS))
        }
      }),
    )
  })
})

describe('the watch over the leases of a server', () => {
  /** A server that is seen through a clock which jumps. */
  class World implements LeasedServer {
    readonly clock = new FakeClock()
    count = 0
    dead = false
    end: undefined | {at: number; why: string}
    held: LockRecord = {
      lifetime: 'leased',
      'owner-pid': 7,
      'owner-source': 'electron',
      'owner-start': '1',
      pid: 1,
      repo: 'r',
    }
    readonly watch = new LeaseWatch(this.clock, this)

    lease(by: number): void {
      this.count += by
      this.watch.changed()
    }

    leases = () => this.count
    ownerIsDead = async () => this.dead
    record = () => this.held
    requestStop = (why: string) => {
      this.end = {at: this.clock.time, why}
    }

    /** Runs the watch to its end. While there are leases it does not sleep, so time passes here. */
    async run(): Promise<void> {
      const running = this.watch.run().then(() => true)
      const turn = () => new Promise<false>((resolve) => setImmediate(() => resolve(false)))
      while (!(await Promise.race([running, turn()]))) if (this.count > 0) await this.clock.sleep(100)
    }
  }

  it('ends a server 10 s after its last lease, and a look later', async () => {
    const world = new World()
    world.clock.after(1000, () => world.lease(2))
    world.clock.after(20_000, () => world.lease(-1))
    world.clock.after(40_000, () => world.lease(-1))
    await world.run()
    expect(world.end).to.deep.equal({at: 50_100, why: 'the last lease has ended'})
  })

  it('ends a server after 30 s without any lease', async () => {
    const world = new World()
    await world.run()
    expect(world.end).to.deep.equal({at: 30_100, why: 'no client took a lease'})
  })

  it('ends a server whose app died before its first lease within two seconds', async () => {
    const world = new World()
    world.clock.after(4100, () => {
      world.dead = true
    })
    await world.run()
    expect(world.end).to.deep.equal({at: 6100, why: 'the app ended before it took a lease'})
  })

  it('does not ask for the app once it has leased: others may lease on', async () => {
    const world = new World()
    world.lease(1)
    world.dead = true
    world.clock.after(60_000, () => world.lease(-1))
    await world.run()
    expect(world.end).to.deep.equal({at: 70_100, why: 'the last lease has ended'})
  })

  it('stays up if a lease arrives during the final recheck', async () => {
    const world = new World()
    world.lease(1)
    world.clock.after(1000, () => world.lease(-1))
    world.clock.after(11_050, () => world.lease(1))
    world.clock.after(60_000, () => world.lease(-1))
    await world.run()
    expect(world.end?.at).to.be.within(70_000, 70_300)
  })

  it('has seen a lease that came and went between two looks', async () => {
    const world = new World()
    world.lease(1)
    world.lease(-1)
    await world.run()
    expect(world.end).to.deep.equal({at: 10_100, why: 'the last lease has ended'})
  })

  it('counts from the end of a lease, not from the last tick', async () => {
    const world = new World()
    world.lease(1)
    world.clock.after(1000, () => {
      world.clock.time += 400 // the clock goes on between two ticks
      world.lease(-1)
    })
    await world.run()
    expect(world.end!.at - 1400).to.be.within(GRACE_MS, GRACE_MS + 600)
  })

  it('leaves a server alone that the command line has taken over', async () => {
    const world = new World()
    world.clock.after(5000, () => {
      world.held = {...world.held, lifetime: 'persistent', 'owner-source': 'cli'}
    })
    await world.run()
    expect(world.end).to.equal(undefined)
  })

  it('ends no server that works', async () => {
    const world = new World()
    let finish = (_: string) => {}
    const work = world.watch.during(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve
        }),
    )
    world.clock.after(100_000, () => finish('done'))
    await world.run()
    expect(await work).to.equal('done')
    expect(world.end!.at).to.be.within(129_500, 131_000)
  })

  it('counts work that failed as done, at once or later', async () => {
    const world = new World()
    const fail = () => {
      throw new Error('no')
    }

    expect(() => world.watch.during(fail)).to.throw('no')
    await world.watch.during(async () => fail()).catch(() => {}) // its failure is the caller's
    expect(world.watch.during(() => 1)).to.equal(1)
    await world.run()
    expect(world.end?.at).to.equal(30_100)
  })

  it('ends a server 10 s after the last lease of an app that was started again', async () => {
    const world = new World()
    world.lease(1)
    world.clock.after(5000, () => {
      world.held = {...world.held, 'owner-pid': 8}
      world.lease(1)
    })
    world.clock.after(6000, () => world.lease(-1))
    world.clock.after(60_000, () => world.lease(-1))
    await world.run()
    expect(world.end).to.deep.equal({at: 70_100, why: 'the last lease has ended'})
  })

  it('does not look at the clock or the record while there are leases', async () => {
    const world = new World()
    world.lease(1)
    let looks = 0
    world.record = () => {
      looks++
      return world.held
    }

    world.clock.after(3_600_000, () => world.lease(-1))
    await world.run()
    expect(looks).to.be.lessThan(30)
    expect(world.end).to.deep.equal({at: 3_610_100, why: 'the last lease has ended'})
  })

  it('is over when the server stops, leased or not', async () => {
    const leased = new World()
    leased.lease(1)
    leased.clock.after(3000, () => leased.watch.stop())
    await leased.run()
    expect(leased.end).to.equal(undefined)
    const world = new World()
    world.clock.after(3000, () => world.watch.stop())
    await world.run()
    expect(world.end).to.equal(undefined)
    expect(world.clock.time).to.be.lessThan(4000)
  })
})
