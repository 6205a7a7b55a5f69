import {expect} from 'chai'

import {Connection} from '../../../../src/lib/lifecycle/inspect/connection.js'
import {closedPort, listen, type Listener, listenRaw} from '../../../support/fake-listener.js'

const signal = (ms = 5000) => AbortSignal.timeout(ms)
const failure = (asked: Promise<unknown>) =>
  asked.then(
    (answer) => `answered ${JSON.stringify(answer)}`,
    (error: Error) => error.message,
  )

describe('a connection to a daemon', () => {
  let listener: Pick<Listener, 'close' | 'port'> | undefined
  let connection: Connection | undefined

  afterEach(async () => {
    connection?.close()
    await listener?.close()
  })

  function connect(to: Pick<Listener, 'close' | 'port'>): Connection {
    listener = to
    connection = new Connection(to.port)
    return connection
  }

  it('sends the request as given, and reads the whole response', async () => {
    const server = await listen((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.writeHead(201).write('one, ')
        setImmediate(() => response.end(Buffer.concat(chunks)))
      })
    })
    const asked = connect(server).send({
      body: {ü: 1},
      headers: {'x-a': 'b'},
      method: 'POST',
      path: '/p?q',
      signal: signal(),
    })
    expect(await asked).to.deep.equal({body: 'one, {"ü":1}', status: 201})
    const [request] = server.requests
    expect(request).to.include({method: 'POST', url: '/p?q'})
    expect(request!.headers).to.include({
      'content-length': '8',
      'content-type': 'application/json',
      host: `127.0.0.1:${server.port}`,
      'x-a': 'b',
    })
  })

  const ANSWERS: [what: string, raw: string, body: string][] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length:  3 \r\n\r\nyes', 'yes'],
    ['a length of bytes, not characters', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nüü', 'üü'],
    ['no body', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ''],
    ['parts', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nye\r\n1\r\ns\r\n0\r\n\r\n', 'yes'],
    ['no length', 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nyes', 'yes'],
    ['an older protocol', 'HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nyes', 'yes'],
    ['a status without a body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    [
      'a word before the answer',
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes',
      'yes',
    ],
  ]
  for (const [what, raw, body] of ANSWERS) {
    for (const step of [1, 7, raw.length]) {
      it(`reads an answer with ${what}, in steps of ${step} bytes`, async () => {
        const server = await listenRaw((socket) => {
          const bytes = Buffer.from(raw)
          socket.once('data', () => {
            const write = (from: number) => {
              socket.write(bytes.subarray(from, from + step))
              if (from + step < bytes.length) setImmediate(write, from + step)
              else if (/close|1\.0/.test(raw)) socket.end()
            }

            write(0)
          })
        })
        expect((await connect(server).send({path: '/', signal: signal()})).body).to.equal(body)
      })
    }
  }

  it('refuses two lengths', async () => {
    const two = await listenRaw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nyes!'),
    )
    expect(await failure(connect(two).send({path: '/', signal: signal()}))).to.not.include('answered')
    await two.close()
  })

  it('asks a second question over the same socket', async () => {
    const server = await listen((_, response) => response.end('yes'))
    const to = connect(server)
    for (let i = 0; i < 3; i++) expect((await to.send({path: '/', signal: signal()})).body).to.equal('yes')
    expect(server.connections()).to.equal(1)
  })

  it('asks known and other questions in turns over the same socket', async () => {
    const seen: string[] = []
    const server = await listen((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.end(request.url)
    })
    const to = connect(server)
    for (const path of ['/a', '/b', '/c'])
      expect((await to.send({isKnown: true, path, signal: signal()})).body).to.equal(path)
    expect((await to.send({body: {}, method: 'POST', path: '/d', signal: signal()})).body).to.equal('/d')
    expect((await to.send({isKnown: true, path: '/e', signal: signal()})).body).to.equal('/e')
    expect(seen).to.deep.equal(['GET /a', 'GET /b', 'GET /c', 'POST /d', 'GET /e'])
    expect(server.connections()).to.equal(1)
  })

  it('opens no second connection when a known question is answered in another form', async () => {
    const server = await listen((request, response) => {
      if (request.url === '/b') response.write('in ') // so its length is not stated
      response.end(request.url)
    })
    const to = connect(server)
    expect((await to.send({path: '/a', signal: signal()})).body).to.equal('/a')
    for (let i = 0; i < 2; i++)
      expect(await failure(to.send({isKnown: true, path: '/b', signal: signal()}))).to.equal(
        'the connection was closed',
      )
    expect(server.connections()).to.equal(1)
  })

  it('asks no second question of a listener that has closed the first connection', async () => {
    const server = await listen((_, response) => {
      response.setHeader('connection', 'close')
      response.end('yes')
    })
    const to = connect(server)
    expect((await to.send({path: '/', signal: signal()})).body).to.equal('yes')
    expect(await failure(to.send({path: '/', signal: signal()}))).to.equal('the connection was closed')
    expect(await failure(to.send({path: '/', signal: signal()}))).to.equal('the connection was closed')
    expect(server.connections()).to.equal(1)
  })

  it('sends no second request to the program that has the port now', async () => {
    const first = await listen((_, response) => response.end('yes'))
    const to = connect(first)
    expect((await to.send({path: '/', signal: signal()})).body).to.equal('yes')
    await first.close()
    const failed = await failure(to.send({path: '/', signal: signal()}))
    expect(failed).to.match(/the connection was closed|socket hang up|ECONNRESET/)
    expect(first.connections()).to.equal(1)
  })

  it('asks two questions at once over one socket, or fails', async () => {
    const server = await listen((_, response) => response.end('yes'))
    const to = connect(server)
    const answers = await Promise.all(['/a', '/b'].map((path) => failure(to.send({path, signal: signal()}))))
    expect(answers[0]).to.include('yes')
    expect(server.connections()).to.equal(1)
  })

  it('does not read on for ever', async () => {
    const server = await listen((_, response) => {
      const write = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', write)
      }

      write()
    })
    expect(await failure(connect(server).send({path: '/', signal: signal(20_000)}))).to.equal(
      'the response exceeds 1048576 bytes',
    )
    expect(
      await failure(
        connect(await listen((_, response) => response.end('12345'))).send({maxBytes: 4, path: '/', signal: signal()}),
      ),
    ).to.equal('the response exceeds 4 bytes')
    await server.close()
  })

  const STALLED: [what: string, make: () => Promise<Pick<Listener, 'close' | 'port'>>][] = [
    ['says nothing', () => listenRaw(() => {})],
    ['stops within the head', () => listenRaw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-le'))],
    [
      'stops within the body',
      () => listenRaw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')),
    ],
  ]
  for (const [what, make] of STALLED) {
    it(`does not wait longer than its signal for a listener that ${what}`, async () => {
      const began = performance.now()
      expect(await failure(connect(await make()).send({path: '/', signal: signal(200)}))).not.to.include('answered')
      expect(performance.now() - began).to.be.within(150, 10_000)
    })
  }

  it('fails with the network’s error', async () => {
    connection = new Connection(await closedPort())
    expect(await failure(connection.send({path: '/', signal: signal()}))).to.include('ECONNREFUSED')
    const cut = connect(await listenRaw((socket) => socket.destroy()))
    expect(await failure(cut.send({path: '/', signal: signal()}))).to.match(/hang up|ECONNRESET/)
  })
})
