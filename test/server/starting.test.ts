import {join} from 'node:path'
import {expect} from 'chai'

import {lives, until} from '../support/processes.js'
import {http} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {endOf, holdDatabase, published, workerArgs} from '../support/workers.js'

describe('a server whose graph is not open yet', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  beforeEach(async () => {
    await sandbox.start()
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
  })

  it('is healthy but not ready, and serves nothing', async () => {
    const holder = await holdDatabase(sandbox, join(sandbox.graphDir(), 'db.sqlite'), 'BEGIN EXCLUSIVE')
    const {pid} = sandbox.spawn(process.execPath, workerArgs(sandbox))
    const record = await until(() => published(sandbox, pid), 15_000, 'the record of the server')
    const [port, token] = [record['port'] as number, record['auth-token'] as string]
    const [health, readiness, invoke] = await Promise.all([
      http(port, '/healthz'),
      http(port, '/readyz'),
      http(port, '/v1/invoke', {body: {method: 'thread-api/list-db'}, token}),
    ])
    expect(health.json).to.include({pid, status: 'starting'})
    expect(readiness).to.include({body: 'not-ready', status: 503})
    expect(invoke.status).to.equal(503)
    expect(invoke.json.error.code).to.equal('server-stopping')

    holder.kill('SIGKILL')
    let ready = false
    while (!ready) ready = (await http(port, '/readyz')).status === 200
    expect((await http(port, '/healthz')).json).to.include({pid, status: 'ready'})
  })

  it('can be stopped', async () => {
    await holdDatabase(sandbox, join(sandbox.graphDir(), 'db.sqlite'), 'BEGIN EXCLUSIVE')
    const child = sandbox.spawn(process.execPath, workerArgs(sandbox))
    const known = sandbox.track(child.pid)!
    await until(() => published(sandbox, child.pid), 15_000, 'the record of the server')
    child.kill('SIGTERM')
    expect(await endOf(child)).to.deep.equal({code: 0, signal: null})
    expect(lives(known)).to.equal(false)
    expect(sandbox.record()).to.equal(undefined)
  })
})
