import {createHash, createHmac} from 'node:crypto'
import {expect} from 'chai'

import {evaluate, needsRoot, NOBODY} from '../../support/fake-user.js'
import {exchange} from '../../support/raw.js'
import {http, type HttpAnswer} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'
import {serve, type Served} from '../../support/workers.js'

describe('the HTTP contract of the server', function () {
  this.timeout(180_000)
  const sandbox = useSandbox('suite')
  let server: Served

  before(async () => {
    server = await serve(sandbox, {LOGSEQ_DB_WORKER_AUTH: 'token'})
  })

  const get = (path: string, headers: Record<string, string> = {}) => http(server.port, path, {headers})

  function invoke(body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return http(server.port, '/v1/invoke', {body, headers, token: server.token})
  }

  function expectError(answer: HttpAnswer, status: number, code: string): void {
    expect(answer.status, answer.body).to.equal(status)
    expect(answer.headers['content-type']).to.equal('application/json')
    expect(Object.keys(answer.json)).to.deep.equal(['ok', 'error'])
    expect(answer.json.ok).to.equal(false)
    expect(answer.json.error.code).to.equal(code)
    expect(answer.json.error.message).to.be.a('string').and.not.equal('')
  }

  it('/healthz is open, and has for programs of its user what Logseq’s clients look for', async () => {
    const answer = await get('/healthz?now')
    expect(answer.status).to.equal(200)
    expect(answer.json).to.deep.equal({
      repo: 'logseq_db_demo',
      host: '127.0.0.1',
      port: server.port,
      pid: server.pid,
      'owner-source': 'cli',
      'root-dir': sandbox.dir,
      revision: sandbox.record()!['revision'],
      status: 'ready',
    })
    expect((await http(server.port, '/healthz', {method: 'HEAD'})).status).to.equal(200)
  })

  it('/healthz shows pages nothing but its status', async () => {
    const signs: [string, string][] = [
      ['origin', 'https://example.com'],
      ['sec-fetch-site', 'cross-site'],
      ['user-agent', 'Mozilla/5.0'],
    ]
    for (const [name, value] of signs)
      expect((await get('/healthz', {[name]: value})).body, name).to.equal('{"status":"ready"}')
  })

  it('/healthz shows another user nothing but its status', function () {
    needsRoot(this)
    const url = `http://127.0.0.1:${server.port}/healthz`
    const ask = `fetch(${JSON.stringify(url)}).then((answer) => answer.json())`
    expect(evaluate([], ask, NOBODY)).to.deep.equal({status: 'ready'})
    expect(evaluate([], ask)).to.include({pid: server.pid, status: 'ready'})
  })

  it('/healthz proves itself to a challenge', async () => {
    const lockId = sandbox.record()!['lock-id'] as string
    for (const challenge of ['abc', 'x'.repeat(256), '0']) {
      const hmac = (message: string) => createHmac('sha256', server.token).update(message).digest('hex')
      const graphId = createHash('sha256').update(sandbox.graphDir()).digest('hex')
      expect((await get('/healthz', {'x-challenge': challenge})).json).to.deep.equal({
        'graph-proof': hmac(`${challenge}\0${lockId}\0${graphId}`),
        proof: hmac(`${challenge}\0${lockId}`),
        'request-ids': true,
        status: 'ready',
      })
    }

    expectError(await get('/healthz', {'x-challenge': 'x'.repeat(257)}), 400, 'bad-request')
  })

  it('/healthz shows who uses the server to a client that has proven that it knows the token, and to no other', async () => {
    const lockId = sandbox.record()!['lock-id'] as string
    const hmac = (message: string, key = server.token) => createHmac('sha256', key).update(message).digest('hex')
    const graphId = createHash('sha256').update(sandbox.graphDir()).digest('hex')
    const right = hmac(`abc\0${lockId}\0client`)
    const {use, ...others} = (await get('/healthz', {'x-challenge': 'abc', 'x-client-proof': right})).json
    expect(use).to.have.keys('clients', 'memory')
    expect((use as {clients: object}).clients).to.deep.include({'event-streams': 0, leases: 0})
    expect(others).to.deep.equal((await get('/healthz', {'x-challenge': 'abc'})).json)
    const wrong = [
      hmac(`abd\0${lockId}\0client`), // of another challenge
      hmac(`abc\0${lockId}`), // the server's own proofs, sent back
      hmac(`abc\0${lockId}\0${graphId}`),
      hmac(`abc\0${lockId}\0client`, 'another token'),
      right.slice(1),
      `${right}0`,
      right.toUpperCase(),
      '',
      'x'.repeat(5000),
    ]
    for (const proof of wrong) {
      const {json, status} = await get('/healthz', {'x-challenge': 'abc', 'x-client-proof': proof})
      expect([status, json], proof).to.deep.equal([200, others])
    }

    expect((await get('/healthz', {'x-client-proof': right})).json).to.not.have.property('use')
  })

  it('/ is a page for a person: what this is, and nothing private, no script, no frame', async () => {
    const senders: Record<string, string>[] = [{}, {'user-agent': 'Mozilla/5.0'}, {origin: 'https://example.com'}]
    for (const headers of senders) {
      const {body, headers: sent, status} = await get('/', headers)
      expect(status).to.equal(200)
      expect(sent['content-type']).to.equal('text/html; charset=utf-8')
      expect(sent['access-control-allow-origin']).to.equal(undefined)
      expect(sent['content-security-policy'])
        .to.match(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /)
        .and.contain("frame-ancestors 'none'")
      expect(body)
        .to.contain('<bdi>demo</bdi>')
        .and.contain(sandbox.record()!['revision'])
        .and.contain('server stop --repo demo')
      for (const secret of [
        server.token,
        sandbox.dir,
        sandbox.record()!['lock-id'],
        String(server.pid),
        '<script',
        'http://',
      ])
        expect(body).not.to.contain(secret)
      const [, style] = /<style>(.*)<\/style>/s.exec(body)!
      const hash = createHash('sha256').update(style!).digest('base64')
      expect(sent['content-security-policy']).to.contain(`'sha256-${hash}'`)
    }

    expect(await http(server.port, '/', {method: 'HEAD'})).to.include({body: '', status: 200})
  })

  it('/ does not name the graph to another user', function () {
    needsRoot(this)
    const url = `http://127.0.0.1:${server.port}/`
    const ask = `fetch(${JSON.stringify(url)}).then((answer) => answer.text())`
    expect(evaluate([], ask, NOBODY))
      .to.contain('logseq server')
      .and.not.contain('demo')
    expect(evaluate([], ask)).to.contain('demo')
  })

  it('/readyz is open, and says ok', async () => {
    const answer = await get('/readyz?at=once')
    expect(answer).to.include({body: 'ok', status: 200})
    expect(answer.headers['content-type']).to.equal('text/plain')
  })

  it('asks for the token, and takes no other', async () => {
    const {port, token} = server
    const wrong = [undefined, '', 'wrong', `${token}x`, token.slice(1), token.toUpperCase()]
    for (const path of ['/v1/invoke', '/v1/shutdown']) {
      for (const given of wrong) {
        const headers: Record<string, string> = given === undefined ? {} : {authorization: `Bearer ${given}`}
        expectError(await http(port, path, {body: {}, headers}), 401, 'unauthorized')
      }

      expectError(await http(port, path, {body: {}, headers: {authorization: `Basic ${token}`}}), 401, 'unauthorized')
      expectError(await http(port, path, {body: {}, headers: {authorization: token}}), 401, 'unauthorized')
      expectError(await http(port, `${path}?access_token=${token}`, {body: {}}), 401, 'unauthorized')
    }

    expectError(await get('/v1/events'), 401, 'unauthorized')
    expectError(await get('/v1/events?access_token=wrong'), 401, 'unauthorized')
  })

  it('takes the token behind any spelling of Bearer', async () => {
    const {port, token} = server
    const body = {args: [], method: 'thread-api/list-db'}
    for (const scheme of ['Bearer ', 'bearer ', 'BEARER  '])
      expect((await http(port, '/v1/invoke', {body, headers: {authorization: `${scheme}${token}`}})).status).to.equal(
        200,
      )
  })

  it('refuses a request that was meant for another host', async () => {
    const {port, token} = server
    for (const host of [
      'evil.com',
      `evil.com:${port}`,
      '127.0.0.1',
      'localhost',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1.evil.com:${port}`,
    ]) {
      for (const path of ['/', '/healthz', '/readyz', '/v1/invoke', '/v1/status', '/nothing']) {
        expectError(await http(port, path, {headers: {host}, token}), 403, 'forbidden-host')
      }
    }

    const [mine, evil] = [`Host: 127.0.0.1:${port}`, 'Host: evil.com']
    for (const hosts of [
      [mine, evil],
      [evil, mine],
      [mine, mine],
    ]) {
      const answered = await exchange(
        port,
        `GET /healthz HTTP/1.1\r\n${hosts.join('\r\n')}\r\nConnection: close\r\n\r\n`,
      )
      expect(answered).to.match(/^HTTP\/1.1 403 [^]*forbidden-host/)
    }

    expect((await get('/healthz', {host: `localhost:${port}`})).status).to.equal(200)
    expect((await get('/healthz', {host: `127.0.0.1:${port}`})).status).to.equal(200)
  })

  it('serves its paths, each with its methods', async () => {
    const {port, token} = server
    for (const path of [
      '//',
      '/nothing',
      '/healthz/',
      '/v1',
      '/v1/invoke/',
      '/V1/invoke',
      '/constructor',
      '/__proto__',
    ]) {
      expectError(await http(port, path, {token}), 404, 'not-found')
    }

    const allowed = {
      '/healthz': 'GET, HEAD',
      '/readyz': 'GET, HEAD',
      '/': 'GET, HEAD',
      '/v1/status': 'GET, HEAD',
      '/v1/events': 'GET',
      '/v1/invoke': 'POST',
      '/v1/shutdown': 'POST',
    }
    for (const [path, allow] of Object.entries(allowed)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
        (name) => !allow.split(', ').includes(name),
      )) {
        const answer = await http(port, path, {method, token})
        expectError(answer, 405, 'method-not-allowed')
        expect(answer.headers['allow']).to.equal(allow)
      }
    }
  })

  it('lets the configured origin, and no other, read its answers', async () => {
    const {port, token} = server
    const cors = ({headers}: HttpAnswer) => Object.keys(headers).filter((name) => name.startsWith('access-control-'))
    const mine = 'lsp://logseq.com'
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await http(port, '/healthz', {headers: {origin: mine}, method})
      expect(answer.headers['access-control-allow-origin']).to.equal(mine)
      expect(answer.headers['vary']).to.equal('origin')
    }

    const preflight = await http(port, '/v1/invoke', {
      headers: {
        'access-control-request-headers': 'authorization',
        'access-control-request-method': 'POST',
        origin: mine,
      },
      method: 'OPTIONS',
    })
    expect(preflight).to.include({body: '', status: 204})
    expect(preflight.headers).to.include({
      'access-control-allow-headers': 'Authorization, Content-Type, X-Challenge',
      'access-control-allow-methods': 'GET, POST, OPTIONS',
    })
    expect(
      (await invoke({method: 'thread-api/list-db'}, {origin: mine})).headers['access-control-allow-origin'],
    ).to.equal(mine)
    expect(
      (await http(port, '/v1/invoke', {body: {}, headers: {origin: mine}})).headers['access-control-allow-origin'],
    ).to.equal(mine)

    for (const origin of [
      'https://evil.com',
      'null',
      'lsp://logseq.com.evil.com',
      'LSP://logseq.com',
      'http://localhost',
    ]) {
      expect(cors(await http(port, '/v1/invoke', {headers: {origin}, method: 'OPTIONS', token})), origin).to.deep.equal(
        [],
      )
      expect(cors(await invoke({method: 'thread-api/list-db'}, {origin})), origin).to.deep.equal([])
    }
  })

  it('refuses what is not a request of the documented form', async () => {
    for (const body of ['{', '', 'nonsense', '[]', 'null', '1', '"text"', '{"method": 1}', '{}', '\uFEFF{}']) {
      expectError(await invoke(body), 400, 'bad-request')
    }

    for (const args of [{}, 1, 'demo', null, {length: 1}]) {
      const answer = await invoke({args, method: 'thread-api/list-db'})
      if (args === null) expect(answer.status).to.equal(200)
      else expectError(answer, 400, 'bad-request')
    }

    for (const argsTransit of ['{', '', '"demo"', '1', '["^ ","~:a",1]', '["~#unknown"']) {
      expectError(await invoke({argsTransit, method: 'thread-api/list-db'}), 400, 'bad-request')
    }
  })

  it('takes a body of any content type and encoding of its parts', async () => {
    const body = Buffer.from(JSON.stringify({args: ['dé'], method: 'thread-api/db-exists'}))
    expectError(await invoke(body.toString(), {'content-type': 'text/plain'}), 409, 'repo-mismatch')
  })

  it('refuses a shutdown without a requester, or of the wrong owner', async () => {
    const shutdown = (body: unknown) => http(server.port, '/v1/shutdown', {body, token: server.token})
    for (const body of [{}, {'owner-source': 'unknown'}, {'owner-source': 'root'}, {'owner-source': ['cli']}]) {
      expectError(await shutdown(body), 400, 'bad-request')
    }

    const answer = await shutdown({'owner-source': 'electron'})
    expectError(answer, 403, 'server-owned-by-other')
    expect(answer.json.error).to.include({'owner-source': 'cli', 'requester-owner-source': 'electron'})
    expectError(await shutdown('x'.repeat(4097)), 413, 'body-too-large')
  })

  it('has its token in no response', async () => {
    const answers = [
      await get('/healthz'),
      await invoke('{'),
      await get('/nothing'),
      await invoke({method: 'nonsense'}),
    ]
    for (const {body, headers} of answers) expect(body + JSON.stringify(headers)).not.to.contain(server.token)
  })
})

describe('the server’s configured origin', () => {
  const sandbox = useSandbox()

  it('takes the place of the default one', async () => {
    const {port} = await serve(sandbox, {LOGSEQ_DB_WORKER_ORIGIN: 'https://notes.example'})
    const allowed = async (origin: string) =>
      (await http(port, '/healthz', {headers: {origin}})).headers['access-control-allow-origin']
    expect(await allowed('https://notes.example')).to.equal('https://notes.example')
    expect(await allowed('lsp://logseq.com')).to.equal(undefined)
  })
})
