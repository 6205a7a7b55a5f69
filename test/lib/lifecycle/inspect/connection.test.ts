import {once} from 'node:events'

import type {Socket} from 'node:net'
import {setImmediate as turn} from 'node:timers/promises'
import {expect} from 'chai'

import {Connection} from '../../../../src/lib/lifecycle/inspect/connection.js'
import {type HttpRequest, isBroken, isClosed, isTooLarge} from '../../../../src/lib/lifecycle/inspect/exchange.js'
import {closedPort, listen, type Listener, listenRaw} from '../../../support/fake-listener.js'
import {until} from '../../../support/processes.js'

const signal = (ms = 5000) => AbortSignal.timeout(ms)
const caught = (asked: Promise<unknown>) =>
  asked.then(
    (answer) => `answered ${JSON.stringify(answer)}`,
    (error: unknown) => error,
  )

const failure = async (asked: Promise<unknown>) => {
  const result = await caught(asked)
  return result instanceof Error ? result.message : result
}

describe('a connection to a server', () => {
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

  it('sends requests of any kind over the same socket, and reads responses of any form', async () => {
    const seen: string[] = []
    const server = await listen((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      if (request.url === '/b' || request.url === '/d') response.write('in ') // so its length is not stated
      response.end(request.url)
    })
    const to = connect(server)
    expect((await to.send({path: '/a', signal: signal()})).body).to.equal('/a')
    expect((await to.send({path: '/b', signal: signal()})).body).to.equal('in /b')
    for (const path of ['/c', '/d'])
      expect((await to.send({body: {}, method: 'POST', path, signal: signal()})).body).to.include(path)
    expect((await to.send({path: '/e', signal: signal()})).body).to.equal('/e')
    expect(seen).to.deep.equal(['GET /a', 'GET /b', 'POST /c', 'POST /d', 'GET /e'])
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

  /** Listener that answers each request with these bytes, and counts connections and requests. */
  async function answerRaw(raw: string, {ends = false} = {}) {
    const seen = {connections: 0, requests: 0, sockets: [] as Socket[]}
    const server = await listenRaw((socket) => {
      seen.connections++
      seen.sockets.push(socket)
      socket.on('data', (bytes: Buffer) => {
        seen.requests += bytes.toString().split(' HTTP/1.1\r\n').length - 1
        socket.write(raw)
        if (ends) socket.end()
      })
    })
    return {...server, seen}
  }

  const YES = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes'
  const CUT: [what: string, raw: string, ends: boolean, check: (error: unknown) => boolean][] = [
    ['is not HTTP', 'hello\r\n', false, (error) => !isBroken(error) && !isClosed(error)],
    ['is missing', '', true, isBroken],
    ['ends within its head', 'HTTP/1.1 200 OK\r\ncontent-le', true, isBroken],
    ['ends within its body', YES.slice(0, -1), true, isBroken],
    ['ends within a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nye', true, isBroken],
    ['ends before the last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\ny\r\n', true, isBroken],
    ['has two lengths', YES.replace('\r\n\r\n', '\r\ncontent-length: 3\r\n\r\n'), false, (error) => !isBroken(error)],
    [
      'has a broken chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n',
      false,
      (error) => !isBroken(error),
    ],
  ]
  for (const [what, raw, ends, check] of CUT) {
    for (const method of ['GET', 'POST'] as const) {
      it(`sends a ${method} once, and fails, when the response ${what}`, async () => {
        const server = await answerRaw(raw, {ends})
        const to = connect(server)
        const error: unknown = await to
          .send({body: {}, method, path: '/', signal: signal()})
          .catch((error_: unknown) => error_)
        expect(error).to.be.an('error')
        expect(check(error), String(error)).to.equal(true)
        const next: unknown = await caught(to.send({path: '/', signal: signal()}))
        expect(isClosed(next), String(next)).to.equal(true)
        expect(server.seen).to.include({connections: 1, requests: 1})
      })
    }
  }

  it('reads a response that is followed by another, and sends no second request', async () => {
    for (const more of [YES, 'x', '\r\n']) {
      const server = await answerRaw(YES + more)
      const to = connect(server)
      expect(await to.send({path: '/', signal: signal()})).to.deep.equal({body: 'yes', status: 200})
      const next: unknown = await caught(to.send({path: '/', signal: signal()}))
      expect(isClosed(next), String(next)).to.equal(true)
      expect(server.seen).to.include({connections: 1, requests: 1})
      await server.close()
    }
  })

  it('sends no second request after bytes that answer nothing', async () => {
    const server = await answerRaw(YES)
    const to = connect(server)
    expect((await to.send({path: '/', signal: signal()})).body).to.equal('yes')
    const [socket] = server.seen.sockets
    socket!.write(YES)
    await once(socket!, 'close') // this side has closed it
    expect(await failure(to.send({path: '/', signal: signal()}))).to.equal('the connection was closed')
    expect(server.seen).to.include({connections: 1, requests: 1})
  })

  it('sends no second request to a server that closes the idle connection', async () => {
    const server = await answerRaw(YES)
    const to = connect(server)
    expect((await to.send({path: '/', signal: signal()})).body).to.equal('yes')
    const [socket] = server.seen.sockets
    socket!.end()
    await once(socket!, 'close')
    await turn()
    expect(await failure(to.send({path: '/', signal: signal()}))).to.equal('the connection was closed')
    expect(server.seen.requests).to.equal(1)
  })

  it('reads a response that comes before the request was read, and sends no second request', async () => {
    let requests = 0
    const server = await listenRaw((socket) => {
      socket.once('data', () => {
        requests++
        socket.pause()
        socket.write(YES)
      })
    })
    const to = connect(server)
    const body = 'x'.repeat(32 * 1024 * 1024)
    expect(await to.send({body, method: 'POST', path: '/', signal: signal(20_000)})).to.include({body: 'yes'})
    expect(await failure(to.send({path: '/', signal: signal()}))).to.equal('the connection was closed')
    expect(requests).to.equal(1)
  })

  it('sends no request that has a line end in its head', async () => {
    const server = await listen((_, response) => response.end('yes'))
    const to = connect(server)
    const evil = 'a\r\nx-evil: 1'
    const heads: Pick<HttpRequest, 'headers' | 'path'>[] = [
      {path: `/${evil}`},
      {headers: {a: evil}, path: '/'},
      {headers: {[evil]: 'a'}, path: '/'},
    ]
    for (const request of heads)
      expect(await failure(to.send({...request, signal: signal()}))).to.include('not printable ASCII')
    expect((await to.send({path: '/', signal: signal()})).body).to.equal('yes')
    expect(server.requests).to.have.length(1)
  })

  it('passes on the parts of a success alone, and reads no more than their receiver takes', async () => {
    let sent = 0
    const server = await listen((request, response) => {
      response.statusCode = request.url === '/fails' ? 400 : 200
      const write = () => {
        while (sent < 64 * 1024 * 1024) {
          sent += 65_536
          if (!response.write('x'.repeat(65_536))) return response.once('drain', write)
        }

        response.end()
      }

      if (request.url === '/fails') response.end('no')
      else write()
    })
    const to = connect(server)
    let size = 0
    let release: () => void = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const onPart = async (part: Uint8Array) => {
      size += part.length
      await released
    }

    const maxBytes = 64 * 1024 * 1024
    expect(await to.send({onPart, path: '/fails', signal: signal()})).to.deep.equal({body: 'no', status: 400})
    expect(size).to.equal(0)
    const asked = to.send({maxBytes, onPart, path: '/', signal: signal(30_000)})
    await until(() => size > 0, 20_000, 'a first part')
    let before = -1
    await until(
      () => {
        const isSteady = sent === before
        before = sent
        return isSteady
      },
      20_000,
      'full buffers',
    )
    expect(sent).to.be.below(32 * 1024 * 1024) // what the buffers of the kernel take
    release()
    expect(await asked).to.deep.equal({body: '', status: 200})
    expect(size).to.equal(maxBytes)
  })

  it('fails with what the receiver of the parts throws, and closes the connection', async () => {
    const server = await listen((_, response) => response.write('part'))
    const own = new Error('EPIPE of its own')
    const to = connect(server)
    const onPart = () => {
      throw own
    }

    expect(await caught(to.send({onPart, path: '/', signal: signal()}))).to.equal(own)
    expect(await failure(to.send({path: '/', signal: signal()}))).to.equal('the connection was closed')
  })

  it('fails with the reason of its signal, before the request, the head, the body and the end', async () => {
    const reason = new Error('enough')
    for (const [raw, requests] of [
      [undefined, 0],
      ['', 1],
      ['HTTP/1.1 200 OK\r\ncontent-le', 1],
      ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', 1],
      [YES.replace('3', '9'), 1],
    ] as const) {
      const server = await answerRaw(raw ?? YES)
      const to = connect(server)
      const ending = new AbortController()
      if (raw === undefined) ending.abort(reason)
      const asked = caught(to.send({path: '/', signal: ending.signal}))
      if (raw !== undefined) await until(() => server.seen.requests === 1, 20_000, 'the request')
      ending.abort(reason)
      expect(await asked).to.equal(reason)
      expect(server.seen.requests).to.equal(requests)
      await server.close()
    }
  })

  it('leaves an endless body to the caller, until the caller closes it', async () => {
    const server = await answerRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nyes\r\n')
    const to = connect(server)
    const {body, status} = await to.open({path: '/', signal: signal()})
    expect(status).to.equal(200)
    const closed = once(server.seen.sockets[0]!, 'close')
    const parts = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    expect(String((await parts.next()).value)).to.equal('yes')
    await parts.return!()
    await closed
  })

  it('keeps what it has received while another connection receives', async () => {
    const bodies = ['a', 'b'].map((letter) => letter.repeat(30_000))
    const servers = await Promise.all(bodies.map((body) => listen((_, response) => response.end(body))))
    const connections = servers.map(({port}) => new Connection(port))
    try {
      const opened = []
      for (const to of connections) {
        const {body} = await to.open({path: '/', signal: signal()})
        await until(() => body.readableLength === 30_000, 5000, 'the whole body')
        opened.push(body)
      }

      const read = await Promise.all(opened.map(async (body) => Buffer.concat(await body.toArray()).toString()))
      expect(read).to.deep.equal(bodies)
    } finally {
      for (const to of connections) to.close()
      for (const server of servers) await server.close()
    }
  })

  it('reports the end of a stream when it is read, and not before', async () => {
    const server = await answerRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nyes\r\n')
    const to = connect(server)
    const {body} = await to.open({path: '/', signal: signal()})
    server.seen.sockets[0]!.destroy()
    await new Promise((resolve) => body.once('close', resolve))
    const read = async () => {
      for await (const part of body) expect(part).to.be.instanceOf(Buffer)
    }

    expect(isBroken(await caught(read()))).to.equal(true)
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
    const short = connect(await listen((_, response) => response.end('12345')))
    const error: unknown = await caught(short.send({maxBytes: 4, path: '/', signal: signal()}))
    expect(error).to.have.property('message', 'the response exceeds 4 bytes')
    expect(isTooLarge(error)).to.equal(true)
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
