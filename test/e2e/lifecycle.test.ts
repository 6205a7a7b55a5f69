import {expect} from 'chai'

import {lives} from '../support/processes.js'
import {http, namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

describe('a graph’s server, from start to stop', () => {
  const sandbox = useSandbox()

  it('starts, is shared, reports its status, serves, and stops', async () => {
    const started = await sandbox.ok(['server', 'start', '--create', '--repo', 'demo', '--show-token'])
    expect(started).to.include({
      created: true,
      graph: 'demo',
      owned: true,
      'owner-source': 'cli',
      repo: 'logseq_db_demo',
      reused: false,
    })

    const shared = await sandbox.ok(['server', 'start', '--repo', 'logseq_db_demo', '--owner-source', 'electron'])
    expect(shared).to.include({created: false, owned: false, pid: started['pid'], reused: true})

    const status = await sandbox.ok(['server', 'status', '-g', 'demo'])
    expect(status).to.include({pid: started['pid'], status: 'ready'})

    const answer = await http(started['port'] as number, '/v1/invoke', {
      body: {args: [], method: 'thread-api/list-db'},
      token: started['auth-token'] as string,
    })
    expect(answer.json).to.deep.equal({ok: true, result: [{':name': 'logseq_db_demo'}]})

    const server = sandbox.track(started['pid'] as number)!
    const stopped = await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    expect(stopped).to.deep.include({pid: started['pid'], 'stopped-by': 'shutdown'})
    expect(lives(server)).to.equal(false)
    expect(sandbox.record()).to.equal(undefined)
  })

  it('does not take the record of a graph that is not there for the graph', async () => {
    sandbox.writeRecord('garbage')
    expect(await sandbox.fails(['server', 'start', '--repo', 'demo'])).to.include({code: 'graph-not-exists', exit: 2})
    expect(namesIn(sandbox.graphDir())).to.deep.equal(['db-worker.lock'])
  })
})
