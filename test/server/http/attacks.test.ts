import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {readEdn} from '../../../src/values/edn-read.js'
import {keyword} from '../../../src/values/scalars.js'
import {encodeTransit} from '../../../src/values/transit.js'
import {type Value, ValueMap} from '../../../src/values/types.js'
import {callJson} from '../../support/calls.js'
import {type Health, healthDuring} from '../../support/health.js'
import {UNJUDGED} from '../../support/outline.js'
import {lives, memoryOf, until} from '../../support/processes.js'
import {hold} from '../../support/raw.js'
import {todays} from '../../support/rounds.js'
import {http, type HttpAnswer, Sandbox} from '../../support/sandbox.js'
import {serve, type Served} from '../../support/workers.js'

/** Health has to be answered within 250 ms; three times that, since the processor of a test machine may be slow. */
const BOUND_MS = 750
const MB = 1024 * 1024

describe('a client with the token', function () {
  this.timeout(240_000)
  let sandbox: Sandbox
  let server: Served

  const start = async () => {
    sandbox = new Sandbox()
    server = await serve(sandbox)
  }

  const end = () => sandbox.dispose()

  const servesOn = async () => {
    expect(lives(server.known)).to.equal(true)
    // It may be busy with what the attack has left; then it says so, and does not answer otherwise.
    await until(
      async () => {
        const {status} = await callJson(server, 'pull', 'demo', '[:db/ident]', ':logseq.class/Task')
        expect(status).to.be.oneOf([200, 503])
        return status === 200
      },
      30_000,
      'an answer',
    )
  }

  const send = (body: Buffer | string) => http(server.port, '/v1/invoke', {body, token: server.token})

  /** Sends bodies one after the other. @returns the answers; health was answered all the while */
  async function attack(bodies: ReadonlyArray<() => string>): Promise<HttpAnswer[]> {
    const answers: HttpAnswer[] = []
    const made = bodies.map((make) => make())
    const health = await healthDuring(server, async () => {
      for (const body of made) answers.push(await send(body))
    })
    expectHealthy(health)
    return answers
  }

  const call = (method: string, ...args: unknown[]) => JSON.stringify({args, method: `thread-api/${method}`})
  const transit = (method: string, argsTransit: string) => JSON.stringify({argsTransit, method: `thread-api/${method}`})
  const codes = (answers: HttpAnswer[]) => answers.map(({json}) => json.error?.code ?? 'ok')

  // One server for all: what a request has left would show in the next.
  describe('with one request after the other', () => {
    before(start)
    afterEach(servesOn)
    after(end)

    it('may send a repo of 15 MB', async () => {
      const name = 'é'.repeat(15 * MB)
      const bodies = [
        () => call('pull', name.slice(0, 7 * MB), '[*]', 1),
        () => transit('pull', JSON.stringify(['\u0001'.repeat(4 * MB), '[*]', 1])),
        () => call('pull', 'logseq_db_'.repeat(MB), '[*]', 1),
      ]
      const answers = await attack(todays(bodies, 1))
      expect(new Set(codes(answers))).to.deep.equal(new Set(['repo-mismatch']))
      for (const {body} of answers) expect(body.length).to.be.lessThan(10_000)
    })

    it('may send the name of a method of 30 MB, and other things that answers repeat', async () => {
      const long = 'x'.repeat(30 * MB)
      const bodies = [
        () => JSON.stringify({args: [], method: long}),
        () => JSON.stringify({args: ['demo', [long]], method: 'thread-api/q'}),
        () => call('pull', 'demo', `[:${long}`, 1),
        () => call('pull', 'demo', '[*]', [':block/uuid', long]),
        () => call('pull', 'demo', '[*]', `:${long}`),
        () => call('transact', 'demo', [long]),
        () => call('transact', 'demo', [[`:${long}`, 1]]),
        () => call('transact', 'demo', [{[`:x/${long.slice(0, 1000)}`]: 1, ':db/id': `:${long}`}]),
        () => call('datoms', 'demo', `:${long}`),
        () => call('backup-db-sqlite', 'demo', `/${long}`),
        () => call('transact', 'demo', [], {[`a ${long}`]: 1}),
      ]
      const answers = await attack(todays(bodies, 2))
      for (const {body, json, status} of answers) {
        expect(status, json.error?.code).to.be.within(200, 499)
        expect(body.length, json.error?.code).to.be.lessThan(10_000)
      }
    })

    it('may send hundreds of thousands of unknown keywords', async () => {
      const names = (round: number, count: number) => Array.from({length: count}, (_, i) => `:attack/k${round}-${i}`)
      const large = [
        () => call('q', 'demo', ['[:find ?x :in $ [?x ...]]', names(0, 400_000)]),
        () => {
          const keywords = names(7, 400_000).map((name) => `~${name}`)
          return transit('q', JSON.stringify(['demo', ['[:find ?x :in $ [?x ...]]', keywords]]))
        },
      ]
      const refused = await attack(todays(large, 1))
      expect(codes(refused)).to.deep.equal(refused.map(() => 'body-too-large'))
      const small = Array.from(
        {length: 5},
        (_, i) => () => call('q', 'demo', ['[:find (count ?x) . :in $ [?x ...]]', names(10 + i, 20_000)]),
      )
      expect(codes(await attack(small))).to.deep.equal(small.map(() => 'ok'))
    })

    it('may search for a text of 1 MB, and change many rows of the search index', async () => {
      const id = (i: number) => `eeeeeeee-0000-4000-8000-${String(i).padStart(12, '0')}`
      const row = (i: number) => ({id: id(i), page: id(0), title: `a title of block ${i}`})
      const search = (text: string) => () => call('search-blocks', 'demo', text)
      const bodies = [
        search('word '.repeat(MB / 5)),
        search('x'.repeat(MB)),
        search('\uFDFA'.repeat(1000)), // 18 letters each
        search(`${' '.repeat(20 * MB)}task`),
        search('abc not '.repeat(124)),
        () =>
          call(
            'search-upsert-blocks',
            'demo',
            Array.from({length: 30_000}, (_, i) => row(i)),
          ),
        () =>
          call(
            'search-upsert-blocks',
            'demo',
            Array.from({length: 100}, (_, i) => ({...row(i), title: 'lorem ipsum dolor '.repeat(16_500)})),
          ),
        () =>
          call(
            'search-delete-blocks',
            'demo',
            Array.from({length: 200_000}, (_, i) => id(i)),
          ),
      ]
      const answers = await attack([search('task'), ...bodies])
      const wrong = 'invalid-arguments'
      expect(codes(answers)).to.deep.equal(['ok', wrong, wrong, wrong, wrong, 'ok', 'ok', 'ok', 'ok'])
      expect(answers[1]!.json.error.message).to.match(
        /^q of .*: expected a string of at most 1000 characters, got one of \d+$/,
      )
    })

    it('may ask for a hundred thousand attributes, columns or inputs', async () => {
      const many = (form: (i: number) => string, count = 100_000) =>
        Array.from({length: count}, (_, i) => readEdn(form(i % 500)))
      const sent = (method: string, ...args: Value[]) => {
        const body = transit(method, encodeTransit(['demo', ...args]))
        return () => body
      }

      const where = [keyword('where'), readEdn('[?e :db/ident :logseq.class/Task]')]
      const q = (...find: Value[]) => sent('q', [[keyword('find'), ...find, ...where]])
      const pull = (...selector: Value[]) => sent('pull', selector, keyword('logseq.class/Task'))
      const unknown = (i: number) => `:unknown/attribute-${i}`
      const [answer, warned, ...refused] = await attack([
        q(...many((i) => `(pull ?e [${unknown(i)}])`, 1000)),
        pull(...many(unknown, 1000)),
        pull(...many(unknown)),
        pull(new ValueMap([[keyword('block/tags'), many(unknown)]])),
        pull(...many(() => '{:block/tags [:db/id]}')),
        q(...many((i) => `(pull ?e [${unknown(i)}])`)),
        q(many(() => '?e')),
        q(readEdn('?e'), keyword('in'), ...many((i) => `?i${i}`)),
      ])
      expect(answer!.json).to.include({ok: true})
      expect(answer!.json.warnings).to.have.length(20)
      expect(warned!.json.warnings).to.have.length(20)
      expect(codes(refused)).to.deep.equal(refused.map(() => 'invalid-query'))
      for (const {json} of refused) expect(json.error.message).to.match(/at most 1000 (attributes|forms)/)
    })

    it('may send as many values as a body may hold', async () => {
      const many = (make: (i: number) => unknown, count = 490_000) => Array.from({length: count}, (_, i) => make(i))
      const keys = () =>
        Object.fromEntries(many((i) => [`k${i % 40_000}-${'x'.repeat(i % 3)}`, i]) as [string, number][])
      const bodies = [
        () => call('transact', 'demo', [], keys()),
        () => call('transact', 'demo', [], {'~#map': many((i) => [i, i], 240_000)}),
        () => transit('transact', JSON.stringify(['demo', [], ['^ ', ...many((i) => [`k${i}`, i]).flat()]])),
        () => call('q', 'demo', ['[:find (count ?x) . :in $ [?x ...]]', many((i) => i)]),
        () => call('q', 'demo', ['[:find (count ?x) . :in $ [?x ...]]', {'~#set': many((i) => `t${i}`)}]),
        () =>
          transit('q', JSON.stringify(['demo', ['[:find (count ?x) . :in $ [?x ...]]', ['~#set', many((i) => i)]]])),
        () =>
          transit(
            'transact',
            JSON.stringify(['demo', many((i) => ['^ ', '~:db/id', i + 1, '~:block/title', 'x'], 50_000)]),
          ),
        () =>
          call(
            'q',
            'demo',
            many(() => '?x'),
          ),
        () =>
          call(
            'pull',
            'demo',
            many(() => '*'),
            1,
          ),
      ]
      const answers = await attack(todays(bodies, 2))
      expect(codes(answers)).not.to.include('exception')
    })

    it('may send a million brackets, in arguments that are JSON, transit or EDN', async () => {
      const nested = (open: string, close: string) => open.repeat(900_000) + close.repeat(900_000)
      const bodies = [
        () => `{"method":"thread-api/q","args":${nested('[', ']')}}`,
        () => `{"method":"thread-api/q","args":${'{"a":'.repeat(900_000)}1${'}'.repeat(900_000)}}`,
        () => '{"a":'.repeat(1_100_000),
        () => transit('q', nested('[', ']')),
        () => transit('q', `["demo",${'["~#list",'.repeat(400_000)}1${']'.repeat(400_000)}]`),
        () => call('q', 'demo', [nested('[', ']')]),
        () => call('pull', 'demo', nested('{', '}'), 1),
        () =>
          `{"method":"thread-api/q","args":["demo",{${Array.from({length: 900_000}, (_, i) => `"k${i}":0`).join(',')}}]}`,
      ]
      const answers = await attack(todays(bodies, 4))
      for (const {body, status} of answers) expect(status, body.slice(0, 300)).to.be.within(400, 413)
    })

    it('may send texts that would be joined to gigabytes', async () => {
      const text = 'x'.repeat(9_000_000)
      const bodies = [
        () => call('q', 'demo', [`[:find ?y . :in $ ?x :where [(str ${'?x '.repeat(500)}) ?y]]`, text]),
        () => call('q', 'demo', [`[:find ?y . :in $ ?x :where [(pr-str ${'?x '.repeat(500)}) ?y]]`, [text]]),
        () => call('q', 'demo', ['[:find ?y . :in $ ?x :where [(clojure.string/replace ?x "x" ?x) ?y]]', text]),
        () =>
          call('q', 'demo', [
            '[:find ?y . :in $ ?x ?z :where [(clojure.string/replace ?z #"x" ?x) ?y]]',
            text,
            'x'.repeat(9000),
          ]),
        () =>
          call('q', 'demo', [`[:find ?y . :in $ ?x :where [(clojure.string/join ?x [${'1 '.repeat(500)}]) ?y]]`, text]),
      ]
      const answers = await attack(todays(bodies, 2))
      expect(codes(answers)).to.deep.equal(answers.map(() => 'invalid-query'))
    })

    it('may send collections in collections as keys', async () => {
      const nest = (count: number, wrap: (inner: unknown) => unknown, core: unknown) => {
        let value = core
        for (let i = 0; i < count; i++) value = wrap(value)
        return value
      }

      const large = Array.from({length: 100_000}, (_, i) => i)
      const bodies = [
        () => call('q', 'demo', ['[:find ?x . :in $ ?x]', nest(150, (inner) => ({'~#set': [inner]}), large)]),
        () =>
          call('q', 'demo', [
            '[:find ?x . :in $ ?x]',
            nest(150, (inner) => ({'~#map': [[inner, 1]]}), 'x'.repeat(1_000_000)),
          ]),
        () =>
          transit(
            'q',
            JSON.stringify(['demo', ['[:find ?x . :in $ ?x]', nest(400, (inner) => ['~#set', [inner]], large)]]),
          ),
        () =>
          call('q', 'demo', [
            `[:find ?x :where [(identity ${'#{'.repeat(400)}${'1 '.repeat(90_000)}${'}'.repeat(400)}) ?x]]`,
          ]),
        () => call('q', 'demo', ['['.repeat(200_000)]),
        () => call('q', 'demo', ['{'.repeat(900) + '1 '.repeat(50_000)]),
      ]
      const answers = await attack(todays(bodies, 4))
      for (const {json, status} of answers) expect(status, json.error?.code).to.be.within(400, 499)
    })
  })

  describe('with many at once, to a server whose memory is measured', () => {
    beforeEach(start)
    afterEach(() => servesOn().finally(end))

    it('may send eighteen bodies of 30 MB at once: some are refused with a time to retry', async () => {
      const body = Buffer.from(JSON.stringify({args: ['demo'], method: 'thread-api/db-exists', x: 'x'.repeat(30 * MB)}))
      let answers: HttpAnswer[] = []
      let most = 0
      const health = await healthDuring(server, async () => {
        const watch = setInterval(() => {
          most = Math.max(most, memoryOf(server.pid))
        }, 50)
        answers = await Promise.all(
          Array.from({length: 18}, () =>
            send(body).catch(() => ({json: {error: {code: 'cut off'}}, status: 0}) as HttpAnswer),
          ),
        )
        clearInterval(watch)
      })
      expectHealthy(health)
      expect(most).to.be.lessThan(900 * MB)
      const busy = answers.filter(({status}) => status === 503)
      for (const {headers, json} of busy) {
        expect(json.error.code).to.equal('server-busy')
        expect(headers['retry-after']).to.equal('1')
      }

      expect(answers.filter(({status}) => status === 200).length).to.be.greaterThan(0)
      expect((await send(body)).status).to.equal(200) // nothing is held any more
    })

    it('may hold a thousand leases', async () => {
      const head = `GET /v1/lease HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`
      const began = performance.now()
      let held: Awaited<ReturnType<typeof hold>>[] = []
      const health = await healthDuring(server, async () => {
        held = await Promise.all(Array.from({length: 1000}, () => hold(server.port, head)))
        while (!held.every(({received}) => received().includes('{"leases":1000}'))) {
          await delay(20)
          expect(performance.now() - began).to.be.lessThan(60_000)
        }

        for (const {socket} of held) socket.on('error', () => {}).destroy()
      })
      expectHealthy(health)
      const received = held.reduce((sum, one) => sum + one.received().length, 0)
      expect(received / 1000).to.be.lessThan(5000) // each of them was told a few times, not a thousand times
    })

    it('may hold a thousand event streams, read none of them, and write', async () => {
      const head = `GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`
      const held = await Promise.all(Array.from({length: 1000}, () => hold(server.port, head)))
      for (const {socket} of held) socket.on('error', () => {}).pause()
      const writes = Array.from(
        {length: 7},
        (_, i) => () => call('transact', 'demo', [{':block/title': 'x'.repeat(MB), ':block/uuid': uuid(i)}], UNJUDGED),
      )
      const answers = await attack(writes)
      expect(codes(answers)).to.deep.equal(answers.map(() => 'ok'))
      expect(memoryOf(server.pid)).to.be.lessThan(900 * MB)
      for (const {socket} of held) socket.destroy()
    })

    it('may send many requests over one connection, and read no answer', async () => {
      const one = call('pull', 'demo', '[*]', ':logseq.class/Task')
      const request = `POST /v1/invoke HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\nContent-Length: ${one.length}\r\n\r\n${one}`
      const health = await healthDuring(server, async () => {
        const {socket} = await hold(server.port, '')
        socket.on('error', () => {}).pause()
        socket.write(request.repeat(20_000))
        await delay(1200)
        socket.destroy()
      })
      expectHealthy(health)
      expect(memoryOf(server.pid)).to.be.lessThan(700 * MB)
    })
  })
})

function expectHealthy({refused, slowest}: Health): void {
  expect(refused).to.equal(0)
  expect(slowest).to.be.lessThan(BOUND_MS)
}

const uuid = (n: number) => `~u00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
