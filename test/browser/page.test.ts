import {realpathSync} from 'node:fs'
import {expect} from 'chai'
import {type Browser, chromium, type Page} from 'playwright-core'

import type {ServerAddress} from '../../src/browser/index.js'
import {graphId} from '../../src/lib/graphs/locate.js'
import {CHROMIUM} from '../support/chromium.js'
import {cutBefore} from '../support/cutting-proxy.js'
import {FakeEvents, servePage} from '../support/page-server.js'
import {end, know, until} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'
import {serve, type Served} from '../support/workers.js'

/** What the client has told a page. */
interface Seen {
  events: {payload: string; type: string}[]
  reads: string[]
  states: string[]
}

describe('the client, in a browser’s page', function () {
  this.timeout(120_000)
  let browser: Browser
  let page: Page
  let site: Awaited<ReturnType<typeof servePage>>

  before(async function () {
    if (CHROMIUM === undefined) {
      console.log('    no Chromium here (CHROMIUM=PATH names one): the client is not tried in a page')
      this.skip()
    }

    site = await servePage()
    browser = await chromium.launch({args: ['--no-sandbox', '--disable-gpu'], executablePath: CHROMIUM})
    page = await browser.newPage() // one for all: a page costs ten times what loading it again costs
  })

  after(async () => {
    await browser?.close()
    await site?.close()
  })

  beforeEach(() => page.goto(site.origin))

  afterEach(() => page?.goto('about:blank'))

  /** Connects the page, which then keeps what it is told under `seen`. */
  async function connect(runtime: ServerAddress, address?: ServerAddress): Promise<void> {
    await page.evaluate(`
      (async () => {
        const {createClient} = await import('/client/index.js')
        window.seen = {events: [], reads: [], states: []}
        window.next = ${JSON.stringify(address ?? null)}
        window.client = createClient({
          ...(next && {address: () => next}),
          onEvent: (event) => seen.events.push(event),
          onRead: (reason) => seen.reads.push(reason),
          onState: (state) => seen.states.push(state),
          runtime: ${JSON.stringify(runtime)},
        })
      })()`)
  }

  const seen = () => page.evaluate<Seen>('window.seen')

  async function untilSeen(look: (now: Seen) => boolean, what: string): Promise<Seen> {
    let now = await seen()
    await until(
      async () => {
        now = await seen()
        return look(now)
      },
      20_000,
      () => `${what}: ${JSON.stringify(now)}`,
    )
    return now
  }

  describe('with streams that break off', () => {
    let events: FakeEvents

    beforeEach(async () => {
      events = new FakeEvents()
      await events.start()
      await connect(events.runtime)
      await untilSeen(({reads}) => reads.length === 1, 'the first stream')
    })

    afterEach(() => events.stop())

    it('delivers events in order, and skips what is not an event', async () => {
      for (const data of ['{"type":"a","payload":"1"}', 'nonsense', '{"type":"b"}', '{"type":"b","payload":"2"}'])
        events.send(data)
      const {events: reported} = await untilSeen((now) => now.events.length >= 2, 'two events')
      expect(reported).to.deep.equal([
        {payload: '1', type: 'a'},
        {payload: '2', type: 'b'},
      ])
    })

    it('opens one stream again, and no more, each time, and has the page read again', async () => {
      for (let i = 1; i <= 5; i++) {
        events.cut()
        await untilSeen(({reads}) => reads.length === i + 1, `reading number ${i}`)
        await until(() => events.open.size === 1, 5000, 'one stream')
      }

      const {reads, states} = await seen()
      expect(reads).to.deep.equal(['opened', ...Array.from({length: 5}, () => 'gap')])
      expect(states.slice(0, 5)).to.deep.equal(['connecting', 'open', 'waiting', 'connecting', 'open'])
      expect(events.total).to.equal(6)
      events.send('{"type":"after","payload":""}')
      const {events: reported} = await untilSeen((now) => now.events.length > 0, 'an event')
      expect(reported).to.have.length(1)
    })

    it('goes on trying where EventSource gives up, at a response that is not a stream', async () => {
      events.status = 503
      events.cut()
      await untilSeen(({states}) => states.filter((state) => state === 'waiting').length >= 3, 'three tries')
      events.status = 200
      await untilSeen(({reads}) => reads.length === 2, 'the stream')
      expect(events.open.size).to.equal(1)
    })

    it('goes on at another address, and says that something may have been missed', async () => {
      const other = new FakeEvents()
      await other.start()
      try {
        await page.evaluate(`client.use(${JSON.stringify(other.runtime)})`)
        expect((await untilSeen(({reads}) => reads.length === 2, 'the other stream')).reads[1]).to.equal('gap')
        await until(() => events.open.size === 0 && other.open.size === 1, 5000, 'one stream')
      } finally {
        await page.evaluate('client.close()')
        await other.stop()
      }
    })

    it('asks for a proof before each stream, and puts the token in no URL', async () => {
      events.cut()
      await untilSeen(({reads}) => reads.length === 2, 'the second stream')
      expect(events.requests.map(({url}) => url)).to.deep.equal(['/healthz', '/v1/events', '/healthz', '/v1/events'])
      expect(events.requests.map(({authorization}) => authorization)).to.deep.equal([
        undefined,
        'Bearer a b&c',
        undefined,
        'Bearer a b&c',
      ])
      events.requests.splice(0)
      await page.evaluate(`client.invoke('thread-api/get-version')`)
      expect(events.requests.map(({url}) => url)).to.deep.equal(['/v1/invoke'])
    })

    const IMPOSTORS: [what: string, identity: FakeEvents['identity']][] = [
      ['proves nothing', undefined],
      ['has another token', {authToken: 'guessed', graphId: 'graph', lockId: 'lock'}],
      ['is another server of the graph', {authToken: 'a b&c', graphId: 'graph', lockId: 'other'}],
      ['serves another directory', {authToken: 'a b&c', graphId: 'copy', lockId: 'lock'}],
    ]
    for (const [what, identity] of IMPOSTORS) {
      it(`sends neither token nor data to a listener that ${what}`, async () => {
        events.identity = identity
        events.requests.splice(0)
        events.cut()
        await untilSeen(({states}) => states.filter((state) => state === 'waiting').length >= 3, 'three tries')
        const code = await page.evaluate(
          `client.invoke('thread-api/transact', ['demo', [], null, null]).catch(({code}) => code)`,
        )
        expect(code).to.equal('server-unreachable')
        expect(new Set(events.requests.map(({url}) => url))).to.deep.equal(new Set(['/healthz']))
        expect(events.requests.every(({authorization}) => authorization === undefined)).to.equal(true)
      })
    }

    it('asks its page for the address after a break', async () => {
      const other = new FakeEvents()
      await other.start()
      try {
        await page.evaluate('client.close()')
        await connect(events.runtime, other.runtime)
        await untilSeen(({reads}) => reads.length === 1, 'the first stream')
        events.cut()
        await untilSeen(({reads}) => reads.length === 2, 'the stream of the other')
        expect([events.open.size, other.open.size]).to.deep.equal([0, 1])
      } finally {
        await page.evaluate('client.close()')
        await other.stop()
      }
    })

    it('uses an address without a lock-id until it breaks off, and never again', async () => {
      const {lockId: _, ...runtime} = events.runtime
      await page.evaluate('client.close()')
      await connect(runtime)
      await untilSeen(({reads}) => reads.length === 1, 'the stream')
      events.requests.splice(0)
      events.cut()
      await untilSeen(({states}) => states.filter((state) => state === 'waiting').length >= 2, 'two tries')
      expect(events.requests).to.deep.equal([])
      await page.evaluate(`client.use(${JSON.stringify(events.runtime)})`)
      await untilSeen(({reads}) => reads.length === 2, 'the stream of an address that can be proven')
    })

    it('is quiet once it is closed', async () => {
      events.cut()
      await untilSeen(({states}) => states.at(-1) === 'waiting', 'the end of the stream')
      await page.evaluate('client.close()')
      await page.waitForTimeout(1000) // the wait before a new stream is a quarter of this
      expect([events.open.size, events.total]).to.deep.equal([0, 1])
      expect((await seen()).states.at(-1)).to.equal('closed')
    })
  })

  describe('with a real server', () => {
    let sandbox: Sandbox
    let server: Served

    const runtime = ({port, token}: Served) => ({
      authToken: token,
      baseUrl: `http://127.0.0.1:${port}`,
      graphId: graphId(realpathSync(sandbox.graphDir())),
      lockId: String(sandbox.record()!['lock-id']),
    })

    const invoke = (...args: string[]) =>
      page.evaluate<Record<string, unknown>>(
        `client.invoke(...${JSON.stringify(args)}).catch(({code, status}) => ({code, status}))`,
      )

    before(async () => {
      sandbox = new Sandbox()
      server = await serve(sandbox, {LOGSEQ_DB_WORKER_ORIGIN: site.origin})
    })

    beforeEach(async () => {
      await connect(runtime(server))
      await untilSeen(({reads}) => reads.length === 1, 'the stream')
    })

    after(() => sandbox.dispose())

    it('calls methods, in JSON and in transit', async () => {
      expect(await invoke('thread-api/get-version')).to.include.keys(':revision', ':sqlite')
      expect(await page.evaluate('client.invokeTransit("thread-api/get-version", "[]")')).to.contain('revision')
    })

    it('hears of a write', async () => {
      await page.evaluate(
        `client.invoke('thread-api/transact', ['demo', [{'db/ident': ':logseq.kv/heard', 'kv/value': 'Heard'}], null, null])`,
      )
      const {events} = await untilSeen((now) => now.events.length > 0, 'the event of the write')
      expect(events.map(({type}) => type)).to.deep.equal(['sync-db-changes'])
      expect(events[0]!.payload).to.contain('Heard')
    })

    it('reports refusals by their code', async () => {
      expect(await invoke('thread-api/no-such')).to.deep.equal({code: 'unknown-method', status: 404})
      await page.evaluate(`client.use({...${JSON.stringify(runtime(server))}, authToken: 'wrong', lockId: undefined})`)
      expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'unauthorized', status: 401})
      await untilSeen(({states}) => states.at(-1) === 'waiting', 'the refusal of the stream')
      expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'unauthorized', status: 401})
      await page.evaluate(`client.use({...${JSON.stringify(runtime(server))}, authToken: 'wrong'})`)
      expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'server-unreachable', status: 0})
    })

    it('survives the server: says that it is away, and reads again from the next one', async () => {
      await end(know(server.pid)!)
      await untilSeen(({states}) => states.at(-1) === 'waiting', 'the loss')
      expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'server-unreachable', status: 0})
      server = await serve(sandbox, {LOGSEQ_DB_WORKER_ORIGIN: site.origin})
      await page.evaluate(`client.use(${JSON.stringify(runtime(server))})`)
      expect((await untilSeen(({reads}) => reads.length === 2, 'the next server')).reads).to.deep.equal([
        'opened',
        'gap',
      ])
      expect(await invoke('thread-api/get-version')).to.include.keys(':revision')
    })

    for (const what of ['request', 'answer'] as const) {
      it(`does a write once whose ${what} is lost`, async () => {
        const record = sandbox.record()!
        const proxy = await cutBefore(sandbox)
        try {
          const {port} = sandbox.record()!
          await page.evaluate(
            `client.use(${JSON.stringify({...runtime(server), baseUrl: `http://127.0.0.1:${port}`})})`,
          )
          await untilSeen(({reads}) => reads.length === 2, 'the stream through the proxy')
          proxy.lose('transact', what)
          await page.evaluate(
            `client.invoke('thread-api/transact', ['demo', [{'block/title': 'Once, ${what}'}], {'skip-validate-db?': true}, null])`,
          )
          expect(proxy.seen('"thread-api/transact"')).to.equal(2)
          const count = `[:find (count ?e) . :where [?e :block/title "Once, ${what}"]]`
          expect(await page.evaluate(`client.invoke('thread-api/q', ['demo', ['${count}']])`)).to.equal(1)
        } finally {
          await page.evaluate('client.close()')
          proxy.close()
          sandbox.writeRecord(record)
        }
      })
    }

    it('ends what is under way when it is closed', async () => {
      const code = await page.evaluate(`
        (() => {
          const answer = client.invoke('thread-api/get-version').catch(({code}) => code)
          client.close()
          return answer
        })()`)
      expect(code).to.equal('server-unreachable')
    })
  })
})
