import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {expect} from 'chai'

import {Client, restartServer, serverStatus, startServer, stopServer} from '../../src/lib/index.js'
import {useSandbox} from '../support/use.js'

describe('an operation on a server', () => {
  const sandbox = useSandbox()

  /** Counts the sockets that this process opens meanwhile. */
  async function countSockets(act: () => Promise<unknown>): Promise<number> {
    let count = 0
    const onSocket = () => {
      count++
    }

    subscribe('net.client.socket', onSocket)
    try {
      await act()
      return count
    } finally {
      unsubscribe('net.client.socket', onSocket)
    }
  }

  it('opens no connection to a server that it has launched, and one to any other', async () => {
    const graph = {dataDir: sandbox.dataDir, repo: 'demo'}
    const client = new Client({...graph, create: true, start: false})
    const launch = async () => sandbox.track((await startServer({...graph, create: true})).pid)
    expect(await countSockets(launch)).to.equal(0)
    const operations: [name: string, act: () => Promise<unknown>, sockets: number][] = [
      ['start where a server runs', () => startServer(graph), 1],
      ['status', () => serverStatus(graph), 1],
      ['a call', () => client.call('thread-api/get-version'), 1],
      ['the next call', () => client.call('thread-api/get-version'), 0],
      ['restart', async () => sandbox.track((await restartServer(graph)).pid), 1],
      ['stop', () => stopServer(graph), 1],
    ]
    for (const [name, act, sockets] of operations) expect(await countSockets(act), name).to.equal(sockets)
    client.close()
  })
})
