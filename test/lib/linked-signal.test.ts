import {expect} from 'chai'

import {systemClock} from '../../src/lib/clock.js'
import {Connection} from '../../src/lib/lifecycle/inspect/connection.js'
import {linkSignals, onAbort} from '../../src/lib/linked-signal.js'
import {listenRaw} from '../support/fake-listener.js'

/** More than Node.js allows without a warning. */
const CALLS = 20

describe('a signal that many calls share', () => {
  const waits: [what: string, wait: (signal: AbortSignal, port: number) => Promise<unknown>][] = [
    ['sleep', (signal) => systemClock.sleep(60_000, signal)],
    ['wait for a response', (signal, port) => new Connection(port).send({path: '/', signal})],
    ['listen', (signal) => new Promise((_, reject) => onAbort(signal, () => reject(new Error('stop'))))],
    [
      'follow it',
      (signal) => new Promise((_, reject) => onAbort(linkSignals(signal).signal, () => reject(new Error('stop')))),
    ],
  ]
  for (const [what, wait] of waits) {
    it(`is no leak for those that ${what}, and ends all of them`, async () => {
      const warnings: string[] = []
      const onWarning = ({message}: Error) => warnings.push(message)
      process.on('warning', onWarning)
      const silent = await listenRaw(() => {})
      const controller = new AbortController()
      try {
        const calls = Array.from({length: CALLS}, () => wait(controller.signal, silent.port))
        const settled = Promise.allSettled(calls)
        await new Promise((resolve) => setImmediate(resolve)) // when a warning would have been emitted
        controller.abort(new Error('stop'))
        for (const result of await settled) expect(result).to.have.nested.property('reason.message', 'stop')
        expect(warnings).to.deep.equal([])
      } finally {
        process.off('warning', onWarning)
        await silent.close()
      }
    })
  }
})
