import {once} from 'node:events'
import {setImmediate as turn, setTimeout as sleep} from 'node:timers/promises'
import {Worker} from 'node:worker_threads'
import {expect} from 'chai'

import {within} from '../../src/browser/proof.js'
import {patientSignal, patientTimeout} from '../../src/lib/patient-timeout.js'

/** Keeps this thread busy, as a suspended program is. */
function pause(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('the time limit of a wait', () => {
  /** Sends a message when it is asked to, from a thread that is not busy. */
  let worker: Worker
  const events: string[] = []

  before(async () => {
    const program = `const {parentPort} = require('node:worker_threads')
      parentPort.on('message', () => parentPort.postMessage('arrived'))`
    worker = new Worker(program, {eval: true})
    await once(worker, 'online')
  })

  beforeEach(() => {
    events.length = 0
    worker.removeAllListeners('message').on('message', (message: string) => events.push(message))
  })

  after(() => worker.terminate())

  const TIMEOUTS: Record<string, (ms: number) => Promise<unknown>> = {
    'as a call': (ms) =>
      new Promise<void>((resolve) => {
        patientTimeout(ms, () => {
          events.push('end')
          resolve()
        })
      }),
    'as a signal': (ms) => {
      const awake = setTimeout(() => {}, 60_000)
      const signal = patientSignal(ms)
      return once(signal, 'abort').then(() => {
        clearTimeout(awake)
        events.push('end')
        expect((signal.reason as Error).message).to.equal(`no response in ${ms} ms`)
      })
    },
  }
  for (const [form, wait] of Object.entries(TIMEOUTS)) {
    it(`${form}, ends after its time`, async () => {
      const began = performance.now()
      await wait(60)
      expect(performance.now() - began).to.be.within(58, 2000)
    })

    it(`${form}, ends after what has arrived while the program was not executed`, async () => {
      const waiting = wait(100)
      worker.postMessage('')
      pause(300)
      await waiting
      expect(events).to.deep.equal(['arrived', 'end'])
    })
  }

  it('ends after what arrives while the program is not executed in its second half', async () => {
    const waiting = TIMEOUTS['as a call']!(2000)
    await sleep(1200)
    await turn() // after it, timers come before what has arrived
    worker.postMessage('')
    pause(1000)
    await waiting
    expect(events).to.deep.equal(['arrived', 'end'])
  })

  it('of a page does not end before a response that has arrived', async () => {
    const response = within(100, new AbortController().signal, async () => once(worker, 'message'))
    worker.postMessage('')
    pause(300)
    expect(await response).to.deep.equal(['arrived'])
  })

  for (const when of ['before', 'after'] as const) {
    it(`is cancelled ${when} its half`, async () => {
      const cancel = patientTimeout(1000, () => events.push('end'))
      if (when === 'after') await sleep(520)
      cancel()
      await sleep(100)
      expect(events).to.deep.equal([])
    })
  }
})
