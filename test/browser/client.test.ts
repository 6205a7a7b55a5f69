import {expect} from 'chai'

import {createClient, type StreamState} from '../../src/browser/index.js'

describe('the client of a page', () => {
  it('stays closed once it is closed, although another server is announced then', async () => {
    const states: StreamState[] = []
    const asked: string[] = []
    const fetch = (url: unknown) => {
      asked.push(String(url))
      return new Promise<never>(() => {})
    }

    const runtime = {authToken: 't', baseUrl: 'http://127.0.0.1:1', lockId: 'l'}
    const client = createClient({fetch, onState: (state) => states.push(state), runtime})
    client.close()
    client.use({...runtime, baseUrl: 'http://127.0.0.1:2'})
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    expect(asked).to.deep.equal(['http://127.0.0.1:1/healthz'])
    expect(client.state).to.equal('closed')
    expect(states).to.deep.equal(['connecting', 'closed'])
  })
})
