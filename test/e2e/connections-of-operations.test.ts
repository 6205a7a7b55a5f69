import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {Client, listServers, restartServer, serverStatus, startServer, stopServer} from '../../src/lib/index.js'
import {until} from '../support/processes.js'
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

  it('sends one request for the status and the use of a server, without the token', async () => {
    const graph = {dataDir: sandbox.dataDir, repo: 'demo'}
    const {log, pid} = await startServer({...graph, create: true, logLevel: 'debug'})
    sandbox.track(pid)
    const requests = () => [...readFileSync(log, 'utf8').matchAll(/"http":"([^"]*)"/g)].map(([, line]) => line)
    const [status, list] = [await serverStatus(graph), await listServers({dataDir: sandbox.dataDir})]
    for (const {clients, memory} of [status, list.servers[0]!]) {
      // The server may still count the connection of the request before.
      expect(clients).to.have.keys('connections', 'event-streams', 'leases')
      expect(memory).to.be.greaterThan(10_000_000)
    }

    await until(() => requests().length > 1, 3000, 'both requests are logged')
    expect(requests()).to.deep.equal(['GET /healthz', 'GET /healthz'])
  })
})
