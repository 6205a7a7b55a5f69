import type {RequestListener, ServerResponse} from 'node:http'
import type {Socket} from 'node:net'
import {setImmediate as nextTurn} from 'node:timers/promises'
import {expect} from 'chai'

import {
  type Client,
  ClientError,
  type ClientOptions,
  createClient,
  type ServerAddress,
  type StreamState,
} from '../../src/browser/index.js'
import {proofOf} from '../../src/lib/lock/proof.js'
import {listen, type Listener} from '../support/fake-listener.js'
import {until} from '../support/processes.js'
import {withShortWaits} from '../support/short-waits.js'

describe('the client of a page', () => {
  it('stays closed once it is closed, although another server is announced then', async () => {
    const states: StreamState[] = []
    const asked: string[] = []
    const fetch = (url: unknown) => {
      asked.push(String(url))
      return new Promise<never>(() => {})
    }

    const runtime = {authToken: 't', baseUrl: 'http://127.0.0.1:1', lockId: 'l'}
    const client = createClient({fetch, onState: (state) => states.push(state), runtime})
    client.close()
    client.use({...runtime, baseUrl: 'http://127.0.0.1:2'})
    await nextTurn()
    expect(asked).to.deep.equal(['http://127.0.0.1:1/healthz'])
    expect(client.state).to.equal('closed')
    expect(states).to.deep.equal(['connecting', 'closed'])
  })
})

describe('the client of a page, under attack', () => {
  const secret = {authToken: 'the-secret', graphId: 'g', lockId: 'l'}
  const clients: Client[] = []
  let listener: Listener
  let runtime: ServerAddress
  /** How calls and streams are answered; the proof is always right. */
  let answer: RequestListener
  /** Receives each request for a proof first, and may break its connection. */
  let onProof: (socket: Socket) => void

  beforeEach(async () => {
    answer = (_, response) => response.writeHead(200, {'content-type': 'text/event-stream'}).write('\n')
    onProof = () => {}
    listener = await listen((request, response) => {
      if (request.url !== '/healthz') {
        answer(request, response)
        return
      }

      onProof(request.socket)
      const proof = proofOf(secret.authToken, secret.lockId, String(request.headers['x-challenge']), secret.graphId)
      response.end(JSON.stringify({'graph-proof': proof, 'request-ids': true}))
    })
    runtime = {...secret, baseUrl: `http://127.0.0.1:${listener.port}`}
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await listener.close()
  })

  function connect(options: ClientOptions = {}): Client {
    const client = createClient(options.address ? options : {runtime, ...options})
    clients.push(client)
    return client
  }

  async function failure(promise: Promise<unknown>): Promise<ClientError> {
    const thrown = await promise.then(
      (value) => `it returned ${JSON.stringify(value)}`,
      (error: unknown) => error,
    )
    if (thrown instanceof ClientError) return thrown
    throw thrown instanceof Error ? thrown : new Error(String(thrown))
  }

  const sent = () => listener.requests.filter(({url}) => url === '/v1/invoke').length

  for (const [what, status, body] of [
    ['HTML', 200, '<!doctype html><title>Sign in</title>'],
    ['HTML of a failure', 502, '<!doctype html><title>Bad gateway</title>'],
    ['nothing', 200, ''],
    ['null', 200, 'null'],
    ['a list', 200, '[true]'],
    ['an error that is a text', 500, '{"ok":false,"error":"no"}'],
    ['an error without a code', 500, '{"ok":false,"error":{"code":7,"message":{}}}'],
    ['an ok that is a text', 200, '{"ok":"yes","result":1}'],
    ['no result in transit', 200, '{"ok":true}'],
  ] as const) {
    it(`is answered with ${what}: it says so, once`, async () => {
      answer = (_, response) => response.writeHead(status).end(body)
      const error = await failure(connect().invokeTransit('thread-api/db-exists', '["demo"]'))
      expect(error).to.include({code: 'exception', status})
      expect(error.message).to.contain(`status ${status}`)
      expect(sent()).to.equal(1)
    })
  }

  it('has a stream that listeners cannot end, whatever they throw', async () => {
    const reported: unknown[] = []
    const report = console.error
    console.error = (error) => reported.push(error)
    try {
      answer = (_, response) =>
        response
          .writeHead(200, {'content-type': 'text/event-stream'})
          .write('data: {"type":"a","payload":"1"}\n\ndata: {"type":"a","payload":"2"}\n\n')
      const fail = (what: string) => () => {
        throw new Error(what)
      }

      const client = connect({
        onEvent: async () => fail('event')(),
        onRead: fail('read'),
        onState: fail('state'),
      })
      await until(() => reported.filter((error) => String(error).includes('event')).length === 2, 5000, 'two events')
      expect(client.state).to.equal('open')
      expect(listener.requests.filter(({url}) => url === '/v1/events')).to.have.length(1)
      for (const open of clients.splice(0)) open.close()
      expect(reported.map(String)).to.include.members(['Error: read', 'Error: state', 'Error: event'])
    } finally {
      console.error = report
    }
  })

  it('waits longer each time for a stream that ends at once', async () => {
    answer = (_, response) => response.writeHead(200, {'content-type': 'text/event-stream'}).end('\n')
    const opened: number[] = []
    connect({onRead: () => opened.push(performance.now())})
    await until(() => opened.length === 4, 20_000, 'four streams')
    const waits = opened.slice(1).map((at, i) => at - opened[i]!)
    expect(waits[1]).to.be.greaterThan(450)
    expect(waits[2]).to.be.greaterThan(900)
  })

  it('reads events in whatever parts they come', async () => {
    const text = 'data: {"type":"a","payload":"😀 é"}\n\n'
    answer = (_, response) => {
      response.writeHead(200, {'content-type': 'text/event-stream'})
      const bytes = Buffer.from(`\n${text}data: {"type":"b","payload":"2"}\n\n`)
      let at = 0
      const next = () => {
        if (at < bytes.length) response.write(bytes.subarray(at, ++at), () => setImmediate(next))
      }

      next()
    }

    const events: object[] = []
    connect({onEvent: (event) => events.push(event)})
    await until(() => events.length === 2, 10_000, 'two events')
    expect(events).to.deep.equal([
      {payload: '😀 é', type: 'a'},
      {payload: '2', type: 'b'},
    ])
  })

  for (const method of ['q', 'transact'])
    it(`asks the app again for ${method} when the server that it had named has ended`, async () => {
      answer = (request, response) => {
        if (request.url === '/v1/events') response.end()
        else response.end('{"ok":true,"result":7}')
      }

      let asked = 0
      const gone = {...runtime, baseUrl: 'http://127.0.0.1:1'}
      const address = () => (++asked <= 2 ? gone : runtime) // the stream and the call ask once each before either fails
      expect(await connect({address}).invoke(`thread-api/${method}`, [[]])).to.equal(7)
      expect(sent()).to.equal(1)
    })

  it('asks for the proof again when its connection breaks, and not for ever', async () => {
    answer = (request, response) => {
      if (request.url === '/v1/events') response.end()
      else response.end('{"ok":true,"result":7}')
    }

    let breaks = 2
    onProof = (socket) => {
      if (breaks-- > 0) socket.resetAndDestroy()
    }

    const address = () => runtime
    expect(await connect({address}).invoke('thread-api/transact', [[]])).to.equal(7)
    breaks = Infinity
    const proofs = () => listener.requests.filter(({url}) => url === '/healthz').length
    for (const open of clients.splice(0)) open.close()
    await nextTurn()
    const before = proofs()
    const error = await failure(connect({address}).invoke('thread-api/transact', [[]]))
    expect(error.code).to.equal('server-unreachable')
    expect(proofs() - before).to.be.within(3, 24) // the stream asks, too
    expect(sent()).to.equal(1)
  })

  for (const [what, method, queryTimeoutMs, begin] of [
    ['no answer', 'thread-api/db-exists', undefined, () => {}],
    [
      'the start of an answer',
      'thread-api/transact',
      5000,
      (response: ServerResponse) => response.writeHead(200).write('{"ok":'),
    ],
  ] as const) {
    it(`gets ${what} from a frozen server: says so once the time of the call is up, and asks for a proof again`, async () => {
      answer = (request, response) => {
        if (request.url === '/v1/events') response.writeHead(200, {'content-type': 'text/event-stream'}).write('\n')
        else begin(response)
      }

      const states: StreamState[] = []
      const client = connect({onState: (state) => states.push(state)})
      await until(() => client.state === 'open', 5000, 'the stream')
      const before = states.length
      const options = queryTimeoutMs === undefined ? {} : {queryTimeoutMs}
      const error = await withShortWaits(() => failure(client.invoke(method, [[]], options)))
      expect(error).to.include({code: 'server-unresponsive', status: 0})
      expect(error.message).to.contain(`did not respond in ${queryTimeoutMs === undefined ? 40 : 15} s`)
      expect(error.message.includes('may have been executed')).to.equal(method === 'thread-api/transact')
      expect(sent()).to.equal(1)
      expect(states[before]).to.equal('connecting') // a window shows that the server does not answer
    })
  }

  it('sends the time that a call may take', async () => {
    const bodies: string[] = []
    answer = (request, response) => {
      if (request.url === '/v1/events') {
        response.end()
        return
      }

      request.setEncoding('utf8')
      request.on('data', (text: string) => bodies.push(text))
      request.on('end', () => response.end('{"ok":true,"result":null,"resultTransit":"[]"}'))
    }

    const client = connect()
    await client.invoke('thread-api/db-exists', [], {queryTimeoutMs: 120_000})
    await client.invokeTransit('thread-api/db-exists', '[]', {queryTimeoutMs: 1})
    await client.invoke('thread-api/db-exists')
    expect(bodies.map((body) => (JSON.parse(body) as Record<string, unknown>)['query-timeout'])).to.deep.equal([
      120_000,
      1,
      undefined,
    ])
  })

  it('settles each call when it is closed, also one that waits for the address', async () => {
    const client = connect({address: () => new Promise<never>(() => {})})
    const pending = failure(client.invoke('thread-api/db-exists'))
    client.close()
    expect((await pending).message).to.equal('The client is closed')
    expect((await failure(client.invoke('thread-api/db-exists'))).message).to.equal('The client is closed')
  })

  for (const [what, location] of [
    ['another port', 'http://127.0.0.1:9/steal'],
    ['itself', '/v1/invoke'],
  ] as const) {
    it(`follows no redirect to ${what}`, async () => {
      answer = (request, response) => {
        if (request.url === '/v1/events') response.end()
        else response.writeHead(307, {location}).end()
      }

      const error = await failure(connect().invoke('thread-api/set-context', [{}]))
      expect(error.code).to.equal('server-unreachable')
      expect(JSON.stringify({...error, cause: String(error.cause)})).not.to.contain(secret.authToken)
    })
  }
})
