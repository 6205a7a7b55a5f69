import {existsSync, mkdirSync, readdirSync, renameSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {callJson} from '../support/calls.js'
import {page} from '../support/outline.js'
import {lives, until} from '../support/processes.js'
import {http, namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']
const UUID = '00000000-0000-4000-8000-000000000001'

describe('unsafe-unlink-db', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  const unlinked = (name = 'demo') => join(sandbox.dataDir, 'Unlinked graphs', name)
  const place = () => ({port: sandbox.record()!['port'] as number, token: sandbox.record()!['auth-token'] as string})
  const gone = (pid: number) => {
    const known = sandbox.track(pid)
    return until(() => !known || !lives(known), 10_000, 'the end of the server')
  }

  it('takes the graph out of the list, ends its server, and deletes nothing', async () => {
    const {pid} = await sandbox.start()
    await callJson(place(), 'transact', 'demo', [page(UUID, 'Kept')])
    const done = await sandbox.json(['invoke', 'unsafe-unlink-db', ...DEMO])
    expect(done.data['result']).to.equal(null)
    expect(done.data['warnings']).to.deep.equal([`the directory of the graph is ${unlinked()} now`])
    await gone(pid as number)
    expect(existsSync(sandbox.graphDir())).to.equal(false)
    expect((await sandbox.ok(['graph', 'list']))['graphs']).to.deep.equal([])
    expect((await sandbox.ok(['server', 'list']))['servers']).to.deep.equal([])
    expect(await sandbox.fails(['query', '[:find ?e :where [?e :db/ident]]', ...DEMO])).to.include({
      code: 'graph-not-exists',
    })
    expect(namesIn(unlinked())).to.include('db.sqlite').and.not.include('db-worker.lock')

    // Moved back, it is the graph that it was, closed cleanly; a new one of its name is another.
    await sandbox.start()
    await sandbox.ok(['server', 'stop', ...DEMO])
    renameSync(unlinked(), sandbox.graphDir('back'))
    const found = await sandbox.ok([
      'query',
      '[:find ?t . :where [?p :block/name "kept"] [?p :block/title ?t]]',
      '--repo',
      'back',
    ])
    expect(found['result']).to.equal('Kept')
    expect((await sandbox.ok(['server', 'status', '--repo', 'back']))['unclean-end']).to.equal(undefined)
    sandbox.track(sandbox.record('back')!['pid'] as number)
  })

  it('keeps two graphs of a name apart', async () => {
    for (const _ of [1, 2]) {
      const {pid} = await sandbox.start()
      await sandbox.ok(['invoke', 'unsafe-unlink-db', ...DEMO])
      await gone(pid as number)
    }

    expect(readdirSync(join(sandbox.dataDir, 'Unlinked graphs')).sort()).to.satisfy(
      ([first, second]: string[]) => first === 'demo' && /^demo-\d{8}T/.test(second!),
    )
  })

  it('is for those who may stop the server', async () => {
    await sandbox.start()
    const {port, token} = place()
    const body = {args: ['demo'], method: 'thread-api/unsafe-unlink-db'}
    const app = {...body, 'owner-source': 'electron'}
    const refused = await http(port, '/v1/invoke', {body: app, token})
    expect(refused.status).to.equal(403)
    expect(refused.json.error).to.include({code: 'server-owned-by-other', 'owner-source': 'cli'})
    // A page of the app does not say who it is: it is known by its origin.
    const page_ = await http(port, '/v1/invoke', {body, headers: {origin: 'lsp://logseq.com'}})
    expect(page_.json.error).to.include({code: 'server-owned-by-other'})
    expect((await callJson(place(), 'unsafe-unlink-db', 'other')).json.error).to.include({code: 'repo-mismatch'})
    expect((await sandbox.ok(['server', 'status', ...DEMO]))['status']).to.equal('ready')
    // Logseq's command line does not say it either, and has no origin.
    expect((await http(port, '/v1/invoke', {body: {...body, directPass: false}})).json).to.include({ok: true})
  })

  it('does not move what a link leads to', async () => {
    const elsewhere = join(sandbox.dir, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, sandbox.graphDir())
    const {pid} = await sandbox.start()
    const refused = await sandbox.fails(['invoke', 'unsafe-unlink-db', ...DEMO])
    expect(refused).to.include({code: 'data-dir-permission'})
    expect(namesIn(elsewhere)).to.include('db.sqlite')
    expect((await sandbox.ok(['server', 'status', ...DEMO]))['pid']).to.equal(pid)
  })
})
