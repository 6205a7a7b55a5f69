import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {listAllServers} from '../../../src/lib/lifecycle/all-servers.js'
import {FakeSystem} from '../../support/fake-system.js'
import {useSandbox} from '../../support/use.js'

describe('the list of all servers', () => {
  const sandbox = useSandbox()
  let system: FakeSystem

  beforeEach(() => {
    system = new FakeSystem()
  })

  /** Makes a graph with the record of a server that is gone, in a data directory. */
  function makeGraph(dataDir: string, name: string): string {
    const dir = join(sandbox.dir, dataDir)
    mkdirSync(join(dir, name), {recursive: true})
    writeFileSync(join(dir, name, 'db.sqlite'), '')
    writeFileSync(join(dir, name, 'db-worker.lock'), JSON.stringify({pid: 7, repo: `logseq_db_${name}`}))
    return dir
  }

  const worker = (pid: number, dataDir: string, more: {uid?: number; zombie?: boolean} = {}) =>
    system.run({
      argv: ['node', '/x/db-worker-node.js', '--repo', 'r', '--data-dir', dataDir],
      exe: '/bin/node',
      pid,
      ...more,
    })

  const namesOf = async (everywhere: boolean) => {
    const {servers} = await listAllServers({dataDir: sandbox.dataDir, everywhere, system})
    return servers.map(({'data-dir': dir, graph}) => `${dir.slice(sandbox.dir.length + 1)}/${graph}`)
  }

  it('includes the data directory of each server of this user that runs, only when it is asked for', async () => {
    makeGraph('graphs', 'a')
    const second = makeGraph('second', 'b')
    makeGraph('third', 'c')
    worker(process.pid + 1, second)
    worker(process.pid + 2, second)
    worker(process.pid + 3, makeGraph('of another user', 'd'), {uid: 7})
    worker(process.pid + 4, makeGraph('of a zombie', 'e'), {zombie: true})
    worker(process.pid + 5, join(sandbox.dir, 'gone'))
    expect(await namesOf(false)).to.deep.equal(['graphs/a'])
    expect(await namesOf(true)).to.deep.equal(['graphs/a', 'second/b'])
  })

  it('fails where processes cannot be searched, and is not taken for complete', async () => {
    system.processes.scans = false
    expect(await namesOf(false)).to.deep.equal([])
    const error: unknown = await namesOf(true).catch((error_: unknown) => error_)
    expect(error).to.be.instanceOf(Error)
  })
})
