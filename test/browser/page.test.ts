import {expect} from 'chai'

import {ClientPage} from '../support/client-page.js'
import {FakeEvents} from '../support/page-server.js'
import {until} from '../support/processes.js'

describe('the client, in a browser’s page', function () {
  this.timeout(120_000)
  const client = new ClientPage()

  describe('with streams that break off', () => {
    let events: FakeEvents

    beforeEach(async () => {
      events = new FakeEvents()
      await events.start()
      await client.connect(events.runtime)
      await client.untilSeen(({reads}) => reads.length === 1, 'the first stream')
    })

    afterEach(() => events.stop())

    it('delivers events in order, and skips what is not an event', async () => {
      for (const data of ['{"type":"a","payload":"1"}', 'nonsense', '{"type":"b"}', '{"type":"b","payload":"2"}'])
        events.send(data)
      const {events: reported} = await client.untilSeen((now) => now.events.length >= 2, 'two events')
      expect(reported).to.deep.equal([
        {payload: '1', type: 'a'},
        {payload: '2', type: 'b'},
      ])
    })

    it('opens one stream again, and no more, each time, and has the page read again', async () => {
      for (let i = 1; i <= 5; i++) {
        events.cut()
        await client.untilSeen(({reads}) => reads.length === i + 1, `reading number ${i}`)
        await until(() => events.open.size === 1, 5000, 'one stream')
      }

      const {reads, states} = await client.seen()
      expect(reads).to.deep.equal(['opened', ...Array.from({length: 5}, () => 'gap')])
      expect(states.slice(0, 5)).to.deep.equal(['connecting', 'open', 'waiting', 'connecting', 'open'])
      expect(events.total).to.equal(6)
      events.send('{"type":"after","payload":""}')
      const {events: reported} = await client.untilSeen((now) => now.events.length > 0, 'an event')
      expect(reported).to.have.length(1)
    })

    it('goes on trying where EventSource gives up, at a response that is not a stream', async () => {
      events.status = 503
      events.cut()
      await client.untilSeen(({states}) => states.filter((state) => state === 'waiting').length >= 3, 'three tries')
      events.status = 200
      await client.untilSeen(({reads}) => reads.length === 2, 'the stream')
      expect(events.open.size).to.equal(1)
    })

    it('goes on at another address, and says that something may have been missed', async () => {
      const other = new FakeEvents()
      await other.start()
      try {
        await client.page.evaluate(`client.use(${JSON.stringify(other.runtime)})`)
        expect((await client.untilSeen(({reads}) => reads.length === 2, 'the other stream')).reads[1]).to.equal('gap')
        await until(() => events.open.size === 0 && other.open.size === 1, 5000, 'one stream')
      } finally {
        await client.page.evaluate('client.close()')
        await other.stop()
      }
    })

    it('asks for a proof before each stream, and puts the token in no URL', async () => {
      events.cut()
      await client.untilSeen(({reads}) => reads.length === 2, 'the second stream')
      expect(events.requests.map(({url}) => url)).to.deep.equal(['/healthz', '/v1/events', '/healthz', '/v1/events'])
      expect(events.requests.map(({authorization}) => authorization)).to.deep.equal([
        undefined,
        'Bearer a b&c',
        undefined,
        'Bearer a b&c',
      ])
      events.requests.splice(0)
      await client.page.evaluate(`client.invoke('thread-api/get-version')`)
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
        await client.untilSeen(({states}) => states.filter((state) => state === 'waiting').length >= 3, 'three tries')
        const code = await client.page.evaluate(
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
        await client.page.evaluate('client.close()')
        await client.connect(events.runtime, other.runtime)
        await client.untilSeen(({reads}) => reads.length === 1, 'the first stream')
        events.cut()
        await client.untilSeen(({reads}) => reads.length === 2, 'the stream of the other')
        expect([events.open.size, other.open.size]).to.deep.equal([0, 1])
      } finally {
        await client.page.evaluate('client.close()')
        await other.stop()
      }
    })

    it('uses an address without a lock-id until it breaks off, and never again', async () => {
      const {lockId: _, ...runtime} = events.runtime
      await client.page.evaluate('client.close()')
      await client.connect(runtime)
      await client.untilSeen(({reads}) => reads.length === 1, 'the stream')
      events.requests.splice(0)
      events.cut()
      await client.untilSeen(({states}) => states.filter((state) => state === 'waiting').length >= 2, 'two tries')
      expect(events.requests).to.deep.equal([])
      await client.page.evaluate(`client.use(${JSON.stringify(events.runtime)})`)
      await client.untilSeen(({reads}) => reads.length === 2, 'the stream of an address that can be proven')
    })

    it('is quiet once it is closed', async () => {
      events.cut()
      await client.untilSeen(({states}) => states.at(-1) === 'waiting', 'the end of the stream')
      await client.page.evaluate('client.close()')
      await client.page.waitForTimeout(1000) // the wait before a new stream is a quarter of this
      expect([events.open.size, events.total]).to.deep.equal([0, 1])
      expect((await client.seen()).states.at(-1)).to.equal('closed')
    })
  })
})
