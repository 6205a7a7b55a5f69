import {spawnSync} from 'node:child_process'
import {existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {callJson} from '../../support/calls.js'
import {Sandbox} from '../../support/sandbox.js'
import {serve, type Served} from '../../support/workers.js'

describe('backup-db-sqlite', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let server: Served

  before(async () => {
    sandbox = new Sandbox()
    server = await serve(sandbox)
  })

  after(() => sandbox.dispose())

  const copy = (path: string) => callJson(server, 'backup-db-sqlite', 'demo', path)

  it('writes a graph into a new file anywhere, readable by its owner only', async () => {
    mkdirSync(join(sandbox.dir, 'else'))
    symlinkSync(join(sandbox.dir, 'else'), join(sandbox.dir, 'link'))
    for (const path of [join(sandbox.dir, 'else', 'a.sqlite'), join(sandbox.dir, 'link', 'b c’.sqlite')]) {
      expect((await copy(path)).json).to.deep.equal({ok: true, result: {':path': path}})
      expect(readFileSync(path, 'latin1').slice(0, 15)).to.equal('SQLite format 3')
    }

    expect(readdirSync(join(sandbox.dir, 'else')).sort()).to.deep.equal(['a.sqlite', 'b c’.sqlite'])
  })

  it('never writes where something is, or into what a graph is served by', async () => {
    const at = (name: string) => join(sandbox.dir, name)
    writeFileSync(at('file'), 'mine')
    linkSync(at('file'), at('second name'))
    symlinkSync(at('file'), at('link to file'))
    symlinkSync(at('nowhere'), at('broken link'))
    spawnSync('mkfifo', [at('fifo')])
    mkdirSync(at('dir'))
    for (const name of [
      'file',
      'second name',
      'link to file',
      'broken link',
      'fifo',
      'dir',
      'no/where',
      'file/x',
      'fifo/x',
    ])
      expect([name, (await copy(at(name))).json.error.code]).to.deep.equal([name, 'invalid-arguments'])
    for (const path of ['', 'relative.sqlite', './x', `${at('a')}\0b`, `${at('x'.repeat(300))}`])
      expect([path, (await copy(path)).json.error.code]).to.deep.equal([path, 'invalid-arguments'])
    expect(readFileSync(at('file'), 'utf8')).to.equal('mine')
    expect(existsSync(at('nowhere'))).to.equal(false)

    const graph = sandbox.graphDir()
    const before = readdirSync(graph).sort()
    for (const name of [
      'db.sqlite',
      'db.sqlite-journal',
      'db.sqlite-wal',
      'db.sqlite.replacing',
      'db-worker.lock',
      'db-worker.running',
    ])
      expect([name, (await copy(join(graph, name))).json.error.code]).to.deep.equal([name, 'invalid-arguments'])
    mkdirSync(join(sandbox.dataDir, 'other'))
    writeFileSync(join(sandbox.dataDir, 'other', 'db.sqlite'), '')
    const journal = await copy(join(sandbox.dataDir, 'other', 'db.sqlite-journal'))
    expect(journal.json.error.message).to.match(/part of a graph/)
    expect(readdirSync(graph).sort()).to.deep.equal(before)
    expect((await callJson(server, 'graph/check', 'demo')).json.ok).to.equal(true)
  })
})
