import {expect} from 'chai'

import {Backoff} from '../../src/electron/backoff.js'

describe('the tries of a graph whose server is gone', () => {
  it('are three in a minute, each later than the one before', () => {
    const backoff = new Backoff()
    const tries = [0, 100, 200].map((at) => backoff.next(at)!)
    expect(tries.map(({attempt}) => attempt)).to.deep.equal([1, 2, 3])
    for (const [i, {inMs}] of tries.entries()) expect(inMs).to.be.greaterThan(tries[i - 1]?.inMs ?? 0)
    expect(backoff.next(59_999)).to.equal(undefined)
  })

  it('begin again a minute after the first', () => {
    const backoff = new Backoff()
    for (const at of [0, 1000, 2000]) backoff.next(at)
    expect(backoff.next(60_000)).to.include({attempt: 3})
    expect(backoff.next(60_500)).to.equal(undefined)
    expect(backoff.next(200_000)).to.include({attempt: 1})
  })

  it('begin again at the next request', () => {
    const backoff = new Backoff()
    for (const at of [0, 0, 0]) backoff.next(at)
    backoff.reset()
    expect(backoff.next(1)).to.include({attempt: 1})
  })
})
