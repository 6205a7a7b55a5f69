import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {readFileSync} from 'node:fs'
import type {Socket} from 'node:net'
import {expect} from 'chai'

import {Client, listServers, restartServer, serverStatus, startServer, stopServer} from '../../src/lib/index.js'
import {until} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

describe('an operation on a server', () => {
  const sandbox = useSandbox()

  /** Returns the sockets that this process opens meanwhile. */
  async function socketsOf(act: () => Promise<unknown>): Promise<Socket[]> {
    const sockets: Socket[] = []
    const onSocket = (message: unknown) => {
      sockets.push((message as {socket: Socket}).socket)
    }

    subscribe('net.client.socket', onSocket)
    try {
      await act()
      return sockets
    } finally {
      unsubscribe('net.client.socket', onSocket)
    }
  }

  it('opens no connection to look at a server, or to launch one, and one for anything else', async () => {
    const graph = {dataDir: sandbox.dataDir, repo: 'demo'}
    const client = new Client({...graph, create: true, start: false})
    const launch = async () => sandbox.track((await startServer({...graph, create: true})).pid)
    expect(await socketsOf(launch)).to.have.length(0)
    const operations: [name: string, act: () => Promise<unknown>, sockets: number][] = [
      ['start where a server runs', () => startServer(graph), 0],
      ['status', () => serverStatus(graph), 0],
      ['list', () => listServers(graph), 0],
      ['a call', () => client.call('thread-api/get-version'), 1],
      ['the next call', () => client.call('thread-api/get-version'), 0],
      ['restart', async () => sandbox.track((await restartServer(graph)).pid), 1],
      ['stop', () => stopServer(graph), 1],
    ]
    const ofClient: Socket[] = []
    for (const [name, act, count] of operations) {
      const sockets = await socketsOf(act)
      expect(sockets, name).to.have.length(count)
      if (name === 'a call') ofClient.push(...sockets)
      else await until(() => sockets.every(({destroyed}) => destroyed), 3000, `${name} closes its connections`)
    }

    client.close()
    await until(() => ofClient.every(({destroyed}) => destroyed), 3000, 'the client closes its connection')
  })

  it('asks by one datagram for the status and the use of a server', async () => {
    const graph = {dataDir: sandbox.dataDir, repo: 'demo'}
    const {log, pid} = await startServer({...graph, create: true, logLevel: 'debug'})
    sandbox.track(pid)
    const requests = () =>
      [...readFileSync(log, 'utf8').matchAll(/"http":"[^"]*"|"msg":"health by datagram"/g)].map(([line]) => line)
    const [status, list] = [await serverStatus(graph), await listServers({dataDir: sandbox.dataDir})]
    for (const shown of [status, list.servers[0]!]) {
      const {clients, memory} = shown
      expect(Object.keys(shown).filter((key) => key === 'clients' || key === 'memory')).to.deep.equal([
        'clients',
        'memory',
      ])
      expect(clients).to.have.keys('connections', 'event-streams', 'leases')
      expect(memory).to.be.greaterThan(10_000_000)
    }

    await until(() => requests().length > 1, 3000, 'both requests are logged')
    expect(requests()).to.deep.equal(['"msg":"health by datagram"', '"msg":"health by datagram"'])
  })
})
