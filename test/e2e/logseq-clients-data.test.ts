import {randomUUID} from 'node:crypto'
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword as k} from '../../src/values/scalars.js'
import {decodeTransit, encodeTransit} from '../../src/values/transit.js'
import {type Value, ValueMap} from '../../src/values/types.js'
import {namesIn} from '../support/children.js'
import {BaseClient} from '../support/clients/base.js'
import {ask, isThere} from '../support/clients/common.js'
import {HeadCliClient} from '../support/clients/head.js'
import {fillDisk, needsDisk} from '../support/mounts.js'
import {end, know, until} from '../support/processes.js'
import {rounds} from '../support/rounds.js'
import {Sandbox, WORKER} from '../support/sandbox.js'
import {Listener} from '../support/streams.js'
import {useSandbox} from '../support/use.js'

const SET_CLOCK = fileURLToPath(new URL('../fixtures/programs/set-clock.cjs', import.meta.url))
const DAY_MS = 86_400_000

/** A query that would go on for minutes, and holds few rows. */
const LONG_RUNNING = `[:find (count ?a) . :where [?a ?x ?v] [?b :db/ident] ${'[(str ?a " " ?b " " ?a " " ?b)]'.repeat(900)}]`

const PAGE = '11111111-0000-4000-8000-000000000001'
const PARENT = '11111111-0000-4000-8000-000000000002'
const CHILD = '11111111-0000-4000-8000-000000000003'

describe('Logseq’s own clients at work', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  before(function () {
    if (process.platform !== 'linux') this.skip() // elsewhere they are asked for the token
  })

  const headCli = (its: Sandbox = sandbox) => new HeadCliClient({sandbox: its, owner: 'cli', script: WORKER})
  const base = () => new BaseClient({sandbox, owner: 'cli', script: WORKER})

  /** A method of the graph `demo`, with arguments as EDN and the answer as a value. */
  async function head(client: HeadCliClient, method: string, ...args: string[]): Promise<Value> {
    const result = await client.invoke(
      'demo',
      method,
      encodeTransit(['logseq_db_demo', ...args.map((a) => readEdn(a))]),
    )
    return decodeTransit(result!)
  }

  async function old(client: BaseClient, method: string, ...args: string[]): Promise<Value> {
    const all = encodeTransit(['logseq_db_demo', ...args.map((a) => readEdn(a))])
    return decodeTransit((await client.invoke('logseq_db_demo', method, all)) as string)
  }

  const titles = (rows: Value) => Array.from(rows as Iterable<ValueMap>, (row) => row.get(k('block/title')))
  function at(value: Value, ...keys: string[]): Value {
    let found = value
    for (const key of keys) found = (found as ValueMap).get(k(key)) ?? null
    return found
  }

  const BLOCKS = `[{:block/uuid #uuid "${PARENT}" :block/title "buy seeds"}
                   {:block/uuid #uuid "${CHILD}" :block/title "tomatoes for [[${PAGE}]]"
                    :block/parent [:block/uuid #uuid "${PARENT}"] :block/refs [{:block/uuid #uuid "${PAGE}"}]}]`

  /** A page with two blocks, one a task, by several operations of one call. */
  const writeGarden = (client: HeadCliClient) =>
    head(
      client,
      'apply-outliner-ops',
      `[[:create-page ["Garden" {:uuid #uuid "${PAGE}"}]]
        [:insert-blocks [${BLOCKS} #uuid "${PAGE}" {:bottom? true :keep-uuid? true :sibling? false}]]
        [:batch-set-property [[#uuid "${PARENT}"] :logseq.property/status :logseq.property/status.doing nil]]]`,
      '{}',
    )

  describe('of August 2026', () => {
    it('write several operations as one transaction, and receive one event', async () => {
      const {port} = await sandbox.start()
      const listener = await Listener.open({port: port as number})
      const answer = await writeGarden(headCli())
      expect([...(answer as ValueMap).keys()].map(String)).to.deep.equal([':result'])
      // The last operation that has a result is the insertion.
      expect(titles(at(answer, 'result', 'blocks'))).to.deep.equal(['buy seeds', `tomatoes for [[${PAGE}]]`])
      await head(headCli(), 'apply-outliner-ops', `[[:delete-blocks [[#uuid "${CHILD}"] {}]]]`, '{}')
      const [first, second, ...others] = await listener.heard(2)
      expect(others).to.deep.equal([])
      const facts = writeEdn(first!.data.get(k('tx-data'))!)
      for (const uuid of [PAGE, PARENT, CHILD]) expect(facts).to.contain(uuid)
      expect(first!.name).to.equal(':sync-db-changes')
      expect(namesIn(at(first!.data, 'delta') as ValueMap, 'blocks')).to.include.members([PAGE, PARENT, CHILD])
      expect(namesIn(at(second!.data, 'delta') as ValueMap, 'deleted')).to.deep.equal([CHILD])
      expect(at(first!.data, 'tx-meta', 'outliner-op')).to.equal(null)
      expect(at(second!.data, 'tx-meta', 'outliner-op')).to.equal(k('delete-blocks'))
      listener.close()
    })

    it('get what they wrote in the answer, block by block, when they ask for it as the app does', async () => {
      await sandbox.start()
      await writeGarden(headCli())
      const move = `[[:move-blocks [[#uuid "${CHILD}"] #uuid "${PAGE}" {:bottom? true}]]]`
      const answer = await head(headCli(), 'apply-outliner-ops', move, '{:ui/perf-id "1" :db-sync/tx-id "op"}')
      expect(at(answer, 'delta', 'op-id')).to.equal('op')
      expect(namesIn(at(answer, 'delta') as ValueMap, 'blocks')).to.include(CHILD)
    })

    it('write nothing of a call of which one operation is refused, and learn why', async () => {
      const {port} = await sandbox.start()
      const listener = await Listener.open({port: port as number})
      const ops = '[[:create-page ["Kept out" {}]] [:create-page ["a#b" {}]]]'
      const refused = await head(headCli(), 'apply-outliner-ops', ops, '{}').catch((error: Error) => error.message)
      expect(refused).to.match(/^400: .*"code":"validation-error","message":"Page name can't include \\"#\\"\."/)
      expect((await listener.heard(1))[0]!.type).to.equal('notification')
      expect(await head(headCli(), 'page-exists?', '"Kept out"', '[:logseq.class/Page]')).to.equal(false)
      listener.close()
    })

    it('list, show and search what they wrote', async () => {
      await sandbox.start()
      const client = headCli()
      await writeGarden(client)
      expect(titles(await head(client, 'cli-list-pages', '{:include-built-in false}'))).to.deep.equal(['Garden'])
      expect(titles(await head(client, 'cli-list-tags', '{}'))).to.include('Task')
      expect(titles(await head(client, 'cli-list-properties', 'nil'))).to.include('Status')
      const [task] = (await head(
        client,
        'cli-list-tasks',
        '{:status :logseq.property/status.doing}',
      )) as unknown as Iterable<ValueMap>
      expect(at(task!, 'block/title')).to.equal('buy seeds')
      const tag = at(await head(client, 'pull', '[:db/id]', '[:db/ident :logseq.class/Task]'), 'db/id')
      expect(titles(await head(client, 'cli-list-nodes', `{:tag-ids [${String(tag)}]}`))).to.deep.equal(['buy seeds'])

      const tree = (await head(client, 'get-page-blocks-tree', '"Garden"')) as ValueMap[]
      expect(titles(tree)).to.deep.equal(['buy seeds'])
      expect(titles(at(tree[0]!, 'block/children'))).to.deep.equal([`tomatoes for [[${PAGE}]]`])
      const id = async (uuid: string) =>
        at(await head(client, 'pull', '[:db/id]', `[:block/uuid #uuid "${uuid}"]`), 'db/id')
      expect(titles(await head(client, 'get-block-refs', String(await id(PAGE))))).to.deep.equal([
        `tomatoes for [[${PAGE}]]`,
      ])
      expect(titles(await head(client, 'get-block-parents', String(await id(CHILD))))).to.deep.equal([
        'Garden',
        'buy seeds',
      ])
      const found = await head(client, 'search-blocks', '"tomatoes"', '{:enable-snippet? false}')
      expect(titles(found)).to.deep.equal(['tomatoes for [[Garden]]'])
      const [valid] = [await head(client, 'validate-db', '{:fix false}')]
      expect(at(valid, 'errors')).to.equal(null)
    })

    it('export a graph as EDN and as a database, and import both into others', async () => {
      await sandbox.start()
      await sandbox.start('other')
      const client = headCli()
      await writeGarden(client)
      const edn = await client.invoke('demo', 'export-edn', encodeTransit(['demo', readEdn('{:export-type :graph}')]))
      const imported = await client.invoke('other', 'import-edn', encodeTransit(['other', decodeTransit(edn!)]))
      expect(at(decodeTransit(imported!), 'tx-count')).to.be.greaterThan(0)
      const pages = async (repo: string) =>
        titles(
          decodeTransit(
            (await client.invoke(repo, 'cli-list-pages', encodeTransit([repo, readEdn('{:include-built-in false}')])))!,
          ),
        )
      expect(await pages('other')).to.deep.equal(['Garden'])

      const path = join(sandbox.dir, 'copy.sqlite')
      expect(at(await head(client, 'backup-db-sqlite', `"${path}"`), 'path')).to.equal(path)
      const third = await sandbox.start('third')
      const answer = await ask(third['port'] as number, '/v1/import-db-binary?repo=third', {
        body: readFileSync(path),
        ms: 10_000,
      })
      expect([answer.status, answer.json?.ok]).to.deep.equal([200, true])
      expect(await pages('third')).to.deep.equal(['Garden'])
      for (const repo of ['demo', 'other', 'third']) expect(await client.stop(repo)).to.equal('shutdown')
    })
  })

  describe('of February 2026', () => {
    const eid = async (client: BaseClient, lookup: string) =>
      Number(at(await old(client, 'pull', '[:db/id]', lookup), 'db/id'))

    /** As the client of that time: entities by their numbers. */
    async function writeByNumbers(client: BaseClient): Promise<void> {
      const apply = (ops: string) => old(client, 'apply-outliner-ops', ops, '{}')
      await apply('[[:create-page ["Garden" {}]]]')
      const page = await eid(client, '[:block/name "garden"]')
      await apply(
        `[[:insert-blocks [[{:block/uuid #uuid "${PARENT}" :block/title "buy seeds"}] ${page} {:sibling? false :keep-uuid? true}]]]`,
      )
      const block = await eid(client, `[:block/uuid #uuid "${PARENT}"]`)
      await apply(`[[:batch-set-property [[${block}] :logseq.property/priority :logseq.property/priority.high {}]]]`)
    }

    it('write by numbers, read what they wrote, and receive events', async () => {
      const {port} = await sandbox.start()
      const listener = await Listener.open({port: port as number})
      const client = base()
      await writeByNumbers(client)
      const events = await listener.heard(3)
      expect(events.map(({name}) => name)).to.deep.equal([1, 2, 3].map(() => ':sync-db-changes'))
      expect(writeEdn(events[1]!.data.get(k('tx-data'))!)).to.contain('buy seeds')
      listener.close()

      const initial = await old(client, 'get-initial-data', '{}')
      expect([...(initial as ValueMap).keys()].map(String)).to.deep.equal([':schema', ':initial-data'])
      expect(titles(await old(client, 'api-list-pages', '{}'))).to.include('Garden')
      for (const list of ['api-list-tags', 'api-list-properties'])
        expect(titles(await old(client, list, '{}'))).not.to.deep.equal([])
      const [task] = (await old(
        client,
        'q',
        '["[:find (pull ?b [:block/title]) :where [?b :logseq.property/priority ?p] [?p :db/ident :logseq.property/priority.high]]"]',
      )) as unknown as Iterable<Value[]>
      expect(at(task![0]!, 'block/title')).to.equal('buy seeds')
      const parent = await eid(client, `[:block/uuid #uuid "${PARENT}"]`)
      expect(titles(await old(client, 'get-block-parents', String(parent), '3'))).to.deep.equal(['Garden'])
      expect(titles(await old(client, 'get-page-blocks-tree', '"Garden"'))).to.deep.equal(['buy seeds'])
    })

    it('learn why an operation is refused, which their own server only tells the app', async () => {
      await sandbox.start()
      const ops = encodeTransit(['logseq_db_demo', readEdn('[[:create-page ["a#b" {}]]]'), new ValueMap()])
      const refused = base().invoke('logseq_db_demo', 'apply-outliner-ops', ops)
      expect(await refused.catch((error: Error) => error.message)).to.match(/^400: .*Page name can't include/)
    })

    it('take a database with them, and bring it to another graph', async () => {
      await sandbox.start()
      await sandbox.start('other')
      const client = base()
      await writeByNumbers(client)
      const text = await client.invoke('logseq_db_demo', 'export-db-base64', ['logseq_db_demo'])
      expect(
        Buffer.from(text as string, 'base64')
          .subarray(0, 15)
          .toString(),
      ).to.equal('SQLite format 3')
      await client.invoke('logseq_db_other', 'import-db-base64', ['logseq_db_other', text])
      const pages = await client.invoke('logseq_db_other', 'api-list-pages', encodeTransit(['logseq_db_other', null]))
      expect(titles(decodeTransit(pages as string))).to.include('Garden')
      for (const repo of ['logseq_db_demo', 'logseq_db_other']) expect(await client.stop(repo)).to.equal('shutdown')
    })
  })

  describe('under faults', () => {
    const insert = (client: HeadCliClient, uuid: string, title: string) =>
      head(
        client,
        'apply-outliner-ops',
        `[[:insert-blocks [[{:block/uuid #uuid "${uuid}" :block/title "${title}"}] #uuid "${PAGE}" {:bottom? true :keep-uuid? true}]]]`,
        '{}',
      )
    const blocks = async (client: HeadCliClient) =>
      titles((await head(client, 'get-page-blocks-tree', '"Garden"')) ?? [])

    it('keep all that was acknowledged when the server is killed, and their next start brings another', async () => {
      const client = headCli()
      await client.start('demo')
      await writeGarden(client)
      let killed = know((await client.start('demo')).health['pid'] as number)!
      for (let round = 0; round < rounds(2, 5); round++) {
        const acknowledged: string[] = []
        const writing = (async () => {
          for (let i = 0; ; i++) {
            await insert(client, randomUUID(), `round ${round} ${i}`)
            acknowledged.push(`round ${round} ${i}`)
          }
        })().catch(() => {}) // the connection broke
        await until(() => acknowledged.length > 10 + round, 20_000, 'some writes')
        process.kill(killed.pid, 'SIGKILL')
        await writing
        await until(() => !isThere(killed.pid), 10_000, 'its end')
        const {health, spawned} = await client.start('demo')
        expect(spawned).to.equal(true)
        expect(await blocks(client)).to.include.members(acknowledged)
        expect(at(await head(client, 'validate-db', '{:fix false}'), 'errors')).to.equal(null)
        killed = know(health['pid'] as number)!
      }

      expect(await client.stop('demo')).to.equal('shutdown')
    })

    it('find the server by its line among garbled ones, and one whose number another program has', async () => {
      const {pid, port} = await sandbox.start()
      const other = sandbox.spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      const list = join(sandbox.dir, 'server-list')
      await until(() => existsSync(list), 5000, 'the list')
      // The second line is that of a server that is gone: another program has its number.
      writeFileSync(list, `x y\n${other.pid} 1\n${readFileSync(list, 'utf8')}\u0000\u0000 12\n`)
      const client = headCli()
      expect((await client.list()).map((health) => [health['pid'], health['port']])).to.deep.equal([[pid, port]])
      await writeGarden(client)
      expect(await client.stop('demo')).to.equal('shutdown')
      expect(isThere(other.pid)).to.equal(true)
      // To this client, a server whose health is late is gone, too.
      // Its line goes a moment before its record, beside which this client starts none.
      const isGone = () => !readFileSync(list, 'utf8').includes(`${pid} ${port}`) && sandbox.record() === undefined
      await until(isGone, 15_000, 'the end of its line and its record')
      expect(readFileSync(list, 'utf8')).to.contain(`${other.pid} 1`)
      const again = await client.start('demo')
      expect(again.spawned).to.equal(true)
      expect(await blocks(client)).to.deep.equal(['buy seeds'])
    })

    for (const [what, lock] of [
      ['empty', () => ''],
      ['of a dead process', () => JSON.stringify({'lock-id': 'x', pid: 4_194_305})],
      ['garbled', () => '{"pid":'],
    ] as const) {
      it(`start it while the lock of the list is ${what}`, async () => {
        writeFileSync(join(sandbox.dir, 'server-list.lock'), lock())
        const client = headCli()
        expect(await client.start('demo')).to.include({owned: true, spawned: true})
        await writeGarden(client)
        expect(await client.stop('demo')).to.equal('shutdown')
      })
    }

    it('are served beside a request that goes on after its client has gone', async () => {
      const {port} = await sandbox.start()
      const client = headCli()
      const body = JSON.stringify({
        argsTransit: encodeTransit(['demo', [LONG_RUNNING]]),
        method: 'thread-api/q',
      })
      await until(() => client.list().then(({length}) => length > 0), 15_000, 'the line of the server')
      const gone = ask(port as number, '/v1/invoke', {body, ms: 1500}).catch((error: Error) => error.name)
      for (const _ of [1, 2, 3]) expect((await client.list())[0]).to.include({'http-status': 200, status: 'ready'})
      await writeGarden(client)
      expect(await blocks(client)).to.deep.equal(['buy seeds'])
      expect(await gone).to.equal('AbortError')
      const again = ask(port as number, '/v1/invoke', {body, ms: 30_000}).catch(() => {})
      expect(await client.stop('demo')).to.equal('shutdown')
      await again
    })

    it('work while the clock is set back and forth', async () => {
      const file = join(sandbox.dir, 'clock')
      writeFileSync(file, '0')
      const env = {NODE_OPTIONS: `--require ${JSON.stringify(SET_CLOCK)}`, SET_CLOCK: file}
      const client = new HeadCliClient({sandbox, env, owner: 'cli', script: WORKER})
      await client.start('demo')
      await writeGarden(client)
      const expected = ['buy seeds']
      for (const days of [-400, 400, -1, 0]) {
        writeFileSync(file, String(days * DAY_MS))
        await insert(client, randomUUID(), `day ${days}`)
        expected.push(`day ${days}`)
        expect(await blocks(client)).to.deep.equal(expected)
        expect((await client.list())[0]).to.include({status: 'ready'})
        expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({status: 'ready'})
      }

      writeFileSync(file, String(400 * DAY_MS))
      expect(await client.stop('demo')).to.equal('shutdown')
      await until(() => sandbox.record() === undefined, 5000, 'the end of the record')
    })

    it('learn of a full disk, lose nothing, and go on once there is room', async function () {
      const small = new Sandbox()
      const disk = needsDisk(this, small.dataDir, '12m')
      try {
        await small.start()
        const client = headCli(small)
        await writeGarden(client)
        fillDisk(small.dataDir)
        const acknowledged: string[] = []
        let refused = ''
        for (let i = 0; refused === '' && i < 2000; i++) {
          const title = `block ${i} ${'x'.repeat(3000)}`
          await insert(client, randomUUID(), title).then(
            () => acknowledged.push(title),
            (error: Error) => {
              refused = error.message
            },
          )
        }

        expect(refused).to.match(/^507: .*"disk-full"/)
        expect(await blocks(client)).to.deep.equal(['buy seeds', ...acknowledged])
        expect((await client.list())[0]).to.include({status: 'ready'})
        rmSync(join(small.dataDir, 'filler'))
        await insert(client, randomUUID(), 'room')
        expect(await blocks(client)).to.deep.equal(['buy seeds', ...acknowledged, 'room'])
        expect(await client.stop('demo')).to.equal('shutdown')
      } finally {
        await Promise.all(small.servers().map((known) => end(known)))
        disk.unmount()
        await small.dispose()
      }
    })
  })
})
