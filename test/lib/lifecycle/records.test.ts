import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import type {Graph} from '../../../src/lib/graphs/locate.js'
import {clearDeadRecord} from '../../../src/lib/lifecycle/records.js'
import type {LockRecord} from '../../../src/lib/lock/record.js'
import {realSystem, type System} from '../../../src/lib/process/system.js'
import {useSandbox} from '../../support/use.js'
import {holdDatabase} from '../../support/workers.js'

const DEAD: LockRecord = {'lock-id': 'of-the-dead', 'owner-source': 'cli', pid: 2 ** 30, repo: 'logseq_db_demo'}

describe('the record of a dead server', () => {
  const sandbox = useSandbox()
  let graph: Graph
  let system: System

  beforeEach(async () => {
    mkdirSync(sandbox.graphDir())
    graph = {
      dataDir: sandbox.dataDir,
      dir: sandbox.graphDir(),
      id: '',
      name: 'demo',
      repo: 'logseq_db_demo',
      warnings: [],
    }
    system = await realSystem()
    sandbox.writeRecord(DEAD)
  })

  const holdGuard = () => holdDatabase(sandbox, join(sandbox.graphDir(), 'db-worker.guard'), 'BEGIN EXCLUSIVE')

  it('is cleared', async () => {
    await clearDeadRecord(system, graph, DEAD)
    expect(sandbox.record()).to.equal(undefined)
  })

  it('is cleared although its process, killed just now, still holds the guard', async () => {
    const holder = await holdGuard()
    setTimeout(() => holder.kill('SIGKILL'), 200)
    await clearDeadRecord(system, graph, DEAD, 10_000)
    expect(sandbox.record()).to.equal(undefined)
  })

  it('stays while a process holds the server lock', async () => {
    await holdGuard()
    await clearDeadRecord(system, graph, DEAD)
    await clearDeadRecord(system, graph, DEAD, 100)
    expect(sandbox.record()).to.deep.equal(DEAD)
  })

  it('is not cleared when another one has taken its place', async () => {
    for (const other of [
      {...DEAD, 'lock-id': 'another'},
      {...DEAD, pid: 7},
    ]) {
      sandbox.writeRecord(other)
      await clearDeadRecord(system, graph, DEAD)
      expect(sandbox.record()).to.deep.equal(other)
    }
  })
})
