import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'

import {EventStreams} from '../../../src/server/http/events.js'
import {until} from '../../support/processes.js'
import {Listener} from '../../support/streams.js'

describe('an event stream on which nothing happens', () => {
  it('says that it lives, until the last client has left', async () => {
    const streams = new EventStreams(20)
    const server = createServer((_request, response) => streams.open(response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const listener = await Listener.open({port: (server.address() as AddressInfo).port, token: 'x'})
      await until(() => listener.comments >= 3, 5000, 'three heartbeats')
      expect(listener.events).to.deep.equal([])
      listener.close()
      await until(() => streams.size === 0, 5000, 'nobody to listen')
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
