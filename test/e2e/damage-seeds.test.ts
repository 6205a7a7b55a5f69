import {type ChildProcess, spawn} from 'node:child_process'
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite, type Sqlite} from '../../src/lib/sqlite.js'
import {writeEdn} from '../../src/values/edn-write.js'
import type {List, Value} from '../../src/values/types.js'
import {randomFrom} from '../engine/index/support.js'
import {callJson, callTransit, valueOf} from '../support/calls.js'
import {unpackGraph} from '../support/graphs.js'
import {until} from '../support/processes.js'
import {rounds} from '../support/rounds.js'
import {cleanEnv, CODE_CACHE, http, Sandbox} from '../support/sandbox.js'
import {SEED} from '../support/seed.js'
import {type Served, workerArgs} from '../support/workers.js'

const SEEDS = rounds(10, 300)
/** Each day has seeds of its own; TEST_SEED is the first one. */
const FIRST = process.env['TEST_SEED'] === undefined ? SEED * SEEDS : SEED

/** No answer may take longer, in ms; nor may a start or an end. */
const PATIENCE_MS = 60_000

type Random = (below: number) => number

/** Ways in which a file gets damaged. Each is given the path of a database that nobody has open. */
const DAMAGES: Record<string, (path: string, random: Random) => void> = {
  'flipped bits'(path, random) {
    const bytes = readFileSync(path)
    for (let i = 0; i <= random(3); i++) bytes[random(bytes.length)]! ^= 1 << random(8)
    writeFileSync(path, bytes)
  },
  'a zeroed page'(path, random) {
    const bytes = readFileSync(path)
    const page = random(bytes.length / 4096) * 4096
    writeFileSync(path, bytes.fill(0, page, page + 4096))
  },
  'a page instead of another'(path, random) {
    const bytes = readFileSync(path)
    const from = random(bytes.length / 4096) * 4096
    bytes.copyWithin(random(bytes.length / 4096) * 4096, from, from + 4096)
    writeFileSync(path, bytes)
  },
  'a cut file'(path, random) {
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.subarray(0, random(bytes.length)))
  },
  'a changed row'(path, random) {
    onRow(path, random, (db, addr, content) => {
      const at = random(content.length)
      const changed = content.slice(0, at) + String.fromCharCode(32 + random(95)) + content.slice(at + 1)
      db.prepare('UPDATE kvs SET content = ? WHERE addr = ?').run(changed, addr)
    })
  },
  'a row that is not UTF-8'(path, random) {
    onRow(path, random, (db, addr) => {
      db.exec(
        `UPDATE kvs SET content = CAST(X'${random(2) === 0 ? 'ff' : 'c3'}' || content AS TEXT) WHERE addr = ${addr}`,
      )
    })
  },
  'a removed row'(path, random) {
    onRow(path, random, (db, addr) => db.exec(`DELETE FROM kvs WHERE addr = ${addr}`))
  },
  'changed addresses'(path, random) {
    onInner(path, random, (addresses) => addresses.with(random(addresses.length), 1_000_001 + random(400)))
  },
  'a cycle'(path, random) {
    onInner(path, random, (addresses, addr) => (random(2) === 0 ? addresses.fill(addr) : addresses.with(0, addr)))
  },
  'shared children'(path, random) {
    onInner(path, random, (addresses) => addresses.map((_, i) => addresses[i % (1 + random(2))]!))
  },
}

function onRow(path: string, random: Random, change: (db: Sqlite, addr: number, content: string) => void): void {
  const db = openSqlite(path)
  const rows = db.all('SELECT addr, content FROM kvs ORDER BY addr')
  const {addr, content} = rows[random(rows.length)]!
  change(db, Number(addr), String(content))
  db.close()
}

function onInner(path: string, random: Random, change: (addresses: number[], addr: number) => number[]): void {
  const db = openSqlite(path)
  const rows = db.all('SELECT addr, addresses FROM kvs WHERE addresses IS NOT NULL ORDER BY addr')
  const {addr, addresses} = rows[random(rows.length)]!
  const changed = change(JSON.parse(String(addresses)) as number[], Number(addr))
  db.prepare('UPDATE kvs SET addresses = ? WHERE addr = ?').run(JSON.stringify(changed), Number(addr))
  db.close()
}

describe('a graph file that is damaged at random', function () {
  this.timeout(SEEDS * 30_000)
  let sandbox: Sandbox
  let base: string
  let facts: Set<string>
  let inTail: Set<string>
  const tally = {acknowledged: 0, refused: 0, 'not started': 0}

  before(async () => {
    sandbox = new Sandbox()
    base = join(sandbox.dir, 'base.sqlite')
    mkdirSync(sandbox.graphDir())
    unpackGraph('fresh', join(sandbox.graphDir(), 'db.sqlite'))
    const server = await start()
    // Enough for nodes that are written anew, and then something for the tail.
    for (let i = 0; i < 13; i++) expect((await write(server, i, 4)).status).to.equal(200)
    facts = await factsOf(server)
    await stop(server)
    copyFileSync(join(sandbox.graphDir(), 'db.sqlite'), base)
    const db = openSqlite(base)
    const tail = String(db.all('SELECT content FROM kvs WHERE addr = 1')[0]!['content'])
    db.close()
    expect(tail.length, 'the tail').to.be.greaterThan(10)
    // A text that changed in the tail stands nowhere else: nobody can tell that it is another one.
    const transactions = new Set([...tail.matchAll(/,(\d{9,})\]/g)].map(([, tx]) => tx))
    inTail = new Set([...facts].filter((fact) => transactions.has(fact.split(' ').at(-1)!.slice(0, -1))))
    expect(inTail.size).to.be.within(1, 40)
  })

  after(async () => {
    console.log(`      seeds ${FIRST} to ${FIRST + SEEDS - 1}: ${JSON.stringify(tally)}`)
    await sandbox.dispose()
  })

  async function start(): Promise<Served> {
    const child = spawn(
      process.execPath,
      workerArgs(sandbox).filter((arg) => arg !== '--create-empty-db'),
      {
        cwd: sandbox.dir,
        env: {...cleanEnv(), XDG_CACHE_HOME: CODE_CACHE},
        stdio: 'ignore',
      },
    ) as ChildProcess & {pid: number}
    const known = sandbox.track(child.pid)!
    const record = await until(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new NotStarted(child)
        const now = sandbox.record()
        return now?.['pid'] === child.pid && (await isReady(now['port'] as number)) ? now : undefined
      },
      PATIENCE_MS,
      'the server to be ready or gone',
    )
    return {child, known, pid: child.pid, port: record['port'] as number, token: record['auth-token'] as string}
  }

  async function isReady(port: number): Promise<boolean> {
    try {
      return (await http(port, '/readyz')).status === 200
    } catch {
      return false // it is about to end: the next look tells
    }
  }

  async function stop({child}: Served): Promise<void> {
    child.kill('SIGTERM')
    await until(() => child.exitCode !== null || child.signalCode !== null, PATIENCE_MS, 'the server to end')
    expect([child.exitCode, child.signalCode]).to.deep.equal([0, null])
  }

  function write(server: Served, n: number, blocks = 1) {
    const data = Array.from({length: blocks}, (_, i) => {
      const uuid = `00000000-0000-4000-8000-${String(n * 100 + i).padStart(12, '0')}`
      return `{:block/uuid #uuid "${uuid}" :block/title "written ${n}.${i}"}`
    })
    return within(callTransit(server, 'transact', '"demo"', `[${data.join(' ')}]`, '{:skip-validate-db? true}'))
  }

  async function factsOf(server: Served): Promise<Set<string>> {
    const datoms = (await within(valueOf(server, 'datoms', '"demo"', ':eavt'))) as List
    return new Set(datoms.items.map((datom) => writeEdn((datom as readonly Value[]).slice(0, 4))))
  }

  async function trial(seed: number): Promise<void> {
    const next = randomFrom(seed)
    const random: Random = (below) => Math.floor(next() * below)
    const kinds = Object.keys(DAMAGES)
    const kind = kinds[seed % kinds.length]!
    rmSync(sandbox.graphDir(), {recursive: true})
    mkdirSync(sandbox.graphDir())
    const path = join(sandbox.graphDir(), 'db.sqlite')
    const work = join(mkdtempSync(join(sandbox.dir, 'seed-')), 'db.sqlite')
    copyFileSync(base, work)
    DAMAGES[kind]!(work, random)
    copyFileSync(work, path)
    const before = readFileSync(path)

    let server: Served
    try {
      server = await start()
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error
      expect([error.code, error.signal], 'the end of a start').to.deep.equal([1, null])
      expect(readFileSync(path).equals(before), 'bytes after a failed start').to.equal(true)
      tally['not started']++
      return
    }

    // Half of them are asked first, and then written; the others are written at once.
    if (random(2) === 0) await within(callJson(server, 'graph/check', 'demo'))
    let acknowledged = false
    for (const n of [900, 901]) {
      const answer = await write(server, n)
      if (answer.status === 200) acknowledged = true
      else expect(answer.json.error.code, answer.body).to.be.oneOf(['graph-damaged', 'graph-read-only'])
    }

    expect((await within(http(server.port, '/healthz'))).status).to.equal(200)
    if (acknowledged) {
      const check = await within(callJson(server, 'graph/check', 'demo'))
      expect(check.body).to.match(/"~:ok":true|"ok":true/)
      const now = await factsOf(server)
      const lost = [...facts].filter((fact) => !now.has(fact) && !inTail.has(fact))
      expect(lost, 'facts that the damage has changed').to.deep.equal([])
      tally.acknowledged++
    } else {
      tally.refused++
    }

    await stop(server)
  }

  for (let i = 0; i < SEEDS; i++) {
    const seed = FIRST + i
    const kind = Object.keys(DAMAGES)[seed % Object.keys(DAMAGES).length]
    it(`is never written on, ends no server and blocks no other request: ${kind}, seed ${seed}`, () => trial(seed))
  }
})

class NotStarted extends Error {
  readonly code: null | number
  readonly signal: NodeJS.Signals | null

  constructor({exitCode, signalCode}: ChildProcess) {
    super('the server has not started')
    this.code = exitCode
    this.signal = signalCode
  }
}

function within<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
