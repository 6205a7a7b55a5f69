import {spawnSync} from 'node:child_process'
import {existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {callJson} from '../../support/calls.js'
import {Sandbox} from '../../support/sandbox.js'
import {serve, type Served} from '../../support/workers.js'

describe('backup-db-sqlite', function () {
  this.timeout(180_000)
  let box: Sandbox
  let daemon: Served

  before(async () => {
    box = new Sandbox()
    daemon = await serve(box)
  })

  after(() => box.dispose())

  const copy = (path: string) => callJson(daemon, 'backup-db-sqlite', 'demo', path)

  it('writes a graph into a new file anywhere, readable by its owner only', async () => {
    mkdirSync(join(box.dir, 'else'))
    symlinkSync(join(box.dir, 'else'), join(box.dir, 'link'))
    for (const path of [join(box.dir, 'else', 'a.sqlite'), join(box.dir, 'link', 'b c’.sqlite')]) {
      expect((await copy(path)).json).to.deep.equal({ok: true, result: {':path': path}})
      expect(readFileSync(path, 'latin1').slice(0, 15)).to.equal('SQLite format 3')
    }

    expect(readdirSync(join(box.dir, 'else')).sort()).to.deep.equal(['a.sqlite', 'b c’.sqlite'])
  })

  it('never writes where something is, or into what a graph is served by', async () => {
    const at = (name: string) => join(box.dir, name)
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

    const graph = box.graphDir()
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
    mkdirSync(join(box.dataDir, 'other'))
    writeFileSync(join(box.dataDir, 'other', 'db.sqlite'), '')
    const journal = await copy(join(box.dataDir, 'other', 'db.sqlite-journal'))
    expect(journal.json.error.message).to.match(/part of a graph/)
    expect(readdirSync(graph).sort()).to.deep.equal(before)
    expect((await callJson(daemon, 'graph/check', 'demo')).json.ok).to.equal(true)
  })
})
