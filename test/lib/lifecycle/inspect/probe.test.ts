import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import {expect} from 'chai'

import {openProbe, type Probe} from '../../../../src/lib/lifecycle/inspect/probe.js'
import {proofOf} from '../../../../src/lib/lock/proof.js'
import type {LockRecord} from '../../../../src/lib/lock/record.js'
import {closedPort, listen, type Listener, listenRaw} from '../../../support/fake-listener.js'
import {FakeSystem} from '../../../support/fake-system.js'

const TOKEN = 'the token'
const GRAPH = 'the hash of a directory'
const OURS: LockRecord = {
  'auth-token': TOKEN,
  'lock-id': 'lock-1',
  'owner-source': 'cli',
  pid: 42,
  repo: 'logseq_db_demo',
}
const LEGACY: LockRecord = {'lock-id': 'lock-1', 'owner-source': 'cli', pid: 42, repo: 'logseq_db_demo'}

/** An answer of a listener: JSON, or text. */
const says =
  (body: object | string, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** A listener that proves itself with a token and a lock-id of its own; one of an older build proves no graph. */
const proves =
  (status: string, {graph, lockId = 'lock-1', token = TOKEN}: Partial<Record<string, string>> = {}): RequestListener =>
  (request: IncomingMessage, response: ServerResponse) => {
    const challenge = String(request.headers['x-challenge'])
    const proof = proofOf(token, lockId, challenge)
    const place = graph === undefined ? {} : {'graph-proof': proofOf(token, lockId, challenge, graph)}
    response.end(JSON.stringify({...place, proof, status}))
  }

/** Health of Logseq’s later server. */
const NAMED = {pid: 42, repo: 'logseq_db_demo', status: 'ready'}

/** Answers one byte at a time, and never ends. */
const dripping: RequestListener = (_, response) => {
  const drip = setInterval(() => response.write('x'), 1)
  response.on('close', () => clearInterval(drip))
}

describe('what the port of a record says', () => {
  let listener: Pick<Listener, 'close' | 'port'> | undefined
  let system: FakeSystem
  /** Does somebody hold the guard of the graph's directory? */
  let guarded = false

  beforeEach(() => {
    system = new FakeSystem()
    guarded = false
  })

  afterEach(async () => {
    await listener?.close()
    listener = undefined
  })

  /** Asks, and checks that nobody waits much longer than a second. */
  async function ask(record: LockRecord, identified = true): Promise<Probe> {
    const began = performance.now()
    const asked = {graph: {id: GRAPH}, guarded: () => guarded, identified}
    const {connection, probe: said} = await openProbe(system, {...record, port: record.port ?? listener?.port}, asked)
    connection.close()
    expect(performance.now() - began).to.be.lessThan(3000)
    return said
  }

  const USE = {clients: {connections: 2, 'event-streams': 1, leases: 0}, 'idle-ms': 5, memory: 1000}

  /** Probes a listener that says who uses it, and returns what the probe says of the use, and of the client's proof. */
  async function askUse(use: unknown, {asks = true, lockId = 'lock-1'} = {}) {
    let proof: unknown
    const server = await listen((request, response) => {
      const challenge = String(request.headers['x-challenge'])
      proof = request.headers['x-client-proof']
      if (proof !== undefined) expect(proof).to.equal(proofOf(TOKEN, 'lock-1', challenge, 'client'))
      response.end(JSON.stringify({proof: proofOf(TOKEN, lockId, challenge), status: 'ready', use}))
    })
    const record = {...OURS, port: server.port}
    const asked = {asksUse: asks, graph: {id: GRAPH}, guarded: () => true, identified: true}
    const {connection, use: reported} = await openProbe(system, record, asked)
    connection.close()
    await server.close()
    return {isProven: proof !== undefined, use: reported}
  }

  it('includes who uses the server, if that is asked for, the server says it, and has proven itself', async () => {
    expect(await askUse(USE)).to.deep.equal({isProven: true, use: USE})
    expect(await askUse({...USE, newer: 1})).to.deep.equal({isProven: true, use: USE})
    expect(await askUse(undefined), 'an older build').to.deep.equal({isProven: true, use: undefined})
    for (const malformed of [1, 'x', {}, {...USE, memory: 'much'}, {clients: {connections: -1}}, null])
      expect(await askUse(malformed), JSON.stringify(malformed)).to.deep.equal({isProven: true, use: undefined})
    expect(await askUse(USE, {asks: false})).to.deep.equal({isProven: false, use: undefined})
    expect(await askUse(USE, {lockId: 'lock-2'}), 'a stranger').to.deep.equal({isProven: true, use: undefined})
  })

  const OF_OURS: [what: string, answer: RequestListener, expected: Probe][] = [
    ['proves itself and is ready', proves('ready', {graph: GRAPH}), 'ready'],
    ['proves itself, starting', proves('starting', {graph: GRAPH}), 'starting'],
    ['serves another directory', proves('ready', {graph: 'another'}), 'stranger'],
    ['serves this directory with another token', proves('ready', {graph: GRAPH, token: 'another'}), 'stranger'],
    ['gives a graph-proof that is not a text', says({'graph-proof': 7, proof: 'x', status: 'ready'}), 'stranger'],
    ['is of an older build and ready', proves('ready'), 'ready'],
    ['proves itself and is starting', proves('starting'), 'starting'],
    ['proves itself and is stopping', proves('stopping'), 'starting'],
    ['has another token', proves('ready', {token: 'another'}), 'stranger'],
    ['is another server of ours', proves('ready', {lockId: 'lock-2'}), 'stranger'],
    ['proves nothing', says({status: 'ready'}), 'stranger'],
    ['proves nothing in plain text', says('ok'), 'stranger'],
    ['gives a proof that is not a text', says({proof: 7, status: 'ready'}), 'stranger'],
    [
      'gives back the challenge',
      (request, response) => response.end(JSON.stringify({proof: request.headers['x-challenge'], status: 'ready'})),
      'stranger',
    ],
    ['gives an old proof', says({proof: proofOf(TOKEN, 'lock-1', 'an old challenge'), status: 'ready'}), 'stranger'],
    ['answers JSON that is not an object', says('null'), 'stranger'],
    ['answers nothing', says(''), 'stranger'],
    ['answers not found', says('not-found', 404), 'stranger'],
    ['answers endlessly', dripping, 'silent'],
    ['never answers', () => {}, 'silent'],
    ['hangs up', (_, response) => response.destroy(), 'silent'],
  ]
  for (const [what, answer, expected] of OF_OURS) {
    for (const identified of [true, false]) {
      it(`a record of ours${identified ? '' : ' whose process is not known'}, a listener that ${what}: ${expected}`, async () => {
        listener = await listen(answer)
        expect(await ask(OURS, identified)).to.equal(expected)
      })
    }
  }

  it('a server with another path of the directory is accepted while the server lock in the directory is held', async () => {
    listener = await listen(proves('ready', {graph: 'the same directory under another mount'}))
    expect(await ask(OURS)).to.equal('stranger')
    guarded = true
    expect(await ask(OURS)).to.equal('ready')
    await listener.close()
    listener = await listen(proves('ready', {graph: 'another', token: 'another'}))
    expect(await ask(OURS)).to.equal('stranger')
  })

  it('a listener that does not speak HTTP is silent', async () => {
    for (const garbage of [
      '\0\u0001\u0002garbage\r\n\r\n',
      'SSH-2.0-x\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"proof"',
    ]) {
      listener = await listenRaw((socket) => socket.write(garbage, 'latin1'))
      expect(await ask(OURS)).to.equal('silent')
      expect(await ask(LEGACY)).to.equal('silent')
      await listener.close()
    }
  })

  /** Closes its first connections at their first bytes. */
  const closesFirst = (count: number, answer: RequestListener): RequestListener => {
    let closed = 0
    return (request, response) => (closed++ < count ? request.socket.destroy() : answer(request, response))
  }

  for (const [closed, expected] of [
    [1, 'ready'],
    [4, 'ready'],
    [Number.POSITIVE_INFINITY, 'silent'],
  ] as const) {
    it(`a server that closes ${closed} connections before it answers: ${expected}`, async () => {
      for (const [record, answer] of [
        [OURS, proves('ready', {graph: GRAPH})],
        [LEGACY, (_, response) => response.end(JSON.stringify(NAMED))],
      ] satisfies [LockRecord, RequestListener][]) {
        const server = await listen(closesFirst(closed, answer))
        listener = server
        expect(await ask(record)).to.equal(expected)
        expect(server.connections()).to.equal(Math.min(closed, 4) + 1)
        await listener.close()
      }
    })
  }

  it('a port without a listener, or an invalid one, is silent', async () => {
    expect(await ask({...OURS, port: await closedPort()})).to.equal('silent')
    expect(await ask({...OURS, port: 0})).to.equal('silent')
    expect(await ask(OURS)).to.equal('silent')
  })

  it('a listener is never sent the token, and each time another challenge', async () => {
    const server = await listen(says('ok'))
    listener = server
    await ask(OURS)
    await ask(OURS)
    expect(JSON.stringify(server.requests.map(({headers, url}) => ({headers, url})))).not.to.include(TOKEN)
    expect(new Set(server.requests.map(({headers}) => headers['x-challenge'])).size).to.equal(2)
  })

  it('the connection of a server that has proven itself stays open for what follows', async () => {
    const server = await listen((request, response) =>
      request.url === '/healthz' ? proves('ready')(request, response) : says('more')(request, response),
    )
    listener = server
    const asked = {graph: {id: GRAPH}, guarded: () => false, identified: true}
    const open = await openProbe(system, {...OURS, port: server.port}, asked)
    expect(open.probe).to.equal('ready')
    expect((await open.connection.send({path: '/more', signal: AbortSignal.timeout(5000)})).body).to.equal('more')
    expect(server.connections()).to.equal(1)
    open.connection.close()
  })

  /** Logseq’s first server: text, and no name. */
  const first =
    (ready: number): RequestListener =>
    (request, response) =>
      request.url === '/readyz'
        ? says(ready === 200 ? 'ok' : 'not-ready', ready)(request, response)
        : says('ok')(request, response)

  for (const [what, answer, identified, owner, expected] of [
    ['says ok, of a process that is known and owns the port', first(200), true, 42, 'ready'],
    ['says ok, and is not ready', first(503), true, 42, 'starting'],
    [
      'says ok, and does not answer when asked if ready',
      (request, response) => request.url === '/healthz' && first(200)(request, response),
      true,
      42,
      'silent',
    ],
    ['says ok, of a process that is not known', first(200), false, 42, 'stranger'],
    ['says ok, but belongs to another process', first(200), true, 43, 'stranger'],
    ['says ok, where the system does not tell whose it is', first(200), true, undefined, 'ready'],
    ['says an error', says('no', 500), true, 42, 'starting'],
  ] as [string, RequestListener, boolean, number | undefined, Probe][]) {
    it(`a record of Logseq’s first server, a listener that ${what}: ${expected}`, async () => {
      listener = await listen(answer)
      system.listeners = owner === undefined ? undefined : new Map([[listener.port, owner]])
      expect(await ask(LEGACY, identified)).to.equal(expected)
    })
  }

  for (const [what, answer, expected] of [
    ['names itself', says(NAMED), 'ready'],
    ['names itself, starting', says({...NAMED, status: 'starting'}), 'starting'],
    ['names itself, stopping', says({...NAMED, status: 'ready'}, 503), 'starting'],
    ['names another pid', says({...NAMED, pid: 43}), 'stranger'],
    ['names its pid as text', says({...NAMED, pid: '42'}), 'stranger'],
    ['names another graph', says({...NAMED, repo: 'logseq_db_other'}), 'stranger'],
    ['names no graph', says({pid: 42, status: 'ready'}), 'stranger'],
  ] as [string, RequestListener, Probe][]) {
    for (const identified of [true, false]) {
      it(`a record of Logseq’s later server${identified ? '' : ' whose process is not known'}, a listener that ${what}: ${expected}`, async () => {
        listener = await listen(answer)
        expect(await ask(LEGACY, identified)).to.equal(expected)
      })
    }
  }
})
