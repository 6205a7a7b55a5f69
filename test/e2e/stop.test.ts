import {spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {type ClientRequest, type IncomingMessage, request} from 'node:http'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'

import {cutBefore} from '../support/cutting-proxy.js'
import {canMount, fillDisk, needsDisk, writeMountedCli} from '../support/mounts.js'
import {end, type Known, lives, stateOf, until} from '../support/processes.js'
import {http, namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {serveFixture, workersOf, zombieServer} from '../support/workers.js'

const STOP = ['server', 'stop', '--repo', 'demo']

describe('stop', function () {
  this.timeout(90_000)
  const sandbox = useSandbox()

  async function started(): Promise<{data: Record<string, any>; known: Known}> {
    const data = await sandbox.start('demo', '--show-token')
    return {data, known: sandbox.track(data['pid'] as number)!}
  }

  it('returns when the process is gone, not when its record is', async () => {
    await sandbox.start()
    await sandbox.ok(STOP)
    const known = await serveFixture(sandbox, 'lingers/db-worker-node.js', {LINGER_MS: '700'})
    const stopped = await sandbox.json(STOP)
    expect(lives(known)).to.equal(false)
    expect(stopped.data).to.include({pid: known.pid, 'stopped-by': 'shutdown'})
    expect(stopped.ms).to.be.at.least(700)
  })

  it('lets a request in flight finish first', async () => {
    const {data, known} = await started()
    const body = JSON.stringify({args: ['demo'], method: 'thread-api/db-exists'})
    const slow = beginPost(data['port'] as number, '/v1/invoke', data['auth-token'] as string, body)
    slow.write(body.slice(0, 20))
    expect((await http(data['port'] as number, '/healthz')).status).to.equal(200) // by now the half has arrived, too

    const impatient = await sandbox.fails([...STOP, '--timeout', '1s'])
    expect(impatient).to.include({code: 'server-stop-timeout', exit: 7})
    // The next stop waits as the first one did: it must not take the silence for a server that hangs.
    let reported = ''
    const stopping = sandbox.ok([...STOP, '--debug'], {
      onSpawn(child) {
        child.stderr!.on('data', (text: Buffer) => {
          reported += String(text)
        })
      },
    })
    await until(() => reported.includes('shutdown request: accepted'), 15_000, 'the second stop to ask')
    expect((await http(data['port'] as number, '/readyz')).status).to.equal(503)
    expect(lives(known)).to.equal(true)
    expect(sandbox.record()).to.include({pid: known.pid})
    slow.end(body.slice(20))
    const [response] = (await once(slow, 'response')) as [IncomingMessage]
    expect(response.statusCode).to.equal(200)
    expect(JSON.parse(await text(response))).to.deep.equal({ok: true, result: true})
    expect(await stopping).to.include({pid: known.pid, 'stopped-by': 'shutdown'})
    expect(lives(known)).to.equal(false)
  })

  it('goes on when its command is interrupted, which says so', async () => {
    const {data, known} = await started()
    const slow = beginPost(data['port'] as number, '/v1/invoke', data['auth-token'] as string, '{"method": "never"}')
    slow.on('error', () => {}) // it is given up below
    slow.write('{')
    expect((await http(data['port'] as number, '/healthz')).status).to.equal(200)
    const interrupted = await sandbox.fails([...STOP, '--debug'], {
      onSpawn(child) {
        let reported = ''
        child.stderr!.on('data', (text: Buffer) => {
          reported += String(text)
          if (reported.includes('shutdown request: accepted')) child.kill('SIGINT')
        })
      },
    })
    expect(interrupted).to.include({
      code: 'interrupted',
      exit: 130,
      message: 'Interrupted by SIGINT; the server of demo was asked to stop, and will end by itself',
    })
    slow.destroy()
    await until(() => !lives(known), 60_000, 'the end of the server')
  })

  it('cuts off a request that does not finish, and still ends cleanly', async () => {
    const {data, known} = await started()
    const never = beginPost(data['port'] as number, '/v1/invoke', data['auth-token'] as string, '{"method": "never"}')
    never.on('error', () => {}) // it is cut off: that is what is tested
    never.write('{')
    expect((await http(data['port'] as number, '/healthz')).status).to.equal(200)
    const stopped = await sandbox.json(STOP)
    expect(stopped.data).to.include({'stopped-by': 'shutdown'})
    expect(stopped.ms).to.be.lessThan(3 * 11_000)
    expect(lives(known)).to.equal(false)
  })

  it('ends a frozen server, which status calls unresponsive and start leaves alone', async () => {
    const {known} = await started()
    process.kill(known.pid, 'SIGSTOP')

    const status = await sandbox.json(['server', 'status', '--repo', 'demo'])
    expect(status.data).to.include({pid: known.pid, status: 'unresponsive'})
    expect(status.data['hint']).to.be.a('string')
    expect(status.ms).to.be.lessThan(3 * 1500)
    const error = await sandbox.fails(['server', 'start', '--repo', 'demo', '--timeout', '2s'])
    expect(error).to.include({code: 'server-unresponsive', exit: 5, pid: known.pid})
    const silent = await sandbox.fails(['server', 'env', '--repo', 'demo'])
    expect(silent).to.include({code: 'server-unresponsive', exit: 5, pid: known.pid})
    expect(silent['hint']).to.contain('`logseq server env').and.not.to.contain('--timeout')
    expect(lives(known)).to.equal(true)

    const stopped = await sandbox.json(STOP)
    expect(stopped.data).to.include({pid: known.pid, 'stopped-by': 'sigkill'})
    expect(stopped.ms).to.be.lessThan(3 * 8000)
    expect(lives(known)).to.equal(false)
    expect(sandbox.record()).to.equal(undefined)
    expect(await sandbox.start()).to.include({reused: false})
  })

  it('says that a frozen server had to be killed', async () => {
    const {known} = await started()
    process.kill(known.pid, 'SIGSTOP')
    const ran = await sandbox.run(STOP)
    expect(ran.stdout).to.match(/stopped: demo .*SIGKILL/)
  })

  it('asks again when the server closes the connection, and sends no signal', async () => {
    const {known} = await started()
    const proxy = await cutBefore(sandbox)
    try {
      proxy.lose('POST /v1/shutdown', 'request')
      expect(await sandbox.ok(STOP)).to.include({pid: known.pid, 'stopped-by': 'shutdown'})
      expect(proxy.seen('POST /v1/shutdown')).to.equal(2)
      expect(lives(known)).to.equal(false)
    } finally {
      proxy.close()
    }
  })

  it('ends a server that takes no request by SIGTERM', async () => {
    await sandbox.start()
    await sandbox.ok(STOP)
    const known = await serveFixture(sandbox, 'never-ready/db-worker-node.js')
    expect(await sandbox.ok(STOP)).to.include({pid: known.pid, 'stopped-by': 'sigterm'})
    expect(lives(known)).to.equal(false)
    expect(sandbox.record()).to.equal(undefined)
  })

  it('does not wait longer than its timeout', async () => {
    const {known} = await started()
    process.kill(known.pid, 'SIGSTOP')
    const error = await sandbox.fails([...STOP, '--timeout', '1500ms'])
    expect(error).to.include({code: 'server-stop-timeout', exit: 7, pid: known.pid})
    expect(error.ms).to.be.lessThan(3 * 2000)
    expect(lives(known)).to.equal(true)
  })

  it('fails with server-not-found when no server runs', async () => {
    await sandbox.start()
    await sandbox.ok(STOP)
    expect(await sandbox.fails(STOP)).to.include({code: 'server-not-found', exit: 3})
    const ran = await sandbox.run(STOP)
    expect(ran).to.include({code: 3, stdout: ''})
    expect(ran.stderr)
      .to.match(/^Error \(server-not-found\): /m)
      .and.match(/^Hint: .*server start/m)
  })

  it('clears the record of a server that was killed, so that a start works', async () => {
    const {known} = await started()
    await end(known)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'stale'})
    expect(await sandbox.fails(STOP)).to.include({code: 'server-not-found', exit: 3})
    expect(sandbox.record()).to.equal(undefined)
    expect(await sandbox.start()).to.include({created: false, reused: false})
  })

  it('works on a full disk', async function () {
    const disk = needsDisk(this, sandbox.dataDir, '2m')
    try {
      const {known} = await started()
      fillDisk(sandbox.dataDir)
      expect(await sandbox.ok(STOP)).to.include({pid: known.pid, 'stopped-by': 'shutdown'})
      expect(lives(known)).to.equal(false)
      expect(sandbox.record()).to.equal(undefined)
      rmSync(join(sandbox.dataDir, 'filler'))
      expect(await sandbox.ok(['server', 'start', '--repo', 'demo'])).to.include({created: false})
      await sandbox.ok(STOP)
    } finally {
      disk.unmount()
    }
  })

  it('warns when the lock file could not be removed', async function () {
    const {known} = await started()
    const mark = (sign: '+' | '-') => spawnSync('chattr', [`${sign}i`, sandbox.graphDir()]).status === 0
    if (!mark('+')) {
      console.log('      skipped: chattr cannot make a directory immutable here')
      return this.skip()
    }

    try {
      const {warnings} = await sandbox.ok(STOP)
      expect(warnings).to.deep.equal([
        `The lock file of the server could not be removed: check that you may write in ${sandbox.graphDir()}.`,
      ])
      expect(lives(known)).to.equal(false)
    } finally {
      mark('-')
    }

    expect(await sandbox.start()).to.include({reused: false})
    expect((await sandbox.ok(STOP))['warnings']).to.deep.equal([])
  })

  it('reports that the server was killed when the disk is read-only', async function () {
    const disk = needsDisk(this, sandbox.dataDir, '2m')
    try {
      const {known} = await started()
      await end(known)
      disk.remount('ro')
      expect(await sandbox.fails(STOP)).to.include({code: 'server-not-found', exit: 3})
      const restart = ['server', 'restart', '--repo', 'demo']
      expect(await sandbox.fails(restart)).to.include({code: 'data-dir-permission', exit: 5})
    } finally {
      disk.unmount()
    }
  })

  for (const [what, other] of [
    ['read-only', false],
    ['read-only, and under another path', true],
  ] as const)
    it(`stops a server whose directory is ${what} for the command, and restarts none that could not start again`, async function () {
      const here = other ? join(sandbox.dir, 'other') : sandbox.dataDir
      mkdirSync(here, {recursive: true})
      const mount = `mount --bind ${sandbox.dataDir} ${here} && mount -o remount,ro,bind ${here}`
      if (!canMount(mount)) {
        console.log('      skipped: nothing can be mounted here')
        this.skip()
      }

      const cli = join(sandbox.dir, 'mounted.cjs')
      writeMountedCli(cli, mount)
      const {known} = await started()
      const at = ['--repo', 'demo', '--data-dir', here]
      const error = await sandbox.fails(['server', 'restart', ...at], {cli})
      expect(error).to.include({code: 'data-dir-permission', exit: 5})
      expect(lives(known)).to.equal(true)
      const stopped = await sandbox.json(['server', 'stop', ...at], {cli})
      expect(stopped.data).to.include({pid: known.pid, 'stopped-by': 'shutdown'})
      expect(stopped.ms).to.be.lessThan(6000)
      expect(lives(known)).to.equal(false)
    })

  it('treats a server that is dead but not reaped as gone, like every other command', async () => {
    const zombie = await zombieServer(sandbox)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'stale'})
    expect(await sandbox.fails(STOP)).to.include({code: 'server-not-found', exit: 3})
    expect(sandbox.record()).to.equal(undefined)
    expect(await sandbox.start()).to.include({reused: false})
    expect(stateOf(zombie.pid)).to.equal('Z')
    expect(workersOf(sandbox)).to.have.length(1)
  })

  it('leaves no file of its own beside the graph', async () => {
    await started()
    writeFileSync(join(sandbox.graphDir(), 'notes.txt'), 'mine')
    await sandbox.ok(STOP)
    const names = namesIn(sandbox.graphDir())
    // SQLite may leave its write-ahead log; it must be empty, everything is in the database itself.
    const wal = join(sandbox.graphDir(), 'db.sqlite-wal')
    expect(existsSync(wal) ? statSync(wal).size : 0).to.equal(0)
    expect(names.filter((name) => !/\.log$|-wal$/.test(name))).to.deep.equal([
      'db-worker.guard',
      'db.sqlite',
      'notes.txt',
    ])
  })
})

/** A POST whose body the caller writes as slowly as it likes. */
function beginPost(port: number, path: string, token: string, body: string): ClientRequest {
  return request({
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'content-length': Buffer.byteLength(body),
      'content-type': 'application/json',
    },
    host: '127.0.0.1',
    method: 'POST',
    path,
    port,
  })
}
