import {randomUUID} from 'node:crypto'
import {expect} from 'chai'

import {
  Client,
  keyword,
  List,
  readEdn,
  ServerError,
  startServer,
  stopServer,
  Uuid,
  type Value,
  ValueMap,
} from '../../../src/lib/index.js'
import {fromJson} from '../../../src/values/json.js'
import {cutBefore, type CuttingProxy} from '../../support/cutting-proxy.js'
import {page} from '../../support/outline.js'
import {know, until} from '../../support/processes.js'
import {Sandbox} from '../../support/sandbox.js'

const UUID = new Uuid('00000000-0000-4000-8000-000000000001')

describe('the client of a graph', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  const clients: Client[] = []

  beforeEach(() => {
    sandbox = new Sandbox()
  })

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await sandbox.dispose()
  })

  function client(create = true, more: object = {}): Client {
    const made = new Client({create, dataDir: sandbox.dataDir, repo: 'demo', ...more})
    clients.push(made)
    return made
  }

  async function codeOf(promise: Promise<unknown>): Promise<string> {
    const error = await promise.then(
      () => undefined,
      (error_: unknown) => error_,
    )
    if (!(error instanceof ServerError)) throw new Error(`not a ServerError: ${String(error)}`)
    return error.code
  }

  it('starts the server when none runs, and reads and writes values', async () => {
    const graph = client()
    expect(sandbox.record()).to.equal(undefined)
    await graph.transact([
      new ValueMap([
        [keyword('block/uuid'), UUID],
        [keyword('block/title'), 'a title'],
        [keyword('block/name'), 'a title'],
        [keyword('block/tags'), keyword('logseq.class/Page')],
        [keyword('block/created-at'), 1],
        [keyword('block/updated-at'), 1],
      ]),
    ])
    sandbox.track(sandbox.record()!['pid'] as number)
    const pulled = await graph.pull(readEdn('[:block/title :block/uuid]'), [keyword('block/uuid'), UUID])
    expect(pulled!.get(keyword('block/title'))).to.equal('a title')
    expect(pulled!.get(keyword('block/uuid'))).to.deep.equal(UUID)
    expect(await graph.pull('[*]', keyword('no/ident'))).to.equal(null)
    const found = await graph.query('[:find ?t . :in $ ?u :where [?e :block/uuid ?u] [?e :block/title ?t]]', [UUID])
    expect(found).to.equal('a title')
    const datoms = await graph.invoke('thread-api/datoms', [keyword('avet'), keyword('block/uuid'), UUID])
    expect((datoms as List).items).to.have.length(1)
    expect(await graph.invokeJson('pull', ['[:block/title]', [':block/uuid', `~u${UUID.text}`]])).to.deep.equal({
      ':block/title': 'a title',
    })
    expect(await graph.invokeJson('list-db')).to.deep.equal([{':name': 'logseq_db_demo'}])
    expect(graph).to.include({graph: 'demo', repo: 'logseq_db_demo'})
  })

  it('uses the server that runs, of any owner', async () => {
    const {pid} = await startServer({
      create: true,
      dataDir: sandbox.dataDir,
      repo: 'demo',
      requester: {source: 'electron'},
    })
    sandbox.track(pid)
    expect(await client(false).invoke('db-exists')).to.equal(true)
    expect(sandbox.record()!['pid']).to.equal(pid)
  })

  it('makes no graph unless it is asked to', () => {
    expect(() => client(false))
      .to.throw(ServerError)
      .with.property('code', 'graph-not-exists')
  })

  it('has many calls under way at once', async () => {
    const graph = client()
    await graph.invoke('init')
    sandbox.track(sandbox.record()!['pid'] as number)
    const answers = await Promise.all(Array.from({length: 50}, () => graph.invoke('db-exists')))
    expect(answers).to.deep.equal(answers.map(() => true))
  })

  it('goes to the next server when the one that it knew was stopped, or died', async () => {
    const graph = client()
    await graph.invoke('db-exists')
    const first = sandbox.track(sandbox.record()!['pid'] as number)!
    await stopServer({dataDir: sandbox.dataDir, repo: 'demo'})
    expect(await graph.invoke('db-exists')).to.equal(true)
    const second = sandbox.track(sandbox.record()!['pid'] as number)!
    expect(second.pid).not.to.equal(first.pid)
    process.kill(second.pid, 'SIGKILL')
    await until(() => know(second.pid)?.start !== second.start, 5000, 'the end of the second server')
    expect(await graph.invoke('db-exists')).to.equal(true)
    sandbox.track(sandbox.record()!['pid'] as number)
  })

  describe('whose connection breaks', () => {
    let proxy: CuttingProxy
    let graph: Client

    beforeEach(async () => {
      graph = client()
      await graph.invoke('init')
      sandbox.track(sandbox.record()!['pid'] as number)
      graph.close()
      proxy = await cutBefore(sandbox)
    })

    afterEach(() => proxy.close())

    const reads: [method: string, args: Value[], answer: Value][] = [
      ['db-exists', [], true],
      ['pull', ['[:db/ident]', keyword('no/ident')], null],
      ['q', [['[:find ?e . :where [?e :db/ident :no/ident]]']], null],
    ]
    for (const what of ['request', 'answer'] as const) {
      for (const [method, args, answer] of reads) {
        it(`sends ${method} again over another one when the ${what} is lost`, async () => {
          proxy.lose(`"thread-api/${method}"`, what)
          expect(await graph.invoke(method, args)).to.equal(answer)
          expect(proxy.seen(`"thread-api/${method}"`)).to.equal(2)
          proxy.lose(`"thread-api/${method}"`, what)
          expect(await graph.invoke(method, args)).to.equal(answer)
          expect(proxy.seen(`"thread-api/${method}"`)).to.equal(4)
        })
      }
    }

    it('does not send a read again for ever', async () => {
      const losing = setInterval(() => proxy.lose('db-exists', 'request'))
      try {
        expect(await codeOf(graph.invoke('db-exists'))).to.equal('server-unresponsive')
        expect(proxy.seen('thread-api/db-exists')).to.be.within(3, 6)
      } finally {
        clearInterval(losing)
      }
    })

    const count = async (value: string) =>
      (await graph.query('[:find (count ?e) . :in $ ?v :where [?e :block/title ?v]]', [value])) ?? 0
    const write = (title: string) => graph.transact([fromJson(page(randomUUID(), title))])
    for (const what of ['request', 'answer'] as const) {
      it(`sends a write again when the ${what} is lost, and it is done once`, async () => {
        for (const title of ['one', 'two', 'three']) {
          proxy.lose('transact', what)
          await write(title)
          expect(await count(title), title).to.equal(1)
        }

        expect(proxy.seen('"thread-api/transact"')).to.equal(6)
      })
    }

    it('sends a write again to the next server when the first died before it could answer, and it is done once', async () => {
      const first = sandbox.record()!['pid'] as number
      proxy.lose('transact', 'answer', () => process.kill(first, 'SIGKILL'))
      await write('once')
      sandbox.track(sandbox.record()!['pid'] as number)
      expect(sandbox.record()!['pid']).not.to.equal(first)
      expect(await count('once')).to.equal(1)
    })

    it('sends a write over a connection whose server has just proven itself', async () => {
      await graph.invoke('db-exists')
      const proofs = proxy.seen('x-challenge')
      await graph.transact([
        new ValueMap([
          [keyword('db/ident'), keyword('logseq.kv/mine')],
          [keyword('kv/value'), 1],
        ]),
      ])
      expect(proxy.seen('x-challenge')).to.be.greaterThan(proofs)
    })
  })

  it('reports failures by their codes', async () => {
    const graph = client()
    expect(await codeOf(graph.invoke('no-such-method'))).to.equal('unknown-method')
    sandbox.track(sandbox.record()!['pid'] as number)
    expect(await codeOf(graph.query('[:find'))).to.equal('invalid-query')
    expect(await codeOf(graph.pull('[*]', 'text'))).to.equal('invalid-entity-id')
    expect(await codeOf(graph.transact([7]))).to.equal('invalid-transaction')
    expect(await codeOf(graph.invokeJson('transact', ['~x']))).to.equal('invalid-arguments')
    const error = await graph.invoke('datoms').catch((error_: unknown) => error_)
    expect((error as ServerError).details).to.include({argument: 'index', method: 'thread-api/datoms', status: 400})
  })

  it('cancels a call when it is asked to, and continues', async () => {
    const graph = client()
    await graph.invoke('db-exists')
    sandbox.track(sandbox.record()!['pid'] as number)
    const longRunning: Value = `[:find (count ?e) . :where [?e ?a ?v] [?b :db/ident] ${'[(not= ?e ?b)]'.repeat(900)}]`
    expect(await codeOf(graph.query(longRunning, [], {queryTimeoutMs: 200}))).to.equal('query-timeout')
    const leaving = new AbortController()
    const left = graph.query(longRunning, [], {signal: leaving.signal})
    setTimeout(() => leaving.abort(new ServerError('interrupted', 'left')), 100)
    expect(await codeOf(left)).to.equal('interrupted')
    expect(await graph.invoke('db-exists')).to.equal(true)
  })
})
