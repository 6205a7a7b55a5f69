import {expect} from 'chai'

import {createClient, type StreamState} from '../../src/browser/index.js'

/** An EventSource that stays as it is made. */
class FakeSource {
  static readonly open = new Set<string>()
  readonly #url: string

  constructor(url: string) {
    this.#url = url
    FakeSource.open.add(url)
  }

  addEventListener(): void {}

  close(): void {
    FakeSource.open.delete(this.#url)
  }
}

describe('the client of a page', () => {
  it('that is closed stays closed, although it is told of another server then', () => {
    const states: StreamState[] = []
    const runtime = {authToken: 't', baseUrl: 'http://127.0.0.1:1'}
    const client = createClient({EventSource: FakeSource, onState: (state) => states.push(state), runtime})
    expect(FakeSource.open.size).to.equal(1)
    client.close()
    client.use({authToken: 't', baseUrl: 'http://127.0.0.1:2'})
    expect([...FakeSource.open]).to.deep.equal([])
    expect(client.state).to.equal('closed')
    expect(states).to.deep.equal(['connecting', 'closed'])
  })
})
