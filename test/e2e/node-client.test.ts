import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {Client} from '../../src/lib/client/client.js'
import type {GraphEvent} from '../../src/lib/client/events.js'
import {ServerError} from '../../src/lib/errors.js'
import {METHODS} from '../../src/protocol/methods/all.js'
import type {Returned} from '../../src/protocol/methods/spec.js'
import type {JsonMap, MethodName} from '../../src/protocol/methods/types.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {keyword} from '../../src/values/scalars.js'
import {ValueMap} from '../../src/values/types.js'
import {page} from '../support/outline.js'
import {end, know, until} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

describe('the client for Node.js', function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let client: Client

  beforeEach(async () => {
    sandbox = new Sandbox()
    await sandbox.start()
    client = new Client({dataDir: sandbox.dataDir, repo: 'demo'})
  })

  afterEach(async () => {
    client.close()
    await sandbox.dispose()
  })

  const write = (n: number) => client.call('transact', [page(uuid(n), `page ${n}`) as JsonMap])

  describe('events', () => {
    /** Collects the events of a loop until it ends. */
    function follow(options: {signal?: AbortSignal} = {}) {
      const events: GraphEvent[] = []
      const ended = (async () => {
        for await (const event of client.events(options)) events.push(event)
      })()
      ended.catch(() => {}) // the test awaits it
      const types = () => events.map(({type}) => type)
      return {ended, events, types}
    }

    it('come in the order of the writes, and go on over a restart and a kill, with a gap', async () => {
      const {events, types} = follow()
      await until(() => types().includes('opened'), 10_000, 'the stream to open')
      for (const n of [1, 2, 3]) await write(n)
      await until(() => events.length === 4, 10_000, 'three writes')
      const change = events[1]!.payload as ValueMap
      expect(change.get(keyword('repo'))).to.equal('logseq_db_demo')
      expect(
        events
          .slice(1)
          .map(({payload}) => writeEdn(payload))
          .join(' '),
      ).to.match(/page 1.*page 2.*page 3/)

      const {pid} = await sandbox.ok(['server', 'restart', '--repo', 'demo'])
      await until(() => types().filter((type) => type === 'gap').length === 1, 10_000, 'the first gap')
      await write(4)
      await until(() => types().at(-1) === 'sync-db-changes', 10_000, 'the fourth write')

      await end(know(pid as number)!)
      await delay(300) // the loop has looked for a server more than once, and has not started one
      expect(sandbox.servers()).to.deep.equal([])
      await sandbox.ok(['server', 'start', '--repo', 'demo'])
      await until(() => types().filter((type) => type === 'gap').length === 2, 10_000, 'the second gap')
    })

    it('end with the loop, the signal, or the client', async () => {
      for await (const {type} of client.events()) if (type === 'opened') break
      const listed = async () => (await sandbox.ok(['server', 'list']))['servers'][0]
      expect((await listed()).status).to.equal('ready')

      const abort = new AbortController()
      const aborted = follow({signal: abort.signal})
      await until(() => aborted.events.length > 0, 10_000, 'the stream to open')
      abort.abort(new Error('enough'))
      expect(await aborted.ended.catch(String)).to.equal('Error: enough')

      const closed = follow()
      await until(() => closed.events.length > 0, 10_000, 'the stream to open')
      client.close()
      await closed.ended
    })

    it('end at once with a signal that was aborted before, and in a wait for a server', async () => {
      expect(await follow({signal: AbortSignal.abort(new Error('before'))}).ended.catch(String)).to.equal(
        'Error: before',
      )
      const abort = new AbortController()
      const {ended, events} = follow({signal: abort.signal})
      await until(() => events.length > 0, 10_000, 'the stream to open')
      await sandbox.ok(['server', 'stop', '--repo', 'demo'])
      abort.abort(new Error('in the wait'))
      expect(await ended.catch(String)).to.equal('Error: in the wait')
    })

    it('throw the error of the first connection', async () => {
      await sandbox.ok(['server', 'stop', '--repo', 'demo'])
      client.close()
      client = new Client({dataDir: sandbox.dataDir, repo: 'demo', start: false})
      const error = await follow().ended.catch((error_: unknown) => error_)
      expect(error).to.be.instanceOf(ServerError).with.property('code', 'server-not-found')
      expect(sandbox.servers()).to.deep.equal([])
    })
  })

  it('starts no server with `start: false`', async () => {
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    client.close()
    client = new Client({dataDir: sandbox.dataDir, repo: 'demo', start: false})
    const error = await client.call('get-all-page-titles').catch((error_: unknown) => error_)
    expect(error).to.have.property('code', 'server-not-found')
    expect(sandbox.servers()).to.deep.equal([])
  })

  it('operates on the graph', async () => {
    await write(1)
    expect(await client.status()).to.include({status: 'ready'})
    expect(await client.info()).to.include({graph: 'demo', kind: 'db'})
    expect((await client.check()).datoms.eavt).to.be.greaterThan(2000)
    const {created} = await client.backUp()
    expect((await client.backups()).backups.map(({name}) => name)).to.include(created)
    const file = join(sandbox.dir, 'copy.sqlite')
    expect(await client.export({file})).to.include({file, format: 'sqlite'})
    expect(await client.stop()).to.include({'stopped-by': 'shutdown'})
    const {pid} = await client.start()
    sandbox.track(pid)
  })

  describe('types of results', () => {
    /** Arguments of methods that need more than the defaults. */
    const ARGUMENTS: Partial<Record<MethodName, () => readonly unknown[]>> = {
      'apply-outliner-ops': () => [[[':create-page', ['a new page', {}]]]],
      'backup-db-sqlite': () => [join(sandbox.dir, 'backup.sqlite')],
      datoms: () => [':eavt', 1],
      'export-edn': () => [{'export-type': ':graph-ontology'}],
      'get-block-sibling': () => [id, ':left'],
      'get-blocks': () => [[{id, opts: {}}]],
      'get-key-value': () => [':logseq.kv/db-type'],
      'get-property-closed-values': () => [':logseq.property/status'],
      'get-property-values': () => [{'property-ident': ':logseq.property/status'}],
      'get-view-filter-data': () => [{'property-ident': ':logseq.property/status'}],
      'import-edn': () => [{'pages-and-blocks': []}],
      pull: () => ['[:db/id]', 1],
      q: () => [['[:find ?e :where [?e :block/name]]']],
      'query-custom': () => [{query: '[:find ?e :where [?e :block/name]]'}],
      'query-dsl-custom-query': () => [{query: '(task todo)'}],
      'query-dsl-query': () => ['(task todo)'],
      'search-blocks': () => ['page'],
      'search-delete-blocks': () => [[]],
      'search-upsert-blocks': () => [[]],
      transact: () => [[]],
    }
    const id = [':block/uuid', `~u${uuid(1)}`]
    const KINDS: Record<string, () => unknown> = {
      integer: () => 20_261_126,
      keyword: () => ':logseq.kv/db-type',
      map: () => ({}),
      text: () => 'page 1',
      value: () => id,
      vector: () => [],
    }
    /** What needs bytes of a database, or a whole graph. */
    const SKIPPED = new Set(['import-db', 'import-db-base64', 'import-db-binary', 'unsafe-unlink-db'])

    const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
    const CHECKS: Record<Returned, (value: unknown) => boolean> = {
      boolean: (value) => typeof value === 'boolean',
      integer: (value) => Number.isInteger(value),
      list: (value) => Array.isArray(value),
      'list?': (value) => value === null || Array.isArray(value),
      map: isMap,
      'map?': (value) => value === null || isMap(value),
      maps: (value) => Array.isArray(value) && value.every((item) => isMap(item)),
      nil: (value) => value === null,
      text: (value) => typeof value === 'string',
      'text?': (value) => value === null || typeof value === 'string',
      texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
      value: () => true,
    }

    it('are those of the results of each method', async () => {
      await write(1)
      const wrong: string[] = []
      for (const [name, {args, returns}] of Object.entries(METHODS)) {
        const short = name.replace('thread-api/', '') as MethodName
        if (SKIPPED.has(short)) continue
        const given =
          ARGUMENTS[short]?.() ??
          args
            .filter((arg) => arg.kind !== 'repo' && !('optional' in arg) && !('rest' in arg))
            .map(({kind}) => KINDS[kind]!())
        const result = await client.invokeJson(short, given).catch((error: unknown) => error)
        if (!CHECKS[returns](result) || result instanceof Error)
          wrong.push(
            `${short} ${JSON.stringify(given)}: not ${returns}: ${result instanceof Error ? result.message : JSON.stringify(result)?.slice(0, 200)}`,
          )
      }

      expect(wrong).to.deep.equal([])
    })
  })
})
