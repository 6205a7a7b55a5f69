import {once} from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {connect} from 'node:net'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'

import {isServerLockFree} from '../../src/lib/lock/server-lock.js'
import {contentsOf} from '../support/files.js'
import {operationsIn} from '../support/operations.js'
import {lives, until} from '../support/processes.js'
import {http, namesIn, Sandbox} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {endOf, fixtureProgram, serve, type Served} from '../support/workers.js'

/** Three times the 5 s within which a server that lost its graph has to end. */
const END_MS = 15_000

describe('a server that loses its graph', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let server: Served

  beforeEach(async () => {
    sandbox = new Sandbox()
    server = await serve(sandbox)
  })

  afterEach(() => sandbox.dispose())

  function write() {
    return http(server.port, '/v1/invoke', {
      body: {args: ['demo'], method: 'thread-api/create-or-open-db'},
      token: server.token,
    })
  }

  const LOSSES: [string, (sandbox: Sandbox, pid: number) => void][] = [
    ['its record is deleted', (sandbox) => rmSync(sandbox.recordPath())],
    ['its record is emptied', (sandbox) => truncateSync(sandbox.recordPath())],
    ['its record is cut short', (sandbox) => truncateSync(sandbox.recordPath(), 30)],
    ['its record is garbage', (sandbox) => writeFileSync(sandbox.recordPath(), '\0\0garbage')],
    ['its record is another’s', (sandbox) => writeFileSync(sandbox.recordPath(), JSON.stringify(otherOf(sandbox)))],
    [
      'its record has its pid, but another lock-id',
      (sandbox, pid) => writeFileSync(sandbox.recordPath(), JSON.stringify({...otherOf(sandbox), pid})),
    ],
    [
      'a directory takes the place of its record',
      (sandbox) => {
        rmSync(sandbox.recordPath())
        mkdirSync(sandbox.recordPath())
      },
    ],
    ['a copy takes the place of db.sqlite', (sandbox) => replaceByCopy(pathIn(sandbox, 'db.sqlite'))],
    ['db.sqlite is deleted', (sandbox) => rmSync(pathIn(sandbox, 'db.sqlite'))],
    ['another file takes the place of its guard', (sandbox) => replaceByCopy(pathIn(sandbox, 'db-worker.guard'))],
    ['its guard is deleted', (sandbox) => rmSync(pathIn(sandbox, 'db-worker.guard'))],
    ['its graph is moved away', (sandbox) => renameSync(sandbox.graphDir(), join(sandbox.dataDir, 'moved'))],
  ]

  for (const [what, lose] of LOSSES) {
    it(`because ${what} refuses writes at once, and ends itself`, async () => {
      const ended = endOf(server.child)
      expect((await write()).status).to.equal(200)
      lose(sandbox, server.pid)
      const refused = await write()
      expect(refused.status).to.equal(409)
      expect(refused.json).to.have.nested.property('error.code', 'repo-locked')
      expect((await http(server.port, '/readyz')).status).to.equal(503)
      expect((await http(server.port, '/healthz')).json).to.include({status: 'starting'})
      const {'db-worker.lock': left} = contentsOf(sandbox.graphDir())

      const began = performance.now()
      await until(() => !lives(server.known), END_MS, 'the server to end itself')
      expect(performance.now() - began).to.be.lessThan(END_MS)
      expect(await ended).to.deep.equal({code: 0, signal: null})
      // What is not its own any more it leaves as it is; its own record, beside a lost file, it takes away.
      const mine = left !== undefined && /db\.sqlite|guard/.test(what)
      expect(contentsOf(sandbox.graphDir())['db-worker.lock']).to.equal(mine ? undefined : left)
      await sandbox.start()
    })
  }

  for (const [what, lose] of LOSSES.filter(([what]) => /record|db\.sqlite|guard/.test(what))) {
    it(`because ${what} is not reused by a start that comes at once`, async () => {
      lose(sandbox, server.pid)
      const started = await sandbox.start()
      expect(started).to.include({reused: false})
      expect(lives(server.known)).to.equal(false)
      expect((await http(started['port'] as number, '/readyz')).status).to.equal(200)
    })
  }

  it('because something in it closed another descriptor of its server lock refuses writes at once, and ends itself', async function () {
    if (process.platform !== 'linux') this.skip() // only Linux tells a process which locks it holds
    const preload = pathToFileURL(fixtureProgram('drops-locks.js')).href
    const careless = new Sandbox()
    try {
      const env = {NODE_OPTIONS: `--import ${preload}`, TEST_READS: join(careless.graphDir(), 'db-worker.guard')}
      const {child, known, port, token} = await serve(careless, env)
      const body = {args: ['demo'], method: 'thread-api/create-or-open-db'}
      expect((await http(port, '/v1/invoke', {body, token})).status).to.equal(200)
      process.kill(child.pid, 'SIGUSR2')
      await until(() => isServerLockFree(careless.graphDir()), 5000, 'the guard to be dropped')
      const refused = await http(port, '/v1/invoke', {body, token})
      expect(refused.json).to.have.nested.property('error.code', 'repo-locked')
      await until(() => !lives(known), END_MS, 'the server to end itself')
      expect(careless.record()).to.equal(undefined)
    } finally {
      await careless.dispose()
    }
  })

  it('at rest notices each of these losses, and that of its line in the list, which it puts back', async () => {
    const serveResting = async () => {
      const own = new Sandbox()
      const served = await serve(own, {}, '--log-level', 'debug')
      const threads = threadsOf(served.pid)
      await until(() => /"at rest"/.test(logOf(own)), 60_000, 'the rest')
      expect(threadsOf(served.pid)).to.equal(threads) // none is created later, for which there may be no room
      return {own, ...served}
    }

    const [listed, ...resting] = await Promise.all([serveResting(), ...LOSSES.map(() => serveResting())])
    try {
      for (const [index, [, lose]] of LOSSES.entries()) lose(resting[index]!.own, resting[index]!.pid)
      const list = join(listed.own.dir, 'server-list')
      writeFileSync(list, '')
      const living = () => LOSSES.flatMap(([what], index) => (lives(resting[index]!.known) ? [what] : []))
      await until(
        () => living().length === 0,
        END_MS,
        () => `the end of the servers because ${living().join(', ')}`,
      )
      const line = `${listed.pid} ${listed.port}`
      await until(() => readFileSync(list, 'utf8').includes(line), END_MS, 'the line to be back')
      expect(lives(listed.known)).to.equal(true)
    } finally {
      await Promise.all([listed, ...resting].map(({own}) => own.dispose()))
    }
  })

  it('ends itself without being asked anything', async () => {
    rmSync(sandbox.recordPath())
    await until(() => !lives(server.known), END_MS, 'the server to end itself')
  })

  it('but whose record is back within the second lives on', async () => {
    const record = readFileSync(sandbox.recordPath())
    rmSync(sandbox.recordPath())
    expect((await write()).status).to.equal(409)
    writeFileSync(sandbox.recordPath(), record)
    // Longer than the second look and the next regular one: what has to be shown is that nothing happens.
    for (const until = performance.now() + 4000; performance.now() < until;) {
      expect((await write()).status).to.equal(200)
      await delay(100)
    }

    expect(lives(server.known)).to.equal(true)
  })

  it('for another owner in its record alone keeps it, and obeys that owner', async () => {
    writeFileSync(sandbox.recordPath(), JSON.stringify({...sandbox.record(), 'owner-source': 'electron'}))
    expect((await write()).status).to.equal(200)
    const shutdown = (source: string) =>
      http(server.port, '/v1/shutdown', {body: {'owner-source': source}, token: server.token})
    expect((await shutdown('cli')).status).to.equal(403)
    expect((await shutdown('electron')).status).to.equal(200)
    expect(await endOf(server.child)).to.deep.equal({code: 0, signal: null})
  })
})

describe('a server', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  it('does not lose its server lock or its database, whatever it is asked', async () => {
    const server = await serve(sandbox)
    const files = ['db-worker.guard', 'db.sqlite'].map((name) => join(sandbox.graphDir(), name))
    const thief = sandbox.spawn(process.execPath, [fixtureProgram('try-locks.js'), ...files], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    thief.stdout!.on('data', (text: Buffer) => said.push(String(text)))
    await until(() => said.join('').includes('trying\n'), 15_000, 'the thief to try')

    await askEverything(server)
    await sandbox.ok(['server', 'start', '--repo', 'demo'])
    await sandbox.ok(['server', 'status', '--repo', 'demo'])
    await sandbox.ok(['server', 'list'])
    await sandbox.fails(['server', 'stop', '--repo', 'demo', '--owner-source', 'electron'])
    await sandbox.run([...'server start --repo demo --timeout 1s --worker-script'.split(' '), '/nowhere'])
    await askEverything(server)

    thief.kill('SIGTERM')
    await once(thief, 'close') // all that it said has been read
    const reported = JSON.parse(said.join('').split('\n')[1]!) as {taken: string[]; tries: number}
    expect(reported.tries).to.be.greaterThan(20)
    expect(reported.taken).to.deep.equal([])
    expect(lives(server.known)).to.equal(true)
  })

  it('releases both when it ends: the same program then takes them', async () => {
    await sandbox.start()
    await operationsIn(sandbox).stop()
    const files = ['db-worker.guard', 'db.sqlite'].map((name) => join(sandbox.graphDir(), name))
    const thief = sandbox.spawn(process.execPath, [fixtureProgram('try-locks.js'), ...files], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    thief.stdout!.on('data', (text: Buffer) => said.push(String(text)))
    await until(() => said.join('').includes('trying\n'), 15_000, 'the thief to try')
    thief.kill('SIGTERM')
    await once(thief, 'close') // all that it said has been read
    const reported = JSON.parse(said.join('').split('\n')[1]!) as {taken: string[]}
    for (const file of files) expect(reported.taken).to.include(`${file}: BEGIN EXCLUSIVE`)
  })
})

/** Puts a copy of a file in its place: the same bytes, another inode, as a restore or a sync does. */
const logOf = (sandbox: Sandbox) =>
  namesIn(sandbox.graphDir())
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(pathIn(sandbox, name), 'utf8'))
    .join('')
const threadsOf = (pid: number) => (process.platform === 'linux' ? readdirSync(`/proc/${pid}/task`).length : 0)
const pathIn = (sandbox: Sandbox, name: string) => join(sandbox.graphDir(), name)
const otherOf = (sandbox: Sandbox) => ({...sandbox.record()!, 'lock-id': 'another', pid: 1})

function replaceByCopy(path: string): void {
  copyFileSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
}

/** Every method and endpoint, and much that is neither. What they answer is another test's matter. */
async function askEverything({port, token}: Served): Promise<void> {
  const methods = ['close-db', 'create-or-open-db', 'db-exists', 'get-version', 'list-db', 'nonsense'].map(
    (name) => `thread-api/${name}`,
  )
  const bodies = [
    ...methods.flatMap((method) => [
      {args: ['demo'], method},
      {argsTransit: '["demo"]', method},
      {args: ['other'], method},
      {args: 1, method},
    ]),
    '{',
    '[]',
    'null',
    '',
  ]
  for (const body of bodies) await http(port, '/v1/invoke', {body, token})
  for (const path of [
    '/healthz',
    '/readyz',
    '/v1/invoke',
    '/v1/shutdown',
    '/nothing',
    '/v1/../db.sqlite',
    '/db-worker.guard',
  ]) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
      if (path === '/v1/shutdown' && method === 'POST') continue
      await http(port, path, {method, token})
    }
  }

  await http(port, '/v1/shutdown', {body: {'owner-source': 'electron'}, token})
  for (const bytes of [
    '\0\0\0\0',
    'GET //[ HTTP/1.1\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'POST /v1/invoke HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
      socket
        .on('error', () => {})
        .on('close', () => resolve())
        .resume()
    })
  }
}
