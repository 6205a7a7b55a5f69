import {mkdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {findGraph, findOrMakeGraph} from '../../../src/lib/graphs/locate.js'
import type {ProcessFacts} from '../../../src/lib/process/identity.js'
import {realPath, scanForOrphans} from '../../../src/lib/process/scan.js'
import {FakeSystem} from '../../support/fake-system.js'
import {Sandbox} from '../../support/sandbox.js'

const GRAPH = {dir: '/d/demo', id: 'a'.repeat(64)}
const ARGV = ['node', 'db-worker-node.js', '--graph-id', GRAPH.id]

describe('the look for orphans', () => {
  let system: FakeSystem

  beforeEach(() => {
    system = new FakeSystem()
    system.run({mountNamespace: 'mnt:[1]', pid: process.pid, pidNamespace: 'pid:[1]'})
  })

  const server = (pid: number, more: Partial<ProcessFacts> = {}) =>
    system.run({argv: ARGV, exe: '/usr/bin/node', mountNamespace: 'mnt:[1]', pid, pidNamespace: 'pid:[1]', ...more})
  const scan = async (named?: number) => {
    const {found, outcome} = await scanForOrphans(system, GRAPH, named)
    return {outcome, pids: found.map(({pid}) => pid)}
  }

  it('finds every server of the graph but the one that is named', async () => {
    for (const pid of [10, 11, 12]) server(pid)
    server(13, {argv: ['node', 'db-worker-node.js', '--graph-id', 'b'.repeat(64)]})
    server(14, {argv: ['bash']})
    expect(await scan()).to.deep.equal({outcome: 'done', pids: [10, 11, 12]})
    expect(await scan(11)).to.deep.equal({outcome: 'done', pids: [10, 12]})
  })

  for (const [what, more] of [
    ['another user’s', {uid: 1001}],
    ['of a user that is not told', {uid: undefined}],
    ['in another pid namespace', {pidNamespace: 'pid:[2]'}],
    ['in another mount namespace', {mountNamespace: 'mnt:[2]'}],
    ['a zombie', {zombie: true}],
  ] as [string, Partial<ProcessFacts>][]) {
    it(`leaves one alone that is ${what}`, async () => {
      server(10, more)
      expect(await scan()).to.deep.equal({outcome: 'done', pids: []})
    })
  }

  it('never finds us', async () => {
    server(process.pid)
    expect(await scan()).to.deep.equal({outcome: 'done', pids: []})
  })

  it('passes over a process that has ended meanwhile', async () => {
    server(10)
    const {list} = system.processes
    system.processes.list = async () => {
      const all = await list()
      system.running.delete(10)
      return all
    }

    expect(await scan()).to.deep.equal({outcome: 'done', pids: []})
  })

  it('that could not be done says so, and is not "none"', async () => {
    system.processes.list = () => Promise.reject(new Error('no ps'))
    expect(await scan()).to.deep.equal({outcome: 'failed: no ps', pids: []})
    system.processes.scans = false
    expect(await scan()).to.deep.equal({outcome: 'unsupported', pids: []})
  })

  it('recognises a directory by its real path, whatever its name', async () => {
    const sandbox = new Sandbox('a b\nü')
    try {
      symlinkSync(sandbox.dataDir, join(sandbox.dir, 'link'))
      const graph = findOrMakeGraph('My Notes', sandbox.dataDir)
      expect(() => findGraph('My Notes', sandbox.dataDir)).to.throw('Graph')
      mkdirSync(join(sandbox.dataDir, 'My Notes 2'))
      const argv = (repo: string, dir: string) => ['node', 'db-worker-node.js', '--repo', repo, '--data-dir', dir]
      server(10, {argv: argv('logseq_db_My Notes', `${sandbox.dataDir}/`)})
      server(11, {argv: argv('My Notes', join(sandbox.dir, 'link'))})
      server(12, {argv: argv('My Notes', 'link'), cwd: sandbox.dir})
      server(13, {argv: argv('My Notes 2', sandbox.dataDir)})
      server(14, {argv: argv('My Notes', join(sandbox.dir, 'none'))})
      const {found} = await scanForOrphans(system, graph)
      expect(found.map(({pid}) => pid)).to.deep.equal([10, 11, 12])
    } finally {
      await sandbox.dispose()
    }
  })

  it('a directory that is gone has no real path', () => {
    expect(realPath('/no/such/directory')).to.equal(undefined)
  })
})
