import type {RequestListener} from 'node:http'
import {expect} from 'chai'

import {Client, ServerError, type Value} from '../../src/lib/index.js'
import {listen, type Listener} from '../support/fake-listener.js'
import {until} from '../support/processes.js'
import {http, Sandbox} from '../support/sandbox.js'
import {withShortWaits} from '../support/short-waits.js'

/** Answers of a proven server that no server of ours gives. */
const UNREADABLE: [what: string, body: Buffer | string, type?: string][] = [
  ['HTML', '<!doctype html><title>Sign in</title>', 'text/html'],
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[1]'],
  ['no result', '{"ok":true}'],
  ['a result that is a number', '{"ok":true,"resultTransit":7}'],
  ['a result that is not transit', String.raw`{"ok":true,"resultTransit":"[\"^"}`],
  ['half a character', Buffer.from([0x7b, 0xe2, 0x82])],
  ['an error that is a text', '{"ok":false,"error":"no"}'],
]

const YES = JSON.stringify({ok: true, resultTransit: '["~#\'",true]'})

describe('the client of a graph, under attack', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let listener: Listener
  let answer: RequestListener
  /** What the next proofs are answered with instead: nothing, or a server that is not ready. */
  let slow: Array<'silent' | 'starting'> = []
  const clients: Client[] = []

  before(async () => {
    sandbox = new Sandbox()
    await sandbox.start('demo')
    const record = sandbox.record()!
    const port = record['port'] as number
    // Proves itself by the mouth of the server, and answers as the test says.
    listener = await listen((request, response) => {
      if (request.url !== '/healthz') return answer(request, response)
      const how = slow.shift()
      if (how === 'silent') return
      void http(port, '/healthz', {headers: {'x-challenge': String(request.headers['x-challenge'])}}).then(({json}) => {
        const body = JSON.stringify({...json, ...(how && {status: how})})
        response.writeHead(200, {'content-length': Buffer.byteLength(body)}).end(body)
      })
    })
    sandbox.writeRecord({...record, port: listener.port})
  })

  after(async () => {
    await listener.close()
    await sandbox.dispose()
  })

  afterEach(() => {
    slow = []
    for (const client of clients.splice(0)) client.close()
  })

  function client(more: object = {}): Client {
    const made = new Client({dataDir: sandbox.dataDir, repo: 'demo', start: false, ...more})
    clients.push(made)
    return made
  }

  async function failure(promise: Promise<unknown>): Promise<ServerError> {
    const thrown = await promise.then(
      (value) => `it returned ${JSON.stringify(value)}`,
      (error: unknown) => error,
    )
    if (thrown instanceof ServerError) return thrown
    throw thrown instanceof Error ? thrown : new Error(String(thrown))
  }

  for (const [what, body, type = 'application/json'] of UNREADABLE) {
    it(`calls an answer with ${what} unreadable, not the server silent`, async () => {
      answer = (_, response) => response.writeHead(200, {'content-type': type}).end(body)
      for (const call of [
        () => client().invoke('db-exists'),
        () => client().invokeItems('q', ['[:find ?e]'], () => {}),
      ]) {
        const error = await failure(call())
        expect(error.code).to.equal('exception')
        expect(error.message).to.match(/response|status 200/)
      }
    })
  }

  it('passes on the error of the receiver of items', async () => {
    const items = JSON.stringify(Array.from({length: 100_000}, (_, i) => i)) // arrives in several parts
    answer = (_, response) => response.end(`{"ok":true,"resultTransit":"${items}"}`)
    for (const thrown of [
      new Error('mine'),
      Object.assign(new Error('write EPIPE'), {code: 'EPIPE'}),
      new DOMException('mine', 'AbortError'),
    ]) {
      const take = (_: readonly Value[]) => {
        throw thrown
      }

      const seen = await client()
        .invokeItems('q', ['[:find ?e]'], take)
        .catch((error: unknown) => error)
      expect(seen).to.equal(thrown)
    }
  })

  describe('whose connection breaks within a result', () => {
    const result = JSON.stringify(Array.from({length: 200_000}, (_, i) => i))
    const whole = `{"ok":true,"resultTransit":"${result}"}`
    const query = (take: (items: readonly Value[]) => void, more: object = {}) =>
      client().invokeItems('q', ['[:find ?e]'], take, more)
    const calls = () => listener.requests.filter(({url}) => url === '/v1/invoke').length

    for (const [what, length] of [
      ['no byte of it', 0],
      ['its head', 20],
      ['not even its first item', whole.indexOf('[') + 1],
    ] as const) {
      it(`asks again after ${what}, and passes each item on once`, async () => {
        let breaks = 2
        answer = (_, response) => {
          if (breaks-- <= 0) {
            response.end(whole)
            return
          }

          response.writeHead(200, {'content-length': whole.length}).flushHeaders()
          response.write(whole.slice(0, length), () => response.destroy()) // the system has the bytes, and sends them first
        }

        const before = calls()
        const seen: Value[] = []
        expect(await query((items) => seen.push(...items))).to.deep.equal({kind: 'vector'})
        expect(seen).to.have.length(200_000)
        expect(seen.at(-1)).to.equal(199_999)
        expect(calls() - before).to.equal(3)
      })
    }

    it('says that the result is incomplete when items were passed on, and asks once', async () => {
      answer = (_, response) => {
        response.writeHead(200, {'content-length': whole.length})
        response.write(whole.slice(0, whole.length / 2), () => response.destroy())
      }

      const before = calls()
      let seen = 0
      const count = (items: readonly Value[]) => {
        seen += items.length
      }

      const error = await failure(query(count))
      expect(seen).to.be.greaterThan(0)
      expect(error.code).to.equal('server-unresponsive')
      expect(error.message).to.equal('The server of demo closed the connection. The result is incomplete')
      expect(error.hint).to.contain('`logseq COMMAND`')
      expect(calls() - before).to.equal(1)
    })

    it('does not wait for ever for the rest from a frozen server, however long the items take', async () => {
      answer = (_, response) => {
        response.writeHead(200, {'content-length': whole.length}).write(whole.slice(0, whole.length / 2))
      }

      const before = calls()
      const error = await withShortWaits(async () => failure(query(() => {}, {queryTimeoutMs: 10_000})))
      expect(error.code).to.equal('server-unresponsive')
      expect(error.message).to.equal(
        'The server of demo does not respond: no response in 20 s. The result is incomplete',
      )
      expect(calls() - before).to.equal(1)
    })
  })

  it('gives up a read that is not answered in time, and asks once', async () => {
    answer = (_, response) => response.writeHead(200, {'content-length': 100}).write('{"ok":')
    const before = listener.requests.length
    const call = () => failure(client().invoke('db-exists', [], {queryTimeoutMs: 10_000}))
    const error = await withShortWaits(call)
    expect(error.message).to.equal('The server of demo does not respond: no response in 20 s')
    expect(listener.requests.slice(before).filter(({url}) => url === '/v1/invoke')).to.have.length(1)
  })

  it('sends nothing for a call that was aborted before', async () => {
    answer = (_, response) => response.end(YES)
    const before = listener.requests.length
    const reason = new Error('left')
    const seen = await client()
      .transact([], null, {signal: AbortSignal.abort(reason)})
      .catch((error: unknown) => error)
    expect(seen).to.equal(reason)
    expect(listener.requests.slice(before).map(({url}) => url)).not.to.contain('/v1/invoke')
  })

  it('does not end its loop over events at one that cannot be read', async () => {
    let streams = 0
    answer = (_, response) => {
      streams++
      response.writeHead(200, {'content-type': 'text/event-stream'})
      response.write(streams === 1 ? 'data: {"type":"sync-db-changes","payload":"[\\"^"}\n\n' : '\n')
    }

    const seen: string[] = []
    for await (const {type} of client().events()) {
      seen.push(type)
      if (seen.length === 2) break
    }

    expect(seen).to.deep.equal(['opened', 'gap'])
  })

  describe('that may start none', () => {
    const yes: RequestListener = (_, response) => response.end(YES)

    for (const how of ['silent', 'starting'] as const) {
      it(`waits for a server that is ${how} at first`, async () => {
        answer = yes
        slow = [how, how, how]
        expect(await client().invoke('db-exists')).to.equal(true)
        expect(slow).to.deep.equal([])
      })

      it(`does not call a server absent that stays ${how}`, async () => {
        slow = Array.from({length: 100}, () => how)
        const error = await failure(client({timeoutMs: how === 'silent' ? 1500 : 500}).invoke('db-exists'))
        expect(error.code).to.equal('server-unresponsive')
        expect(error.message).to.contain('demo (pid ')
        // The first probe counts: it and another one take the whole time.
        if (how === 'silent') expect(100 - slow.length, 'probes of a second each').to.equal(2)
      })
    }

    it('ends its wait when it is asked to', async () => {
      slow = Array.from({length: 100}, () => 'starting' as const)
      const reason = new Error('left')
      const leaving = new AbortController()
      const seen = client()
        .invoke('db-exists', [], {signal: leaving.signal})
        .catch((error: unknown) => error)
      await until(() => slow.length < 98, 20_000, 'the wait')
      leaving.abort(reason)
      expect(await seen).to.equal(reason)
    })
  })

  it('has many calls under way with one signal, without a warning, and ends all with it', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    try {
      answer = () => {} // never answers
      const before = listener.requests.length
      const one = client()
      const leaving = new AbortController()
      const pending = Array.from({length: 60}, async () => one.invoke('db-exists', [], {signal: leaving.signal}))
      const ended = Promise.allSettled(pending)
      await until(() => listener.requests.some(({url}, i) => i >= before && url === '/v1/invoke'), 20_000, 'a call')
      const reason = new Error('left')
      leaving.abort(reason)
      expect(await ended).to.deep.equal(pending.map(() => ({reason, status: 'rejected'})))
      answer = (_, response) => response.end(YES)
      expect(await one.invoke('db-exists')).to.equal(true)
      expect(warnings).to.deep.equal([])
    } finally {
      process.off('warning', onWarning)
    }
  })

  it('has a bounded number of connections', async () => {
    answer = (_, response) => {
      setTimeout(() => response.end(YES), 5)
    }

    const one = client()
    const before = listener.connections()
    const answers = await Promise.all(Array.from({length: 200}, async () => one.invoke('db-exists')))
    expect(answers.every((value) => value === true)).to.equal(true)
    expect(listener.connections() - before).to.be.at.most(64)
  })
})
