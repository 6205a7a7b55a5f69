import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {expect} from 'chai'

import {probePort} from '../../../../src/lib/lifecycle/inspect/probe.js'
import {clientProofOf, datagramChallenge, proofOf} from '../../../../src/lib/lock/proof.js'
import type {LockRecord} from '../../../../src/lib/lock/record.js'
import {ownRevision} from '../../../../src/lib/package-root.js'
import {listen, type Listener} from '../../../support/fake-listener.js'
import {FakeSystem} from '../../../support/fake-system.js'

const TOKEN = 'the token'
const GRAPH = 'the hash of a directory'
const RECORD: LockRecord = {
  'auth-token': TOKEN,
  'lock-id': 'lock-1',
  'owner-source': 'cli',
  pid: 42,
  repo: 'logseq_db_demo',
  revision: ownRevision(),
}
const USE = {clients: {connections: 2, 'event-streams': 1, leases: 0}, 'idle-ms': 5, memory: 1000}

/** Damage that the fake server reports over TCP: the answer of a probe shows by it how the server was asked. */
const OVER_TCP = 'over TCP'

describe('a probe that is the last request', () => {
  let tcp: Listener
  let udp: Socket
  /** Datagrams that arrived. */
  let asked: Record<string, string>[]
  /** Returns the responses to a datagram, with none by default. */
  let respond: (request: Record<string, string>) => (object | string)[]

  beforeEach(async () => {
    asked = []
    respond = () => []
    tcp = await listen((request, response) => {
      const challenge = String(request.headers['x-challenge'])
      const proof = {'graph-proof': proofOf(TOKEN, 'lock-1', challenge, GRAPH), proof: ''}
      response.end(JSON.stringify({...proof, damage: OVER_TCP, status: 'ready'}))
    })
    udp = createSocket('udp4').bind(tcp.port, '127.0.0.1')
    await once(udp, 'listening')
    udp.on('message', (bytes, sender) => {
      const request = JSON.parse(String(bytes)) as Record<string, string>
      asked.push(request)
      for (const response of respond(request))
        udp.send(typeof response === 'string' ? response : JSON.stringify(response), sender.port, sender.address)
    })
  })

  afterEach(async () => {
    udp.close()
    await tcp.close()
  })

  /** Health with proof, of a graph and a lock ID. */
  const health = (
    challenge: string,
    {graph = GRAPH, lockId = 'lock-1', proven = datagramChallenge(challenge), token = TOKEN} = {},
  ) => ({
    challenge,
    'graph-proof': proofOf(token, lockId, proven, graph),
    proof: proofOf(token, lockId, proven),
    status: 'ready',
  })

  async function probe(record: Partial<LockRecord> = {}, options: {asksUse?: boolean; looksOnly?: boolean} = {}) {
    const {connection, ...answer} = await probePort(
      new FakeSystem(),
      {...RECORD, port: tcp.port, ...record},
      {graph: {id: GRAPH}, guarded: () => false, identified: true, looksOnly: true, timeoutMs: 1000, ...options},
    )
    connection?.close()
    if (answer.damage === OVER_TCP) expect(connection).to.not.equal(undefined)
    return answer
  }

  it('takes a datagram from a server that proves itself and its place, and opens no connection', async () => {
    respond = ({challenge}) => [{...health(challenge!), 'request-ids': true, use: USE}]
    const ready = {keepsIds: true, probe: 'ready', provesPlace: true}
    expect(await probe()).to.deep.equal(ready)
    expect(await probe({}, {asksUse: true})).to.deep.equal({...ready, use: USE})
    respond = ({challenge}) => [{...health(challenge!), damage: 'it is damaged', status: 'starting'}]
    expect(await probe()).to.deep.equal({...ready, damage: 'it is damaged', keepsIds: false, probe: 'starting'})
    expect(tcp.connections()).to.equal(0)
  })

  it('proves that it knows the token only where it asks for the use, and never sends it', async () => {
    respond = ({challenge}) => [health(challenge!)]
    await probe()
    await probe({}, {asksUse: true})
    const [first, second] = asked
    expect(first).to.have.keys('challenge')
    const proven = datagramChallenge(second!['challenge']!)
    expect(second!['client-proof']).to.equal(clientProofOf(TOKEN, 'lock-1', proven))
    expect(first!['challenge']).to.not.equal(second!['challenge'])
    expect(JSON.stringify(asked)).to.not.include(TOKEN)
  })

  const WITHOUT_PROOF: Record<string, (challenge: string) => (object | string)[]> = {
    'no response': () => [],
    'a response without a proof': (challenge) => [{challenge, status: 'ready'}],
    'the proof of another token': (challenge) => [health(challenge, {token: 'x'})],
    'the proof of another lock ID': (challenge) => [health(challenge, {lockId: 'lock-2'})],
    'the proof of another directory': (challenge) => [health(challenge, {graph: 'x'})],
    'the proof of an older build, without a directory': (challenge) => [
      {...health(challenge), 'graph-proof': undefined},
    ],
    'the proof that the server sends to anyone over a connection': (challenge) => [
      health(challenge, {proven: challenge}),
    ],
    'the proof for another challenge': (challenge) => [{...health('x'), challenge}],
    'a proof that is not text': (challenge) => [{...health(challenge), 'graph-proof': [1]}],
    'the request': (challenge) => [{challenge}],
    'what is not JSON': () => ['{', '', 'null', '[]', 'x'.repeat(60_000)],
    'a response to another request': () => [health('x')],
    'a response whose challenge is not text': (challenge) => [
      {...health(challenge), challenge: [challenge]},
      {challenge: {toString: 1}},
      `{"challenge":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, // too deep to be made text
    ],
  }
  for (const [what, responses] of Object.entries(WITHOUT_PROOF)) {
    it(`asks over a connection after ${what}`, async () => {
      respond = ({challenge}) => responses(challenge!)
      expect(await probe()).to.include({damage: OVER_TCP, probe: 'ready'})
      expect(asked).to.have.length(1)
    })
  }

  it('waits for a response among others', async () => {
    respond = ({challenge}) => ['{', health('x'), health(challenge!), {challenge}]
    expect(await probe()).to.include({probe: 'ready'})
    expect(tcp.connections()).to.equal(0)
  })

  it('asks a server of another build, or one of Logseq’s, over a connection at once', async () => {
    respond = ({challenge}) => [health(challenge!)]
    expect(await probe({revision: 'x'})).to.include({damage: OVER_TCP})
    expect(await probe({revision: undefined})).to.include({damage: OVER_TCP})
    expect(await probe({'auth-token': undefined})).to.deep.equal({probe: 'stranger'})
    expect(tcp.connections()).to.equal(3)
    expect(asked).to.deep.equal([])
  })

  it('asks no server whose record has no port', async () => {
    for (const port of [0, undefined]) expect(await probe({port})).to.deep.equal({probe: 'silent'})
  })

  it('opens a connection at once where another request follows', async () => {
    respond = ({challenge}) => [health(challenge!)]
    expect(await probe({}, {looksOnly: false})).to.include({damage: OVER_TCP})
    expect(asked).to.deep.equal([])
  })

  it('shares a socket with 99 probes of other servers, and closes it', async () => {
    const senders = new Set<number>()
    udp.on('message', (_, {port}) => senders.add(port))
    respond = ({challenge}) => [health(challenge!)]
    const answers = await Promise.all(Array.from({length: 200}, () => probe()))
    expect(answers.map((answer) => answer.probe)).to.deep.equal(answers.map(() => 'ready'))
    expect(tcp.connections()).to.equal(0)
    expect(senders.size).to.equal(2) // the responses to 200 would exceed the receive buffer of one
    await new Promise(setImmediate)
    for (const port of senders) {
      const next = createSocket('udp4').bind({address: '127.0.0.1', exclusive: true, port})
      await once(next, 'listening')
      next.close()
    }
  })

  it('waits a second in all for a server that does not respond at all', async () => {
    await tcp.close()
    const silent = await listen(() => {})
    try {
      const began = performance.now()
      expect(await probe({port: silent.port})).to.deep.equal({probe: 'silent'})
      expect(performance.now() - began).to.be.within(990, 3000)
    } finally {
      await silent.close()
    }
  })

  it('reads a response that came while this program was not executed', async () => {
    respond = ({challenge}) => [health(challenge!)]
    const answer = probe()
    await new Promise(setImmediate)
    const until = performance.now() + 1100
    while (performance.now() < until);
    expect(await answer).to.include({probe: 'ready'})
    expect(tcp.connections()).to.equal(0)
  })
})
