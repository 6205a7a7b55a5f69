import {execFileSync} from 'node:child_process'
import {closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, truncateSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openStore} from '../../src/engine/files/open.js'
import {checkFile} from '../../src/engine/integrity/whole-file.js'
import {type CooperativeTask, NO_LIMITS, runSync} from '../../src/engine/task.js'
import {systemClock} from '../../src/lib/clock.js'
import {checkAnyFile, checkElsewhere, isLarge, LARGE} from '../../src/server/file-check.js'
import {Scheduler} from '../../src/server/scheduler/scheduler.js'
import {callTransit, valueOf} from '../support/calls.js'
import {unpackGraph} from '../support/graphs.js'
import {lives, until} from '../support/processes.js'
import {http, Sandbox} from '../support/sandbox.js'
import {serve, type Served} from '../support/workers.js'

/** A row that no tree uses: it makes a graph large, and nothing else. */
const BALLAST = `INSERT INTO kvs VALUES (999999999, zeroblob(${LARGE}), null)`

const UUID = '00000000-0000-4000-8000-000000000001'

describe('the check of a large file', function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let path: string

  beforeEach(() => {
    sandbox = new Sandbox()
    mkdirSync(sandbox.graphDir())
    path = join(sandbox.graphDir(), 'db.sqlite')
    unpackGraph('fresh', path)
  })

  afterEach(() => sandbox.dispose())

  const run = <T>(task: CooperativeTask<T>, timeoutMs = 60_000, signal?: AbortSignal) =>
    new Scheduler().run(() => task, {timeoutMs, ...(signal && {signal})})

  /** Changes the database in a process of its own, which closes it, or is killed before it would write its log back. */
  function change(sql: string, isKilled = false): void {
    const program = `
      const {openSqlite} = await import(${JSON.stringify(new URL('../../dist/lib/sqlite.js', import.meta.url).href)})
      const [path, sql, isKilled] = process.argv.slice(1)
      const db = openSqlite(path)
      if (isKilled) db.exec('PRAGMA journal_mode = WAL')
      db.exec(sql)
      if (isKilled) process.kill(process.pid, 'SIGKILL')
      db.close()`
    const args = ['--input-type=module', '-e', program, path, sql, ...(isKilled ? ['killed'] : [])]
    try {
      execFileSync(process.execPath, args)
    } catch (error) {
      if (!isKilled) throw error
    }
  }

  it('finds in another process what it would find in this one', async () => {
    change(BALLAST)
    expect(isLarge(path)).to.equal(true)
    const here = runSync(checkFile(path, NO_LIMITS))
    expect(here.ok).to.equal(true)
    expect(await run(checkElsewhere(path))).to.deep.equal(here)
    expect(await run(checkAnyFile(path, NO_LIMITS))).to.deep.equal(here)
    truncateSync(path, statSync(path).size - 100_000)
    const damaged = runSync(checkFile(path, NO_LIMITS))
    expect(damaged.ok).to.equal(false)
    expect(await run(checkElsewhere(path))).to.deep.equal(damaged)
  })

  it('counts the log beside it when it is asked to, and changes no byte of either', async () => {
    change('DELETE FROM kvs WHERE addr = 1000005', true)
    expect(statSync(`${path}-wal`).size).to.be.greaterThan(0)
    const before = [readFileSync(path), readFileSync(`${path}-wal`)]
    const names = readdirSync(sandbox.graphDir())
    expect((await run(checkElsewhere(path))).ok).to.equal(true)
    const withLog = await run(checkElsewhere(path, true))
    expect(withLog.problems[0]?.what).to.match(/row 1000005 of the graph is missing/)
    expect([readFileSync(path), readFileSync(`${path}-wal`)]).to.deep.equal(before)
    expect(readdirSync(sandbox.graphDir())).to.deep.equal(names)
  })

  it('fails when its process does, and leaves nothing when it is cancelled', async () => {
    const failure = await run(checkElsewhere(join(sandbox.dir, 'nothing'))).catch((error: unknown) => error)
    expect(String(failure)).to.match(/The check of .+nothing ended with 1: ENOENT/)
    change(BALLAST)
    change('PRAGMA user_version = 1', true)
    const left = new AbortController()
    const checked = run(checkElsewhere(path, true), 60_000, left.signal).catch((error: unknown) => error)
    await until(() => readdirSync(sandbox.graphDir()).some((name) => name.endsWith('.tmp')), 20_000, 'the copy')
    left.abort(new Error('left'))
    expect(String(await checked)).to.equal('Error: left')
    await until(() => !readdirSync(sandbox.graphDir()).some((name) => name.includes('.tmp')), 5000, 'no copy')
  })

  it('keeps the file as it is while another process reads it, and writes the log back afterwards', async () => {
    const store = await openStore(sandbox.graphDir(), {clock: systemClock, create: false})
    store.startWriting()
    const write = (size: number) =>
      store.db.exec(`INSERT OR REPLACE INTO kvs VALUES (999999998, zeroblob(${size}), null)`)
    write(1000)
    expect(store.files.logSize).to.be.greaterThan(0)
    const releases = [store.holdStill(), store.holdStill()]
    expect(store.files.logSize).to.equal(0)
    const held = statSync(path, {bigint: true})
    write(5 * 1024 * 1024)
    store.checkpoint()
    releases[0]!()
    releases[0]!()
    write(6 * 1024 * 1024)
    expect(store.files.logSize).to.be.greaterThan(11 * 1024 * 1024)
    expect(statSync(path, {bigint: true}).mtimeNs).to.equal(held.mtimeNs)
    releases[1]!()
    expect(store.files.logSize).to.equal(0)
    expect(statSync(path).size).to.be.greaterThan(6 * 1024 * 1024)
    expect(store.close()).to.equal(undefined)
  })

  /** Position of a page between two of the samples, in the long row: its first bytes name the next page of that row. */
  function unsampledPage(): number {
    const [beginning, piece] = [1024 * 1024, 64 * 1024]
    const distance = (statSync(path).size - beginning - piece) / 47
    return Math.floor((beginning + distance / 2) / 4096) * 4096
  }

  const transact = (server: Served, title: string) =>
    callTransit(
      server,
      'transact',
      '"demo"',
      `[{:block/uuid #uuid "${UUID}" :block/title "${title}"}]`,
      '{:skip-validate-db? true}',
    )
  const title = (server: Served) =>
    valueOf(server, 'q', '"demo"', `[[:find ?t . :where [?e :block/uuid #uuid "${UUID}"] [?e :block/title ?t]]]`)

  it('lets a large graph be written, also after a server that was killed', async () => {
    change(BALLAST)
    const first = await serve(sandbox)
    expect((await transact(first, 'one')).json.ok).to.equal(true)
    process.kill(first.pid, 'SIGKILL')
    await until(() => !lives(first.known), 15_000, 'the end of the server')
    const second = await serve(sandbox)
    expect((await transact(second, 'two')).json.ok).to.equal(true)
    expect(await title(second)).to.equal('two')
    const log = readFileSync(
      join(
        sandbox.graphDir(),
        readdirSync(sandbox.graphDir()).find((name) => name.endsWith('.log'))!,
      ),
      'utf8',
    )
    expect(log).not.to.match(/failed/)
  })

  it('keeps a large graph that is damaged from being written', async () => {
    change(`DELETE FROM kvs WHERE addr = 1000005; ${BALLAST}`)
    const server = await serve(sandbox)
    const refused = await transact(server, 'one')
    expect(refused.json.error).to.include({code: 'graph-read-only'})
    expect((await http(server.port, '/healthz')).json.damage).to.match(/row 1000005/)
  })

  it('is made again when another program changed a page of which no sample is taken, under the same time', async () => {
    change(BALLAST)
    const server = await serve(sandbox)
    expect((await transact(server, 'one')).json.ok).to.equal(true)
    execFileSync('touch', ['-r', path, join(sandbox.dir, 'time')])
    const fd = openSync(path, 'r+')
    writeSync(fd, Buffer.alloc(64, 0xff), 0, 64, unsampledPage())
    closeSync(fd)
    execFileSync('touch', ['-r', join(sandbox.dir, 'time'), path])
    const damage = async () => (await http(server.port, '/healthz')).json.damage as string | undefined
    await until(damage, 30_000, 'the damage to be found')
    expect((await transact(server, 'two')).json.error).to.include({code: 'graph-read-only'})
  })
})
