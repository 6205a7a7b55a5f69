import {statSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {Uuid} from '../../../src/values/scalars.js'
import {callJson, valueOf} from '../../support/calls.js'
import {page} from '../../support/outline.js'
import {http} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'

const PAGE = '00000000-0000-4000-8000-000000000001'

describe('methods for clients of Logseq', function () {
  this.timeout(180_000)
  const {sandbox, server} = useServer('suite')

  it('gc-graph deletes what nothing needs, shrinks the file, and notes when', async () => {
    const many = Array.from({length: 400}, (_, i) =>
      page(`00000000-0000-4000-9000-${String(i).padStart(12, '0')}`, `Page ${i} ${'x'.repeat(400)}`),
    )
    expect((await callJson(server, 'transact', 'demo', many)).status).to.equal(200)
    const gone = many.map((one) => [':db/retractEntity', [':block/uuid', one['block/uuid']]])
    expect((await callJson(server, 'transact', 'demo', gone)).status).to.equal(200)
    await callJson(server, 'close-db', 'demo')
    const size = () => statSync(join(sandbox.graphDir(), 'db.sqlite')).size
    const before = size()
    const garbage = async () =>
      ((await callJson(server, 'graph/check', 'demo')).json.result as Record<string, number>)[':garbage']
    expect(await garbage()).to.be.greaterThan(0)
    const start = Date.now()
    expect((await callJson(server, 'gc-graph', 'demo')).json).to.deep.equal({ok: true, result: null})
    expect(await garbage()).to.equal(0)
    expect(size()).to.be.lessThan(before)
    const at = await valueOf(server, 'get-key-value', '"demo"', ':logseq.kv/graph-last-gc-at')
    expect(at).to.be.within(start, Date.now())
    const checked = (await callJson(server, 'graph/check', 'demo')).json.result as Record<string, unknown>
    expect(checked[':problems']).to.deep.equal([])
  })

  it('ensure-local-graph-uuid returns the one that the graph has, or gives it one', async () => {
    const own = await valueOf(server, 'get-graph-uuid', '"demo"')
    expect(await valueOf(server, 'ensure-local-graph-uuid', '"demo"')).to.deep.equal(own)
    await valueOf(server, 'transact', '"demo"', '[[:db/retractEntity :logseq.kv/local-graph-uuid]]')
    expect(await valueOf(server, 'get-graph-uuid', '"demo"')).to.equal(null)
    const made = await valueOf(server, 'ensure-local-graph-uuid', '"demo"')
    expect(made).to.be.instanceOf(Uuid)
    expect(await valueOf(server, 'get-graph-uuid', '"demo"')).to.deep.equal(made)
    expect(await valueOf(server, 'get-rtc-graph-uuid', '"demo"')).to.equal(null)
  })

  it('transact leaves out nil in maps and what clients keep for themselves', async () => {
    const shown = {'block.temp/shown': true, 'block/collapsed?': null, 'block/level': 2}
    const written = [{...page(PAGE, 'Kept'), ...shown}]
    expect((await callJson(server, 'transact', 'demo', written)).json).to.deep.equal({ok: true, result: null})
    expect(await valueOf(server, 'page-exists?', '"demo"', '"Kept"', ':logseq.class/Page')).to.equal(true)
  })

  it('methods about synchronisation and keys have one code', async () => {
    for (const name of [
      'rtc-start',
      'rtc-stop',
      'db-sync-list-remote-graphs',
      'db-sync-start',
      'get-user-rsa-key-pair',
      'get-e2ee-password',
    ]) {
      const {json, status} = await callJson(server, name, 'demo')
      expect(status, name).to.equal(501)
      expect(json.error, name).to.include({code: 'sync-not-served', method: `thread-api/${name}`})
    }
  })

  it('an unknown method is refused in Logseq’s words', async () => {
    const {json, status} = await callJson(server, 'no-such-method', 'demo')
    expect(status).to.equal(404)
    expect(json.error).to.include({code: 'unknown-method', message: 'unknown method: thread-api/no-such-method'})
  })

  it('gives references in the form of the era that the call shows', async () => {
    const block = {
      'block/created-at': 1,
      'block/order': 'a0',
      'block/page': [':block/uuid', `~u${PAGE}`],
      'block/parent': [':block/uuid', `~u${PAGE}`],
      'block/refs': [[':block/uuid', `~u${PAGE}`]],
      'block/title': `see [[${PAGE}]]`,
      'block/updated-at': 1,
      'block/uuid': '~u00000000-0000-4000-8000-000000000002',
    }
    expect((await callJson(server, 'transact', 'demo', [page(PAGE, 'Home')])).status).to.equal(200)
    expect((await callJson(server, 'transact', 'demo', [block])).status).to.equal(200)
    const args = ['demo', [':block/uuid', `~u${PAGE}`]]
    const rows = async (more: object) => {
      const body = {args, method: 'thread-api/get-block-refs', ...more}
      const {json} = await http(server.port, '/v1/invoke', {body, token: server.token})
      return (json.result as Record<string, unknown>[])[0]!
    }

    expect(await rows({})).to.include.keys(':block/page-id', ':block/raw-title')
    const base = await rows({directPass: false})
    expect(base).to.include.keys(':block/page').and.not.any.keys(':block/page-id', ':block/raw-title')
    expect(base[':block/page']).to.have.all.keys(':db/id')
  })
})
