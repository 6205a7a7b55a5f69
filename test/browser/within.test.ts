import {expect} from 'chai'

import {ClientError} from '../../src/browser/error.js'
import {within} from '../../src/browser/proof.js'

/** What a request does that goes on after its signal has aborted. */
const never = () => new Promise<never>(() => {})

describe('the time of a request of a page', () => {
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    )

  it('ends a request that does not end with its signal', async () => {
    const error = await failureOf(within(20, new AbortController().signal, never))
    expect(error).to.be.instanceOf(ClientError).that.includes({code: 'server-unresponsive'})
  })

  it('ends it when its caller aborts, before and after it began', async () => {
    const caller = new AbortController()
    const begun = failureOf(within(60_000, caller.signal, never))
    caller.abort()
    expect(await begun).to.include({code: 'server-unreachable'})
    expect(await failureOf(within(60_000, caller.signal, never))).to.include({code: 'server-unreachable'})
  })

  it('passes on what the request returns, or throws', async () => {
    expect(await within(60_000, new AbortController().signal, async () => 7)).to.equal(7)
    const failure = new Error('refused')
    expect(await failureOf(within(60_000, new AbortController().signal, () => Promise.reject(failure)))).to.equal(
      failure,
    )
  })
})
