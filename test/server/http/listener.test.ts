import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {expect} from 'chai'

import {Connections} from '../../../src/server/http/connections.js'
import {Listener} from '../../../src/server/http/listener.js'
import {TIMEOUTS} from '../../../src/server/http/server.js'
import type {Service} from '../../../src/server/http/service.js'
import {until} from '../../support/processes.js'
import {exchange, hold} from '../../support/raw.js'

/** A header without an effect, with which the HTTP server of Node.js reads a request. */
const BY_NODE = 'Accept: */*\r\n'

describe('a connection', () => {
  const MS = 200
  const connections = new Connections()
  const stops: (() => void)[] = []
  const logged: string[] = []
  let accepted = 0
  let wakes = 0
  const service = {
    auth: 'token',
    connections,
    damage: () => undefined,
    holds: () => true,
    log: (_level: string, _message: string, {http, outcome}: Record<string, string>) =>
      logged.push(`${http} ${outcome}`),
    origin: 'lsp://logseq.com',
    prove: () => ({'graph-proof': '', proof: ''}),
    shutdown: () =>
      new Promise<void>((resolve) => {
        stops.push(resolve)
      }),
    state: () => 'ready',
    token: 't',
    wake: () => wakes++,
  } as unknown as Service
  const short = {connectionsCheckingInterval: MS, headersTimeout: MS, keepAliveTimeout: MS, requestTimeout: 2 * MS}
  const listener = new Listener(service, () => accepted++, short)
  const patient = new Listener(service, () => {})
  let port: number
  let patientPort: number

  before(async () => {
    port = await listener.listen()
    patientPort = await patient.listen()
  })

  after(() => Promise.all([listener.close(), patient.close()]))

  const ended = () =>
    until(() => connections.use.connections === 0 && connections.inFlight === 0, 5000, 'the end of the connection')

  const head = () => `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nx-challenge: a\r\n\r\n`
  const SILENT: Record<string, [bytes: () => string, answer: RegExp, requests: number]> = {
    'from the start': [() => '', /^$/, 0],
    'after a request of the lifecycle': [head, /^HTTP\/1\.1 200 [^]*}$/, 1],
    'in the middle of a request': [() => head().slice(0, 30), /^HTTP\/1\.1 400 /, 0],
    'after another request': [() => head().replace('healthz', 'readyz'), /^HTTP\/1\.1 200 /, 1],
    'in the middle of a second request': [() => head() + head().slice(0, 30), /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 /, 1],
  }
  for (const [when, [bytes, answer, requests]] of Object.entries(SILENT)) {
    it(`that is silent ${when} is closed`, async () => {
      accepted = 0
      wakes = 0
      expect(await exchange(port, bytes())).to.match(answer)
      await ended()
      expect({accepted, wakes}).to.deep.equal({accepted: 1, wakes: requests})
    })
  }

  it('stays open for longer than its responses say, for a request that is sent at the last moment', async () => {
    for (const text of [head(), head().replace('\r\n', `\r\n${BY_NODE}`)]) {
      const began = performance.now()
      expect(await exchange(port, text)).to.match(/^HTTP\/1\.1 200 /)
      expect(performance.now() - began).to.be.greaterThan(MS + 900)
      await ended()
    }
  })

  it('that has sent nothing yet gets its response when those that have are closed', async () => {
    const [used, fresh] = [connect(patientPort, '127.0.0.1'), connect(patientPort, '127.0.0.1')]
    const text = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${patientPort}\r\nx-challenge: a\r\n\r\n`
    used.write(text)
    await Promise.all([once(used, 'data'), once(fresh, 'connect')])
    await until(() => connections.use.connections === 2, 5000, 'both connections')
    const closed = once(used, 'close')
    patient.closeUsed()
    await closed
    fresh.write(text)
    expect(String((await once(fresh, 'data'))[0])).to.match(/^HTTP\/1\.1 200 /)
    fresh.destroy()
    await ended()
  })

  const answerStops = () => {
    for (const answer of stops.splice(0)) answer()
  }

  const stop = (to = patientPort) =>
    `POST /v1/shutdown HTTP/1.1\r\nHost: 127.0.0.1:${to}\r\nauthorization: Bearer t\r\ncontent-length: 23\r\n\r\n{"owner-source": "cli"}`

  it('of a request to stop is closed after the response, which it waits for', async () => {
    const began = performance.now()
    const answered = exchange(patientPort, stop())
    await until(() => connections.inFlight === 1, 5000, 'the request')
    answerStops()
    expect(await answered).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nconnection: close\r\n[^]*\r\n\r\n{"ok":true}$/)
    await ended()
    expect(performance.now() - began).to.be.lessThan(TIMEOUTS.keepAliveTimeout - 1000)
  })

  it('of a request to stop reads nothing that comes after it', async () => {
    logged.length = 0
    const {received, socket} = await hold(patientPort, stop())
    await until(() => connections.inFlight === 1, 5000, 'the request')
    await new Promise<void>((resolve) => {
      socket.write(stop(), () => resolve())
    })
    // What was sent before this exchange has arrived when it ends.
    await exchange(
      patientPort,
      head().replace(String(port), String(patientPort)).replace('\r\n', '\r\nConnection: close\r\n'),
    )
    expect(connections.inFlight).to.equal(1)
    answerStops()
    await ended()
    expect(received().match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 200'])
    expect(logged).to.deep.equal(['GET /healthz 200', 'POST /v1/shutdown 200'])
  })

  for (const [how, end] of [
    ['the client leaves', (socket: Socket) => socket.destroy()],
    ['the response is the last one', answerStops],
  ] as const) {
    it(`that ends, since ${how}, counts no request that waited for its turn`, async () => {
      const {socket} = await hold(patientPort, stop().replace('\r\n', `\r\n${BY_NODE}`).repeat(3))
      await until(() => connections.inFlight === 3, 5000, 'the requests')
      end(socket)
      await ended()
      socket.destroy()
    })
  }

  for (const [reader, line] of [
    ['the direct reader', ''],
    ['Node.js', BY_NODE],
  ] as const) {
    it(`has no limit of time while it waits for a response: ${reader}`, async () => {
      const answered = exchange(port, stop(port).replace('\r\n', `\r\n${line}`))
      await until(() => connections.inFlight === 1, 5000, 'the request')
      for (let i = 0; i < 2; i++) await exchange(port) // closed after the limit
      expect(connections.inFlight).to.equal(1)
      answerStops()
      expect(await answered).to.match(/^HTTP\/1\.1 200 /)
      await ended()
    })
  }

  for (const [reader, line] of [
    ['the direct reader', ''],
    ['Node.js', BY_NODE],
  ] as const) {
    it(`whose client ends its side is closed, after what was sent: ${reader}`, async () => {
      const began = performance.now()
      const text = head().replace(String(port), String(patientPort)).replace('\r\n', `\r\n${line}`)
      const {received, socket} = await hold(patientPort, text)
      socket.end()
      await once(socket, 'close')
      expect(received()).to.match(/^HTTP\/1\.1 200 [^]*}$/)
      const waiting = await hold(patientPort, stop().replace('\r\n', `\r\n${line}`))
      await until(() => connections.inFlight === 1, 5000, 'the request')
      waiting.socket.end()
      await ended()
      answerStops()
      expect(waiting.received()).to.equal('')
      expect(performance.now() - began).to.be.lessThan(TIMEOUTS.keepAliveTimeout - 1000)
    })
  }

  it('that ends before the response is counted no more', async () => {
    logged.length = 0
    const {socket} = await hold(patientPort, stop())
    await until(() => connections.inFlight === 1, 5000, 'the request')
    socket.resetAndDestroy()
    await ended()
    answerStops()
    expect(logged).to.deep.equal(['POST /v1/shutdown aborted'])
  })

  it('is closed with the port, whatever it has sent', async () => {
    const other = new Listener(service, () => {})
    const otherPort = await other.listen()
    const request = head().replace(String(port), String(otherPort))
    const texts = ['', request, request.slice(0, 30), request.replace('\r\n', `\r\n${BY_NODE}`)]
    const held = await Promise.all(texts.map((text) => hold(otherPort, text)))
    await until(() => connections.use.connections === texts.length, 5000, 'the connections')
    await until(() => held[1]!.received() !== '' && held[3]!.received() !== '', 5000, 'the responses')
    const began = performance.now()
    await other.close()
    await ended()
    expect(performance.now() - began).to.be.lessThan(TIMEOUTS.keepAliveTimeout - 1000)
    for (const {socket} of held) socket.destroy()
  })
})
