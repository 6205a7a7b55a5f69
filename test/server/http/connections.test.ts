import {once} from 'node:events'
import {createServer, type ServerResponse} from 'node:http'
import {type AddressInfo, connect, type Socket} from 'node:net'
import {expect} from 'chai'

import {connectionLimits, Connections, maxDescriptors} from '../../../src/server/http/connections.js'
import {callJson} from '../../support/calls.js'
import {page} from '../../support/outline.js'
import {until} from '../../support/processes.js'
import {hold} from '../../support/raw.js'
import {http, Sandbox} from '../../support/sandbox.js'
import {published, type Served, workerArgs} from '../../support/workers.js'

const DESCRIPTORS = 150

/** Six times as many as there is room for. */
const MANY = 450

describe('connectionLimits', () => {
  for (const [descriptors, busy, connections] of [
    [20_000, 4064, 4096],
    [Number.POSITIVE_INFINITY, 4064, 4096],
    [1024, 896, 928],
    [256, 128, 160],
    [64, 24, 32],
    [16, 6, 8],
  ] as const) {
    it(`allows ${connections} connections, ${busy} of them in use, when there are ${descriptors} descriptors`, () => {
      expect(connectionLimits(descriptors)).to.deep.equal({busy, connections})
    })
  }

  it('returns how many descriptors this process may have', () => {
    expect(maxDescriptors()).to.be.greaterThan(100)
  })
})

describe('connections without room for another one', () => {
  const connections = new Connections({busy: 3, connections: 4})
  const pending: ServerResponse[] = []
  const server = createServer((request, response) => {
    connections.begin(request.socket, response)
    if (request.url === '/owner') connections.markAuthorized(request.socket)
    pending.push(response)
  })
  const sockets: Socket[] = []
  let port: number

  before(async () => {
    connections.watch(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    port = (server.address() as AddressInfo).port
  })

  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  /** Connects and asks, and waits until the request has arrived. */
  async function ask(path: string): Promise<Socket> {
    const arrived = pending.length + 1
    const {socket} = await hold(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    sockets.push(socket)
    await until(() => pending.length === arrived, 5000, `the request for ${path}`)
    return socket
  }

  it('closes the oldest that was not let in, although its request is being answered', async () => {
    const owner = await ask('/owner')
    const strangers = [await ask('/'), await ask('/'), await ask('/')]
    for (let i = 0; i < 6; i++) {
      const closed = once(strangers[i]!, 'close')
      strangers.push(await ask('/'))
      await closed
    }

    expect(strangers.slice(-3).map(({destroyed}) => destroyed)).to.deep.equal([false, false, false])
    expect(owner.destroyed).to.equal(false)
    const answered = once(owner, 'data')
    pending[0]!.end('done')
    expect(String((await answered)[0])).to.include('done')
  })
})

describe(`a server with ${DESCRIPTORS} descriptors`, function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let server: Served
  let sockets: Socket[]

  beforeEach(async () => {
    sandbox = new Sandbox()
    sockets = []
    const [worker, ...args] = workerArgs(sandbox)
    const child = sandbox.spawn('sh', [
      '-c',
      `ulimit -n ${DESCRIPTORS} && exec "$@"`,
      'sh',
      process.execPath,
      worker!,
      ...args,
    ])
    const known = sandbox.track(child.pid)!
    const record = await until(() => published(sandbox, child.pid), 15_000, 'the record')
    server = {child, known, pid: child.pid, port: record['port'] as number, token: record['auth-token'] as string}
    await until(async () => (await http(server.port, '/readyz')).status === 200, 15_000, 'the server to be ready')
  })

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await sandbox.dispose()
  })

  /** Opens connections that say something, or nothing, and stay. */
  async function open(count: number, bytes: string): Promise<void> {
    for (let i = 0; i < count; i += 50) {
      await Promise.all(
        Array.from({length: 50}, () => {
          const socket = connect(server.port, '127.0.0.1')
            .on('error', () => {})
            .resume()
          sockets.push(socket)
          return new Promise<void>((resolve) =>
            socket.once('connect', () => socket.write(bytes, () => resolve())).once('close', () => resolve()),
          )
        }),
      )
    }
  }

  const head = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${more}\r\n`
  const owner = () => `Authorization: Bearer ${server.token}\r\n`

  const IDLE: [string, () => string][] = [
    ['say nothing', () => ''],
    ['begin a request, and go no further', () => 'GET /healthz HTTP/1.1\r\nX: '],
    ['asked for the health, and stay', () => head('/healthz')],
    ['were refused, and stay', () => head('/v1/events', 'Authorization: Bearer wrong\r\n')],
    [
      'announce a body that does not come',
      () =>
        `POST /v1/invoke HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer wrong\r\nContent-Length: 1000\r\n\r\n`,
    ],
  ]
  for (const [what, bytes] of IDLE) {
    it(`is not locked by ${MANY} connections that ${what}`, async () => {
      await open(MANY, bytes())
      for (let i = 0; i < 5; i++)
        expect((await callJson(server, 'pull', 'demo', '[:db/ident]', ':logseq.class/Task')).status).to.equal(200)
      expect(
        (await callJson(server, 'transact', 'demo', [page('00000000-0000-4000-8000-000000000001', 'a')])).status,
      ).to.equal(200)
      expect((await callJson(server, 'graph/backup', 'demo')).status).to.equal(200)
      expect((await sandbox.ok(['server', 'status', '--repo', 'demo']))['status']).to.equal('ready')
      await open(150, bytes())
      expect((await sandbox.ok(['server', 'stop', '--repo', 'demo']))['stopped-by']).to.equal('shutdown')
    })
  }

  it('keeps a reserve for those who look and stop, whatever clients with the token hold', async () => {
    await open(MANY, head('/v1/events', owner()))
    const refused = await http(server.port, '/v1/lease', {token: server.token})
    expect(refused.status).to.equal(503)
    expect(refused.json.error.code).to.equal('server-busy')
    expect(refused.headers['retry-after']).to.equal('1')
    expect((await http(server.port, '/healthz')).status).to.equal(200)
    expect((await sandbox.ok(['server', 'status', '--repo', 'demo']))['status']).to.equal('ready')
    const {received, socket} = await hold(server.port, head('/healthz')) // what looks is not closed by what looks
    await until(() => received().includes('200 OK'), 5000, 'the health')
    socket.destroy()
    expect((await sandbox.ok(['server', 'stop', '--repo', 'demo']))['stopped-by']).to.equal('shutdown')
  })
})
