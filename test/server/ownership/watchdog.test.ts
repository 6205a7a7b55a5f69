import {rmSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import type {OwnershipStatus} from '../../../src/server/ownership/interlock.js'
import {Watchdog} from '../../../src/server/ownership/watchdog.js'
import {until} from '../../support/processes.js'
import {useSandbox} from '../../support/use.js'

/** Interval of looks here, in ms, and a time in which many would come. */
const MS = 20
const LONG_MS = 600

describe('the watchdog', () => {
  const sandbox = useSandbox()
  let looks: number
  let lost: string[]
  let settled: boolean
  let status: OwnershipStatus
  let warnings: string[]
  let isResting: boolean
  let watchdog: Watchdog
  let file: string
  let missing: string

  beforeEach(() => {
    looks = 0
    lost = []
    isResting = false
    settled = true
    status = {is: 'held'}
    warnings = []
    file = join(sandbox.dir, 'file')
    missing = join(sandbox.dir, 'missing')
    writeFileSync(file, '')
    const events = {
      lost: (why: string) => lost.push(why),
      rest() {
        isResting = true
      },
      tick() {
        looks++
        isResting = false
        return settled
      },
      warn: (why: string) => warnings.push(why),
    }
    watchdog = new Watchdog(() => status, events, [file, missing], MS)
  })

  afterEach(() => watchdog.stop())

  async function looksWithin(ms: number): Promise<number> {
    const before = looks
    await delay(ms)
    return looks - before
  }

  const rest = () => until(() => isResting, 5000, 'the rest')

  it('looks a few times, and then rests', async () => {
    await rest()
    expect(looks).to.be.within(3, 30)
    expect(await looksWithin(LONG_MS)).to.equal(0)
  })

  const CHANGES: Record<string, () => void> = {
    'a write': () => writeFileSync(file, 'more'),
    'a new time': () => utimesSync(file, 1, 1),
    'its removal': () => rmSync(file),
    'the creation of a missing file': () => writeFileSync(missing, ''),
  }
  for (const [what, change] of Object.entries(CHANGES)) {
    it(`looks again after ${what}, twice at least, and rests again`, async () => {
      await rest()
      const before = looks
      change()
      await until(() => looks >= before + 2, 5000, 'two looks')
      await rest()
    })
  }

  it('looks again when the server is used', async () => {
    await rest()
    const before = looks
    watchdog.wake()
    await until(() => looks >= before + 2, 5000, 'two looks')
    await rest()
  })

  it('reports a loss after a change, when a second look agrees', async () => {
    await rest()
    status = {is: 'lost', why: 'it is gone'}
    rmSync(file)
    await until(() => lost.length > 0, 5000, 'the loss')
    expect([warnings, lost]).to.deep.equal([['it is gone'], ['it is gone']])
    expect(await looksWithin(LONG_MS)).to.equal(0)
  })

  it('goes on after a loss that a second look denies', async () => {
    await rest()
    status = {is: 'lost', why: 'it is gone'}
    rmSync(file)
    await until(() => warnings.length > 0, 5000, 'the warning')
    status = {is: 'held'}
    const before = looks
    await until(() => looks >= before + 2, 5000, 'two looks')
    await rest()
    expect(lost).to.deep.equal([])
  })

  it('notices a loss that a request meets first', async () => {
    await rest()
    status = {is: 'lost', why: 'it is gone'}
    expect(watchdog.isHeld()).to.equal(false)
    expect(warnings).to.deep.equal(['it is gone'])
    await until(() => lost.length > 0, 5000, 'the loss')
  })

  it('does not rest while its status is unknown, or an event has to be called again', async () => {
    status = {is: 'unknown', why: 'it cannot be read'}
    expect(await looksWithin(LONG_MS)).to.be.greaterThan(5)
    status = {is: 'held'}
    settled = false
    expect(await looksWithin(LONG_MS)).to.be.greaterThan(5)
    settled = true
    await rest()
  })

  it('does nothing more when it was stopped, whatever changes', async () => {
    await rest()
    watchdog.stop()
    writeFileSync(file, 'more')
    watchdog.wake()
    expect(await looksWithin(LONG_MS)).to.equal(0)
  })
})
