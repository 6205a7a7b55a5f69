import {realpathSync} from 'node:fs'
import {expect} from 'chai'

import {graphId} from '../../src/lib/graphs/locate.js'
import {ClientPage} from '../support/client-page.js'
import {cutBefore} from '../support/cutting-proxy.js'
import {end, know} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'
import {serve, type Served} from '../support/workers.js'

describe('the client of a real server, in a browser’s page', function () {
  this.timeout(120_000)
  const client = new ClientPage()
  let sandbox: Sandbox
  let server: Served

  const runtime = ({port, token}: Served) => ({
    authToken: token,
    baseUrl: `http://127.0.0.1:${port}`,
    graphId: graphId(realpathSync(sandbox.graphDir())),
    lockId: String(sandbox.record()!['lock-id']),
  })

  const invoke = (...args: string[]) =>
    client.page.evaluate<Record<string, unknown>>(
      `client.invoke(...${JSON.stringify(args)}).catch(({code, status}) => ({code, status}))`,
    )

  before(async () => {
    sandbox = new Sandbox()
    server = await serve(sandbox, {LOGSEQ_DB_WORKER_ORIGIN: client.origin})
  })

  beforeEach(async () => {
    await client.connect(runtime(server))
    await client.untilSeen(({reads}) => reads.length === 1, 'the stream')
  })

  after(() => sandbox?.dispose())

  it('calls methods, in JSON and in transit', async () => {
    expect(await invoke('thread-api/get-version')).to.include.keys(':revision', ':sqlite')
    expect(await client.page.evaluate('client.invokeTransit("thread-api/get-version", "[]")')).to.contain('revision')
  })

  it('hears of a write', async () => {
    await client.page.evaluate(
      `client.invoke('thread-api/transact', ['demo', [{'db/ident': ':logseq.kv/heard', 'kv/value': 'Heard'}], null, null])`,
    )
    const {events} = await client.untilSeen((now) => now.events.length > 0, 'the event of the write')
    expect(events.map(({type}) => type)).to.deep.equal(['sync-db-changes'])
    expect(events[0]!.payload).to.contain('Heard')
  })

  it('reports refusals by their code', async () => {
    expect(await invoke('thread-api/no-such')).to.deep.equal({code: 'unknown-method', status: 404})
    await client.page.evaluate(
      `client.use({...${JSON.stringify(runtime(server))}, authToken: 'wrong', lockId: undefined})`,
    )
    expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'unauthorized', status: 401})
    await client.untilSeen(({states}) => states.at(-1) === 'waiting', 'the refusal of the stream')
    expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'unauthorized', status: 401})
    await client.page.evaluate(`client.use({...${JSON.stringify(runtime(server))}, authToken: 'wrong'})`)
    expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'server-unreachable', status: 0})
  })

  it('survives the server: says that it is away, and reads again from the next one', async () => {
    await end(know(server.pid)!)
    await client.untilSeen(({states}) => states.at(-1) === 'waiting', 'the loss')
    expect(await invoke('thread-api/get-version')).to.deep.equal({code: 'server-unreachable', status: 0})
    server = await serve(sandbox, {LOGSEQ_DB_WORKER_ORIGIN: client.origin})
    await client.page.evaluate(`client.use(${JSON.stringify(runtime(server))})`)
    expect((await client.untilSeen(({reads}) => reads.length === 2, 'the next server')).reads).to.deep.equal([
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
        await client.page.evaluate(
          `client.use(${JSON.stringify({...runtime(server), baseUrl: `http://127.0.0.1:${port}`})})`,
        )
        await client.untilSeen(({reads}) => reads.length === 2, 'the stream through the proxy')
        proxy.lose('transact', what)
        await client.page.evaluate(
          `client.invoke('thread-api/transact', ['demo', [{'block/title': 'Once, ${what}'}], {'skip-validate-db?': true}, null])`,
        )
        expect(proxy.seen('"thread-api/transact"')).to.equal(2)
        const count = `[:find (count ?e) . :where [?e :block/title "Once, ${what}"]]`
        expect(await client.page.evaluate(`client.invoke('thread-api/q', ['demo', ['${count}']])`)).to.equal(1)
      } finally {
        await client.page.evaluate('client.close()')
        proxy.close()
        sandbox.writeRecord(record)
      }
    })
  }

  it('ends what is under way when it is closed', async () => {
    const code = await client.page.evaluate(`
      (() => {
        const answer = client.invoke('thread-api/get-version').catch(({code}) => code)
        client.close()
        return answer
      })()`)
    expect(code).to.equal('server-unreachable')
  })
})
