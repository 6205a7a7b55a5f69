import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {connect} from 'node:net'
import {expect} from 'chai'

import {clientProofOf, datagramChallenge, proofOf} from '../../../src/lib/lock/proof.js'
import {DatagramListener} from '../../../src/server/http/datagram-listener.js'
import type {Service} from '../../../src/server/http/service.js'
import {until} from '../../support/processes.js'
import {http} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'

describe('the UDP port of a server', () => {
  const {sandbox, server} = useServer('suite')
  let socket: Socket
  let received: Record<string, unknown>[]

  beforeEach(async () => {
    received = []
    socket = createSocket('udp4')
    socket.on('message', (bytes) => received.push(JSON.parse(String(bytes)) as Record<string, unknown>))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  })

  afterEach(() => socket.close())

  const send = (content: object | string) =>
    socket.send(typeof content === 'string' ? content : JSON.stringify(content), server.port, '127.0.0.1')

  /** Sends a request, and returns its response. */
  async function ask(request: {challenge: string} & Record<string, unknown>): Promise<Record<string, unknown>> {
    send(request)
    return until(() => received.find(({challenge}) => challenge === request.challenge), 5000, 'the response')
  }

  const proofsOver = (proven: string, lockId = String(sandbox.record()!['lock-id'])) => ({
    client: clientProofOf(server.token, lockId, proven),
    server: proofOf(server.token, lockId, proven),
  })
  const proofs = (challenge: string) => proofsOver(datagramChallenge(challenge))

  /** Asks over a connection. */
  async function askHttp(challenge: string, proof: string): Promise<Record<string, unknown>> {
    const {body} = await http(server.port, '/healthz', {headers: {'x-challenge': challenge, 'x-client-proof': proof}})
    return JSON.parse(body) as Record<string, unknown>
  }

  it('has the response that /healthz has, except for the proofs, and names the challenge', async () => {
    const {challenge, ...health} = await ask({challenge: 'a', 'client-proof': proofs('a').client})
    expect(challenge).to.equal('a')
    expect(health).to.include({proof: proofs('a').server, status: 'ready'})
    expect(health).to.have.property('use')
    const settled = (shown: object) =>
      JSON.stringify(shown).replaceAll(/(?<="(?:memory|idle-ms)":)[\d.]+|(?<=proof":")\w+/g, '0')
    expect(settled(health)).to.equal(settled(await askHttp('a', proofsOver('a').client)))
  })

  it('proves nothing by what a connection proves, nor the other way round', async () => {
    const byDatagram = await ask({challenge: 'i', 'client-proof': proofsOver('i').client})
    const overConnection = await askHttp('i', proofs('i').client)
    for (const proof of ['graph-proof', 'proof'])
      expect(byDatagram[proof]).to.be.a('string').and.not.equal(overConnection[proof])
    for (const health of [byDatagram, overConnection]) expect(health).to.not.have.property('use')
  })

  it('shows the use only to a client that knows the token', async () => {
    expect(await ask({challenge: 'b'})).to.not.have.property('use')
    expect(await ask({challenge: 'c', 'client-proof': proofs('b').client})).to.not.have.property('use')
    expect(await ask({challenge: 'd', 'client-proof': ''})).to.not.have.property('use')
    expect(await ask({challenge: 'e', 'client-proof': proofs('e').server})).to.not.have.property('use')
  })

  it('counts no connection for the client that asks, and all others', async () => {
    let asked = 0
    const clients = async () => {
      const challenge = `f${asked++}`
      const {use} = await ask({challenge, 'client-proof': proofs(challenge).client})
      return (use as {clients: {connections: number}}).clients
    }

    const settled = (count: number) =>
      until(async () => (await clients()).connections === count, 5000, `there are ${count} connections`)
    await settled(0) // those of other tests are closed
    const other = connect(server.port, '127.0.0.1')
    await settled(1)
    expect(await clients()).to.deep.equal({connections: 1, 'event-streams': 0, leases: 0})
    other.destroy()
    await settled(0)
  })

  it('responds to a challenge of one visible character to 256', async () => {
    for (const challenge of ['x', '!~"\\', 'x'.repeat(256)])
      expect(await ask({challenge})).to.include({proof: proofs(challenge).server})
  })

  it('does not respond to anything else', async () => {
    const response = await ask({challenge: 'g'})
    const proof = proofs('h').client
    const others: (object | string)[] = [
      '',
      '{',
      'null',
      '[]',
      '"a"',
      '\u0000\u0001\uFFFF',
      {},
      {challenge: ''},
      {challenge: 1},
      {challenge: null},
      {challenge: ['a']},
      {challenge: 'x'.repeat(257)},
      {challenge: `h\0${String(sandbox.record()!['lock-id'])}`},
      {challenge: 'a b'},
      {challenge: 'a\n'},
      {challenge: 'ü'},
      {challenge: 'h', 'client-proof': 1},
      {challenge: 'h', 'client-proof': null},
      {challenge: 'h', 'client-proof': proof, more: 1},
      {'client-proof': proof},
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nx-challenge: a\r\n\r\n',
      `${JSON.stringify({challenge: 'h'})}${' '.repeat(1024)}`,
      'x'.repeat(60_000),
      response, // of another server, with which this one would speak for ever
    ]
    received = []
    for (const other of others) send(other)
    await ask({challenge: 'last'})
    expect(received.map(({challenge}) => challenge)).to.deep.equal(['last'])
  })

  it('is closed to other computers', async () => {
    const other = createSocket('udp4')
    other.bind({address: '127.0.0.1', exclusive: true, port: server.port})
    const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).to.equal('EADDRINUSE')
    other.close()
    const outside = createSocket('udp4') // another address of this computer is free: the server has only the loopback
    outside.bind({address: '127.0.0.2', exclusive: true, port: server.port})
    await once(outside, 'listening')
    outside.close()
  })
})

describe('a listener for datagrams', () => {
  let client: Socket
  /** Messages of the log, and calls of `wake`. */
  let seen: string[]
  let listener: DatagramListener

  beforeEach(async () => {
    seen = []
    client = createSocket('udp4').bind(0, '127.0.0.1')
    await once(client, 'listening')
    const service: Pick<Service, 'damage' | 'holds' | 'log' | 'prove' | 'state' | 'wake'> = {
      damage: () => undefined,
      holds: () => true,
      log: (level, message) => seen.push(`${level} ${message}`),
      prove: () => ({'graph-proof': '', proof: ''}),
      state: () => 'ready',
      wake: () => seen.push('wake'),
    }
    listener = new DatagramListener(service as Service)
  })

  afterEach(() => {
    listener.close()
    client.close()
  })

  it('wakes the server for a request, and closes its port', async () => {
    const free = createSocket('udp4').bind(0, '127.0.0.1')
    await once(free, 'listening')
    const {port} = free.address()
    free.close()
    await listener.listen(port)
    client.send('{}', port, '127.0.0.1')
    client.send('{"challenge":"a"}', port, '127.0.0.1')
    await once(client, 'message')
    expect(seen).to.deep.equal(['wake', 'debug health by datagram'])
    listener.close()
    const next = createSocket('udp4').bind({address: '127.0.0.1', exclusive: true, port})
    await once(next, 'listening')
    next.close()
  })

  it('leaves a port to another program that has it, and does not end the server', async () => {
    await listener.listen(client.address().port)
    expect(seen).to.deep.equal(['info no health by datagrams'])
  })
})
