import {expect} from 'chai'

import {awaited, type CooperativeTask, type ExecutionContext, runInTurns} from '../../src/engine/task.js'

describe('a task in a process of its own', () => {
  let closed = false

  beforeEach(() => {
    closed = false
  })

  /** Takes many steps, and notes its end. */
  function* long(execution: ExecutionContext, steps: number): CooperativeTask<string> {
    try {
      for (let i = 0; i < steps; i++) if (execution.shouldYield()) yield
      return 'done'
    } finally {
      closed = true
    }
  }

  it('lets events come between its steps', async () => {
    let events = 0
    const timer = setInterval(() => events++, 0)
    expect(await runInTurns((execution) => long(execution, 3_000_000))).to.equal('done')
    clearInterval(timer)
    expect(events).to.be.greaterThan(1)
    expect(closed).to.equal(true)
  })

  it('waits for promises', async () => {
    expect(await runInTurns(() => awaited(Promise.resolve(7)))).to.equal(7)
    const failed = await runInTurns(() => awaited(Promise.reject(new Error('no')))).catch((error: unknown) => error)
    expect((failed as Error).message).to.equal('no')
  })

  it('ends at a signal, and closes what it has open', async () => {
    const left = new AbortController()
    const running = runInTurns((execution) => long(execution, Infinity), left.signal)
    setImmediate(() => left.abort(new Error('left')))
    const failed = await running.catch((error: unknown) => error)
    expect((failed as Error).message).to.equal('left')
    expect(closed).to.equal(true)
  })
})
