import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite} from '../../src/lib/sqlite.js'
import {callJson} from '../support/calls.js'
import {contentsOf} from '../support/files.js'
import {Listener} from '../support/streams.js'
import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']
const WRITE = [{'block/title': 'new', 'block/uuid': '~u00000000-0000-4000-8000-000000000001'}]

describe('a graph of a newer Logseq', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  beforeEach(async () => {
    await sandbox.start()
    await sandbox.ok(['server', 'stop', ...DEMO])
    const db = openSqlite(join(sandbox.graphDir(), 'db.sqlite'))
    // Another process holds its locks a little beyond its end.
    db.exec('PRAGMA busy_timeout = 5000')
    db.exec(`UPDATE kvs SET content = replace(content, '"~:minor",22', '"~:minor",99')`)
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
  })

  it('is read, and refuses to be written, and says why', async () => {
    const database = () => contentsOf(sandbox.graphDir())['db.sqlite']
    const before = database()
    const {port} = await sandbox.ok(['server', 'start', ...DEMO])
    const place = {port: port as number, token: sandbox.record()!['auth-token'] as string}
    const listener = await Listener.open(place)

    const refused = await callJson(place, 'transact', 'demo', WRITE)
    expect(refused.status, refused.body).to.equal(403)
    expect(refused.json.error.code).to.equal('graph-read-only')
    expect(refused.json.error.reason).to.contain('65.99')
    const error = await sandbox.fails(['invoke', 'transact', JSON.stringify(WRITE), ...DEMO])
    expect(error).to.include({code: 'graph-read-only', exit: 5, reason: refused.json.error.reason})

    expect((await callJson(place, 'gc-graph', 'demo')).json.error.code).to.equal('graph-read-only')
    const uuid = await callJson(place, 'ensure-local-graph-uuid', 'demo')
    expect(uuid.body, 'it has one').to.match(/"~u[\da-f-]{36}"/)

    expect((await callJson(place, 'pull', 'demo', '[:block/title]', ':logseq.class/Task')).body).to.equal(
      '{"ok":true,"result":{":block/title":"Task"}}',
    )
    expect(
      (await sandbox.ok(['query', '[:find (count ?e) . :where [?e :db/ident]]', ...DEMO]))['result'],
    ).to.be.greaterThan(100)
    await sandbox.ok(['graph', 'check', ...DEMO])
    await sandbox.ok(['server', 'stop', ...DEMO])
    expect(listener.events).to.deep.equal([])
    listener.close()
    expect(database()).to.equal(before)
  })
})
