import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {isListed, readServerList} from '../../src/lib/lock/server-list.js'
import {operationsIn} from '../support/operations.js'
import {end, until} from '../support/processes.js'
import {http, namesIn, Sandbox} from '../support/sandbox.js'
import {LOOK_ALIKE, spawnThere} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'
import {endOf, serve} from '../support/workers.js'

describe('the server’s line in Logseq’s list of servers', () => {
  const sandbox = useSandbox()

  const path = () => join(sandbox.dir, 'server-list')
  const text = () => readFileSync(path(), 'latin1')
  const lineOf = ({pid, port}: Record<string, any>) => `${pid} ${port}\n`
  const {stop} = operationsIn(sandbox)

  it('is there when a start returns, and gone when a stop does; other lines stay', async () => {
    const others = '1 2\ngarbled \u00FF\n999999 3'
    writeFileSync(path(), others, 'latin1')
    const started = await sandbox.start()
    expect(text()).to.equal(`${others}\n${lineOf(started)}`)
    await stop()
    expect(text()).to.equal(`${others}\n`)
    expect(namesIn(sandbox.dir)).to.deep.equal(['graphs', 'server-list'])
  })

  it('is there while the record is: it comes after it, and goes before it', async () => {
    const server = await serve(sandbox)
    await until(() => isListed(sandbox.dir, server), 5000, 'the line')
    const seen: string[] = []
    const ended = endOf(server.child)
    server.child.kill('SIGTERM')
    await until(
      () => {
        // The record first: in the other order, both may go between the two looks.
        const isRecorded = existsSync(sandbox.recordPath())
        const listed = isListed(sandbox.dir, server)
        seen.push(`${listed} ${isRecorded}`)
        return !listed
      },
      10_000,
      'the end of the line',
    )
    await ended
    expect(new Set(seen)).not.to.include('true false')
    expect(sandbox.record()).to.equal(undefined)
  })

  it('of a server that was killed is gone after the next start, and after a stop', async () => {
    const first = await sandbox.start()
    await end(sandbox.track(first['pid'] as number)!)
    expect(text()).to.equal(lineOf(first))
    const second = await sandbox.start()
    await until(() => text() === lineOf(second), 10_000, 'the new line alone')
    await end(sandbox.track(second['pid'] as number)!)
    expect(await sandbox.fails(['server', 'stop', '-r', 'demo'])).to.include({code: 'server-not-found'})
    expect(text()).to.equal('')
  })

  it('is not taken from a server whose record was copied with its directory', async () => {
    const started = await sandbox.start()
    execFileSync('cp', ['-a', sandbox.graphDir(), sandbox.graphDir('copy')])
    const copy = await sandbox.start('copy')
    await until(() => readServerList(sandbox.dir).length === 2, 5000, 'two lines')
    await sandbox.ok(['server', 'stop', '-r', 'copy'])
    expect(copy['pid']).not.to.equal(started['pid'])
    expect(text()).to.equal(lineOf(started))
  })

  const LOST: [string, () => void][] = [
    ['the list is deleted', () => rmSync(path())],
    ['an older list takes its place', () => writeFileSync(path(), '1 2\n')],
  ]
  for (const [what, lose] of LOST) {
    it(`comes back when ${what}`, async () => {
      const started = await sandbox.start()
      lose()
      await until(() => existsSync(path()) && isListed(sandbox.dir, started as never), 15_000, 'the line')
    })
  }

  it('goes when the record of its server is deleted', async () => {
    const server = await serve(sandbox)
    await until(() => isListed(sandbox.dir, server), 5000, 'the line')
    sandbox.removeRecord()
    await until(() => !isListed(sandbox.dir, server), 15_000, 'the end of the line')
    await endOf(server.child)
  })

  it('is neither lost nor left behind when eight servers write at once', async () => {
    const repos = Array.from({length: 8}, (_, i) => `g${i}`)
    const started = await Promise.all(repos.map((repo) => sandbox.start(repo)))
    const lines = started.map((server) => lineOf(server).trim()).sort()
    await until(() => text().trim().split('\n').sort().join(',') === lines.join(','), 15_000, 'all lines')
    await Promise.all(repos.map((repo) => stop(repo)))
    expect(text()).to.equal('')
  }).timeout(180_000)

  for (const [what, content] of [
    ['empty', ''],
    ['garbled', '{"pid'],
    ['of a dead process', 'dead'],
  ]) {
    it(`is written over a lock that is ${what}`, async () => {
      const holder = await spawnThere(sandbox, LOOK_ALIKE, [])
      await end(holder)
      writeFileSync(`${path()}.lock`, content === 'dead' ? JSON.stringify({pid: holder.pid, 'lock-id': 'x'}) : content!)
      const started = await sandbox.start()
      await until(() => existsSync(path()) && text() === lineOf(started), 10_000, 'the line')
      await stop()
      expect(text()).to.equal('')
    })
  }

  it('waits for a lock that another program holds, and blocks no other request', async () => {
    const free = await sandbox.start('free')
    await stop('free')
    const holder = await spawnThere(sandbox, LOOK_ALIKE, [])
    writeFileSync(`${path()}.lock`, JSON.stringify({pid: holder.pid, 'lock-id': 'theirs'}))
    const ran = await sandbox.json(['server', 'start', '--create', '-r', 'demo'])
    expect(ran.data['pid']).not.to.equal(free['pid'])
    expect(ran.ms).to.be.lessThan(15_000)
    expect(text()).to.equal('')
    rmSync(`${path()}.lock`)
    // The lock is released after the line is written.
    await until(() => text() === lineOf(ran.data) && !existsSync(`${path()}.lock`), 15_000, 'the line')

    writeFileSync(`${path()}.lock`, JSON.stringify({pid: holder.pid, 'lock-id': 'theirs'}))
    const stopped = await sandbox.json(['server', 'stop', '-r', 'demo'])
    expect(stopped.ms).to.be.lessThan(15_000)
    expect(readFileSync(`${path()}.lock`, 'utf8')).to.contain('theirs')
  })

  it('is not written into what is not a file of this user', async () => {
    writeFileSync(join(sandbox.dir, 'elsewhere'), 'kept')
    symlinkSync(join(sandbox.dir, 'elsewhere'), path())
    await sandbox.start()
    expect(readFileSync(join(sandbox.dir, 'elsewhere'), 'utf8')).to.equal('kept')
    const log = readFileSync(
      join(
        sandbox.graphDir(),
        namesIn(sandbox.graphDir()).find((name) => name.endsWith('.log'))!,
      ),
      'utf8',
    )
    expect(log).to.contain('cannot write the list of servers')
    await stop()
  })

  it('is written where Logseq looks for it when `graphs` is a link', async () => {
    mkdirSync(join(sandbox.dir, 'disk'))
    renameSync(sandbox.dataDir, join(sandbox.dir, 'disk', 'notes'))
    symlinkSync(join(sandbox.dir, 'disk', 'notes'), sandbox.dataDir)
    const started = await sandbox.start()
    expect(text()).to.equal(lineOf(started))
    expect((await http(started['port'] as number, '/healthz')).json).to.include({'root-dir': sandbox.dir})
    await stop()
    expect(text()).to.equal('')
  })

  it('is not made where Logseq looks for no graphs', async () => {
    const other = new Sandbox('notes')
    try {
      const started = await other.start()
      expect((await http(started['port'] as number, '/healthz')).json).not.to.have.property('root-dir')
      expect(namesIn(other.dir)).to.deep.equal(['notes'])
    } finally {
      await other.dispose()
    }
  })

  it('keeps the build that it was given', async () => {
    const started = await sandbox.ok(['server', 'start', '--create', '-r', 'demo'], {
      env: {LOGSEQ_DB_WORKER_REVISION: 'abc-dirty'},
    })
    expect((await http(started['port'] as number, '/healthz')).json).to.include({revision: 'abc-dirty'})
  })
})
