import {connect} from 'node:net'
import {expect} from 'chai'

import {lives} from '../../support/processes.js'
import {exchange, hold} from '../../support/raw.js'
import {http, Sandbox} from '../../support/sandbox.js'
import {serve, type Served} from '../../support/workers.js'

const MAX_INVOKE = 32 * 1024 * 1024

describe('what is not an HTTP request', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let server: Served
  let host: string

  before(async () => {
    sandbox = new Sandbox()
    server = await serve(sandbox)
    host = `Host: 127.0.0.1:${server.port}\r\n`
  })

  afterEach('the server serves on', async () => {
    expect(lives(server.known)).to.equal(true)
    expect((await http(server.port, '/readyz')).body).to.equal('ok')
  })

  after(() => sandbox.dispose())

  const REFUSED: [string, string, RegExp][] = [
    ['bytes that are no HTTP', '\0\u0001\u0002\u0003\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a method that there is not', 'FROB /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a version that there is not', 'GET /healthz HTTP/9.9\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a negative length', 'POST /v1/invoke HTTP/1.1\r\nContent-Length: -1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['two lengths', 'POST /v1/invoke HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', /^HTTP\/1\.1 400 /],
    ['a header with a NUL', 'GET /healthz HTTP/1.1\r\nX: a\0b\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, /^HTTP\/1\.1 (400|431) /],
  ]

  for (const [what, bytes, answer] of REFUSED) {
    it(`such as ${what} is refused`, async () => {
      expect(await exchange(server.port, bytes)).to.match(answer)
    })
  }

  it('has no Host header: it is refused', async () => {
    expect(await exchange(server.port, 'GET /healthz HTTP/1.0\r\n\r\n')).to.match(/^HTTP\/1\.1 403 /)
    expect(await exchange(server.port, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')).to.match(
      /^HTTP\/1\.1 40[03] /,
    )
  })

  it('has a target that no URL parser takes: there is nothing at it', async () => {
    for (const target of [
      '//[',
      '//',
      '*',
      'http://[::1',
      '/%',
      '/%zz',
      '/\u007F',
      '?',
      '/v1/invoke#',
      'http://evil.com/healthz',
    ]) {
      const answer = await exchange(server.port, `GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)
      expect(answer, target).to.match(/^HTTP\/1\.1 40[04] /)
    }
  })

  it('is half of a request that ends: it is closed', async () => {
    for (const bytes of [
      '',
      'GET',
      'GET /healthz HTTP/1.1\r\n',
      `POST /v1/invoke HTTP/1.1\r\n${host}Authorization: Bearer ${server.token}\r\nContent-Length: 10\r\n\r\n{"a`,
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.end(bytes))
        socket
          .on('error', () => {})
          .on('close', () => resolve())
          .resume()
      })
    }
  })

  it('is a connection that is reset in the middle: it is closed', async () => {
    for (let i = 0; i < 20; i++) {
      const {socket} = await hold(
        server.port,
        `POST /v1/invoke HTTP/1.1\r\n${host}Authorization: Bearer ${server.token}\r\nContent-Length: 10\r\n\r\n{"a`,
      )
      socket.on('error', () => {})
      socket.resetAndDestroy()
    }
  })

  it('is an upgrade: it is answered as the plain request it is', async () => {
    const answer = await exchange(
      server.port,
      `GET /v1/events HTTP/1.1\r\n${host}Connection: upgrade, close\r\nUpgrade: websocket\r\nAuthorization: Bearer wrong\r\n\r\n`,
    )
    expect(answer).to.match(/^HTTP\/1\.1 401 /)
  })

  it('expects what the server does not offer: it is refused', async () => {
    const answer = await exchange(
      server.port,
      `GET /healthz HTTP/1.1\r\n${host}Expect: nonsense\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).to.match(/^HTTP\/1\.1 (417|200) /)
  })

  describe('because its body is too long', () => {
    const head = (more: string) =>
      `POST /v1/invoke HTTP/1.1\r\n${host}Authorization: Bearer ${server.token}\r\n${more}\r\n\r\n`

    it('is refused as soon as the length is announced', async () => {
      const answer = await exchange(server.port, head(`Content-Length: ${MAX_INVOKE + 1}`))
      expect(answer)
        .to.match(/^HTTP\/1\.1 413 /)
        .and.match(/connection: close/i)
        .and.contain('"body-too-large"')
    })

    it('is refused when it would be millions of values', async () => {
      const values = (item: string) => `[${item.repeat(1_000_001)}1]`
      for (const body of [
        `{"method": "thread-api/list-db", "args": ${values('{},')}}`,
        `{"method": "thread-api/list-db", "x": "\\"", "args": ${values('1,')}}`,
        JSON.stringify({argsTransit: values('1,'), method: 'thread-api/list-db'}),
      ]) {
        const answer = await exchange(server.port, head(`Connection: close\r\nContent-Length: ${body.length}`), body)
        expect(answer)
          .to.match(/^HTTP\/1\.1 413 /)
          .and.contain('"body-too-large"')
      }
    })

    it('is refused when it nests a million levels', async () => {
      const body = `{"method": "thread-api/list-db", "args": ${'['.repeat(1_000_001)}`
      const answer = await exchange(server.port, head(`Connection: close\r\nContent-Length: ${body.length}`), body)
      expect(answer)
        .to.match(/^HTTP\/1\.1 400 /)
        .and.contain('nest')
    })

    it('is taken when the commas and brackets are in a text', async () => {
      const body = JSON.stringify({args: [], method: 'thread-api/list-db', x: ',[{"\\'.repeat(1_000_000)})
      const answer = await exchange(server.port, head(`Connection: close\r\nContent-Length: ${body.length}`), body)
      expect(answer).to.match(/^HTTP\/1\.1 200 /)
    })

    it('is refused as soon as too much has arrived', async () => {
      const piece = Buffer.alloc(1024 * 1024, 0x20)
      const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
      const answer = await exchange(
        server.port,
        head('Transfer-Encoding: chunked'),
        ...Array.from({length: 33}, () => chunk),
      )
      expect(answer)
        .to.match(/^HTTP\/1\.1 413 /)
        .and.contain('"body-too-large"')
    })

    it('is accepted at exactly the maximum length', async () => {
      const body = JSON.stringify({args: ['demo'], method: 'thread-api/db-exists'}).padEnd(MAX_INVOKE, ' ')
      const answer = await http(server.port, '/v1/invoke', {body, token: server.token})
      expect(answer).to.include({body: '{"ok":true,"result":true}', status: 200})
    })
  })

  it('comes many at a time: the server does not grow without end', async () => {
    const held = await Promise.all(Array.from({length: 200}, () => hold(server.port, 'GET /healthz HTTP/1.1\r\nX: ')))
    expect((await http(server.port, '/healthz')).status).to.equal(200)
    for (const {socket} of held) socket.on('error', () => {}).destroy()
  })
})
