import {expect} from 'chai'

import {attachToApp} from '../../src/electron/attach.js'
import type {GraphState} from '../../src/electron/types.js'
import {ManualClock, settled} from '../support/manual-clock.js'

/** An app that quits when nobody holds it back. */
class FakeApp {
  gone = false
  quits = 0
  #listener: ((event: {preventDefault(): void}) => void) | undefined

  on(_: 'before-quit', listener: (event: {preventDefault(): void}) => void): void {
    this.#listener = listener
  }

  quit(): void {
    this.quits++
    let held = false
    this.#listener?.({
      preventDefault() {
        held = true
      },
    })
    this.gone ||= !held
  }
}

describe('an app that quits', () => {
  const graph: GraphState = {repo: 'logseq_db_a', status: 'ready', windows: [1]}
  let app: FakeApp
  let clock: ManualClock
  let finish: () => void
  let fail: (error: Error) => void
  let graphs: GraphState[]
  let stops: number

  beforeEach(() => {
    app = new FakeApp()
    clock = new ManualClock()
    graphs = [graph]
    stops = 0
    attachToApp(app, {state: () => graphs, stopAll}, {clock, timeoutMs: 5000})
  })

  function stopAll(): Promise<void> {
    stops++
    return new Promise((resolve, reject) => {
      finish = () => {
        graphs = []
        resolve()
      }

      fail = reject
    })
  }

  it('waits for its servers, and is gone then', async () => {
    app.quit()
    await clock.advance(4000)
    expect([app.gone, stops]).to.deep.equal([false, 1])
    finish()
    await settled()
    expect([app.gone, stops, app.quits]).to.deep.equal([true, 1, 2])
  })

  it('does not wait when it has none', () => {
    graphs = []
    app.quit()
    expect([app.gone, stops]).to.deep.equal([true, 0])
  })

  it('waits at most five seconds', async () => {
    app.quit()
    await clock.advance(4999)
    expect(app.gone).to.equal(false)
    await clock.advance(1)
    expect([app.gone, stops]).to.deep.equal([true, 1])
  })

  it('is gone although a server could not be stopped', async () => {
    app.quit()
    fail(new Error('no'))
    await settled()
    expect(app.gone).to.equal(true)
  })

  it('stops them once, however often it is asked to quit', async () => {
    for (let i = 0; i < 3; i++) app.quit()
    expect([app.gone, stops]).to.deep.equal([false, 1])
    finish()
    await settled()
    expect([app.gone, stops]).to.deep.equal([true, 1])
  })

  it('stops its servers again the next time when a window kept it from quitting', async () => {
    app.quit()
    finish()
    await settled()
    app.gone = false // a window said no after all
    graphs = [graph]
    app.quit()
    expect([app.gone, stops]).to.deep.equal([false, 2])
    finish()
    await settled()
    expect(app.gone).to.equal(true)
  })
})
