import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {acquireStartLock} from '../../src/lib/lock/start-lock.js'
import {realSystem} from '../../src/lib/process/system.js'
import {know, lives, until} from '../support/processes.js'
import {rounds} from '../support/rounds.js'
import {namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {fixtureWorker, serve, serveFixture, workersOf} from '../support/workers.js'

const SLOW = fixtureWorker('slow/db-worker-node.js')
const START = ['server', 'start', '--create', '--repo', 'demo']

describe('a start that takes long', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()
  let env: Record<string, string>

  beforeEach(() => {
    env = {LOGSEQ_DB_WORKER_NODE_SCRIPT: SLOW, SLOW_MS: '100000', SLOW_PID_FILE: join(sandbox.dir, 'pid')}
  })

  /** The pid of the slow server, once it runs. */
  function slowPid(): Promise<number> {
    return until(() => Number(readIfThere(env['SLOW_PID_FILE']!)) || undefined, 15_000, 'the slow server')
  }

  it('succeeds, is waited for by a second starter, and is not killed by a third that gives up', async () => {
    const ms = rounds(6000, 25_000)
    const slow = {env: {...env, SLOW_MS: String(ms)}}
    const first = sandbox.json([...START, '--timeout', '60s'], slow)
    const known = know(await slowPid())!
    const [second, third] = await Promise.all([
      sandbox.json([...START, '--timeout', '60s'], slow),
      sandbox.fails([...START, '--timeout', '2s'], slow),
    ])

    expect(third).to.include({code: 'lifecycle-busy', exit: 7})
    expect(third.ms).to.be.lessThan(3 * 2000)
    expect((await first).data).to.include({pid: known.pid, reused: false})
    expect((await first).ms).to.be.at.least(ms)
    expect(second.data).to.include({pid: known.pid, reused: true})
    expect(lives(known)).to.equal(true)
    expect(workersOf(sandbox).map(({pid}) => pid)).to.deep.equal([known.pid])
  })

  it('ends with the server that became ready, while the start lock is still held', async () => {
    mkdirSync(sandbox.graphDir())
    const system = await realSystem()
    const now = system.clock.now()
    const lock = await acquireStartLock(system, sandbox.graphDir(), {deadline: now + 120_000, until: now + 10_000})
    if (!('release' in lock)) throw new Error('the start lock is not free')
    try {
      let stderr = ''
      const starting = sandbox.run([...START, '--timeout', '60s'], {
        onSpawn(child) {
          child.stderr!.on('data', (text: Buffer) => {
            stderr += String(text)
          })
        },
      })
      await until(() => stderr.includes('Waiting for another start'), 15_000, 'the wait for the start lock')
      const {pid} = await serve(sandbox)
      const ran = await starting
      expect(ran.code, ran.stderr).to.equal(0)
      expect(ran.stdout).to.include(String(pid))
      expect(ran.ms).to.be.lessThan(30_000)
    } finally {
      await lock.release()
    }
  })

  it('and is on record but not ready is waited for, and not killed by one that gives up', async () => {
    await sandbox.start()
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    const known = await serveFixture(sandbox, 'never-ready/db-worker-node.js')

    const error = await sandbox.fails([...START, '--timeout', '500ms'])
    expect(error).to.include({code: 'server-start-timeout-orphan', exit: 7})
    expect(error['pids']).to.deep.equal([known.pid])
    expect(error['pids-terminated']).to.deep.equal([])
    expect((await sandbox.ok(['server', 'status', '--repo', 'demo']))['status']).to.equal('starting')
    expect(lives(known)).to.equal(true)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves nothing when it is ended by ${signal}`, async () => {
      const ran = sandbox.run([...START, '--json'], {
        env,
        async onSpawn(starter) {
          await slowPid()
          starter.kill(signal)
        },
      })
      const {code, stdout} = await ran
      const pid = Number(readIfThere(env['SLOW_PID_FILE']!))
      expect(know(pid), 'the server of the start that was ended').to.equal(undefined)
      expect(code).to.equal(signal === 'SIGINT' ? 130 : 143)
      expect(JSON.parse(stdout)).to.have.nested.property('error.code', 'interrupted')
      expect(workersOf(sandbox)).to.deep.equal([])
      expect(
        namesIn(sandbox.graphDir()).filter((name) => name.includes('.lock') || name.endsWith('.json')),
      ).to.deep.equal([])

      const next = await sandbox.json(START)
      expect(next.data).to.include({reused: false})
      expect(next.data['orphans-terminated']).to.deep.equal([])
    })
  }

  it('and says that it is ready too early is waited for, and Ctrl-C comes too late', async () => {
    const [asked, ready] = [join(sandbox.dir, 'asked'), join(sandbox.dir, 'ready')]
    const ran = await sandbox.json([...START, '--worker-script', fixtureWorker('never-ready/db-worker-node.js')], {
      env: {ASKED_FILE: asked, READY_FILE: ready},
      async onSpawn(starter) {
        await until(() => existsSync(asked), 30_000, 'the starter to see that the server is not ready')
        starter.kill('SIGINT')
        writeFileSync(ready, '')
      },
    })
    expect(ran).to.include({code: 0, signal: null})
    expect(ran.data).to.include({reused: false})
    expect(workersOf(sandbox).map(({pid}) => pid)).to.deep.equal([ran.data['pid']])
  })

  it('and whose starter was killed is ended by the next start', async () => {
    let pid = 0
    await sandbox.run(START, {
      env,
      async onSpawn(starter) {
        pid = await slowPid()
        starter.kill('SIGKILL')
      },
    })
    const known = sandbox.track(pid)!
    const next = await sandbox.json(START)
    expect(next.data).to.include({reused: false})
    expect(next.data['orphans-terminated']).to.deep.equal([pid])
    expect(next.ms).to.be.lessThan(3 * 4500)
    expect(lives(known)).to.equal(false)
    expect(workersOf(sandbox).map((worker) => worker.pid)).to.deep.equal([next.data['pid']])
  })

  it('says on stderr what it waits for, but not under --quiet or --json', async () => {
    const slow = {env: {...env, SLOW_MS: '2500'}}
    const loud = await sandbox.run(START, slow)
    expect(loud.stderr).to.match(/\.\.\.$/m)
    for (const flag of ['--quiet', '--json']) {
      await sandbox.ok(['server', 'stop', '--repo', 'demo'])
      const silent = await sandbox.run([...START, flag], slow)
      expect(silent.code).to.equal(0)
      expect(silent.stderr, flag).to.equal('')
    }
  })
})

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
