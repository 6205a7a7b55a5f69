import {expect} from 'chai'

import {Client, keyword, startServer, Uuid} from '../../src/lib/index.js'
import {fromJson} from '../../src/values/json.js'
import {page} from '../support/outline.js'
import {Sandbox} from '../support/sandbox.js'
import {factsOf, Listener, type StreamEvent} from '../support/streams.js'

const ROUNDS = 6

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const TITLE = keyword('block/title')

describe('two clients of one server, the command line and an app', function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let app: Client
  let listener: Listener

  beforeEach(async () => {
    sandbox = new Sandbox()
    const graph = {dataDir: sandbox.dataDir, repo: 'demo', requester: {id: 'profile-1', source: 'electron' as const}}
    const server = await startServer({...graph, create: true})
    sandbox.track(server.pid)
    app = new Client(graph)
    listener = await Listener.open({port: server.port, token: server['auth-token']!})
  })

  afterEach(async () => {
    listener.close()
    app.close()
    await sandbox.dispose()
  })

  /** The command line writes a block. */
  const cliWrites = (n: number, title: string) =>
    sandbox.ok(['invoke', 'transact', JSON.stringify([page(uuid(n), title)]), '--repo', 'demo'])

  const appWrites = (n: number, title: string) => app.transact([fromJson(page(uuid(n), title))])

  const cliReads = async (n: number) => {
    const {result} = await sandbox.ok([
      'invoke',
      'pull',
      '[:block/title]',
      `[:block/uuid #uuid "${uuid(n)}"]`,
      '--repo',
      'demo',
    ])
    return (result as Record<string, string>)[':block/title']
  }

  const appReads = async (n: number) =>
    (await app.pull('[:block/title]', [keyword('block/uuid'), new Uuid(uuid(n))]))?.get(TITLE)

  const titlesOf = (event: StreamEvent) =>
    factsOf(event)
      .filter(({a, added}) => a === TITLE && added)
      .map(({v}) => v)

  it('see at once what the other has written, and the app hears of all of it in order', async () => {
    const written: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const fromCli = `cli ${round}`
      await cliWrites(1, fromCli)
      expect(await appReads(1)).to.equal(fromCli)
      const fromApp = `app ${round}`
      await appWrites(1, fromApp)
      expect(await cliReads(1)).to.equal(fromApp)
      written.push(fromCli, fromApp)
    }

    const heard = await listener.heard(written.length)
    expect(heard.flatMap((event) => titlesOf(event))).to.deep.equal(written)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({
      owned: false,
      'owner-source': 'electron',
    })
  })

  it('write at the same time: nothing is lost, and the order is one and the same', async () => {
    const writes = Array.from({length: ROUNDS}, (_, i) => [
      cliWrites(2 * i, `cli ${i}`),
      appWrites(2 * i + 1, `app ${i}`),
    ]).flat()
    await Promise.all(writes)
    const heard = await listener.heard(writes.length)
    const titles = heard.flatMap((event) => titlesOf(event))
    expect(titles).to.have.members(Array.from({length: ROUNDS}, (_, i) => [`cli ${i}`, `app ${i}`]).flat())
    const transactions = heard.map((event) => factsOf(event)[0]!.tx)
    expect(transactions).to.deep.equal(transactions.map((_, i) => transactions[0]! + i))
    for (let i = 0; i < ROUNDS; i++) {
      expect(await appReads(2 * i)).to.equal(`cli ${i}`)
      expect(await appReads(2 * i + 1)).to.equal(`app ${i}`)
    }
  })
})
