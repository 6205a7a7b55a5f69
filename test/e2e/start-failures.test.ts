import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {contentsOf} from '../support/files.js'
import {fillDisk, needsDisk} from '../support/mounts.js'
import {operationsIn} from '../support/operations.js'
import {know, until} from '../support/processes.js'
import {namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {endOf, fixtureWorker, holdDatabase, workersOf} from '../support/workers.js'

/** Three times the second within which a failed start has to say why. */
const SOON_MS = 9000

const START = ['server', 'start', '--repo', 'demo']

describe('a start that fails', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()
  const {stop} = operationsIn(sandbox)
  let db: string

  beforeEach(() => {
    mkdirSync(sandbox.graphDir())
    db = join(sandbox.graphDir(), 'db.sqlite')
  })

  /** Nothing runs, nothing is on record, and nothing is in the way of the next start. */
  function expectNothingLeft(): void {
    expect(workersOf(sandbox)).to.deep.equal([])
    expect(namesIn(sandbox.graphDir()).filter((name) => name.includes('.lock') || name.endsWith('.tmp'))).to.deep.equal(
      [],
    )
  }

  /** An SQLite file made by another program. */
  async function makeDatabase(...statements: string[]): Promise<void> {
    const maker = await holdDatabase(sandbox, db, ...statements)
    maker.kill('SIGTERM')
    await endOf(maker)
  }

  const BAD: [string, () => Promise<void> | void][] = [
    [
      'garbage',
      () => writeFileSync(db, 'this is not a database, and long enough not to be taken for an empty one\n'.repeat(20)),
    ],
    [
      'a SQLite database that is not a graph',
      () => makeDatabase('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)'),
    ],
    ['a SQLite database with another kvs table', () => makeDatabase('CREATE TABLE kvs (key TEXT, value TEXT)')],
    ['a directory', () => mkdirSync(db)],
  ]

  for (const [what, make] of BAD) {
    it(`because db.sqlite is ${what} says so soon, and leaves it as it was`, async () => {
      await make()
      const before = contentsOf(sandbox.graphDir())

      for (const args of [START, [...START, '--create']]) {
        const error = await sandbox.fails(args)
        expect(error).to.include({code: 'server-start-failed', exit: 6})
        expect(error['reason'].code).to.equal('graph-invalid')
        expect(error.message).to.contain(db)
        expect(error['log-tail'].join('\n')).to.match(/stopp/)
        expect(error.ms).to.be.lessThan(SOON_MS)
        const {'db-worker.guard': _, ...after} = contentsOf(sandbox.graphDir())
        expect(after).to.deep.equal(before)
        expectNothingLeft()
      }
    })
  }

  for (const [what, content, hint] of [
    ['is empty', '', /^Create it with `logseq server start --create --repo demo`/],
    [
      'has less than a page',
      'SQLite format 3\0',
      /`mv .+db\.sqlite .+db\.sqlite\.incomplete`, then `logseq server start --create --repo demo`/,
    ],
    [
      'is something else, without backups',
      'x'.repeat(9000),
      /no backups.+`logseq graph restore --file PATH --repo demo`/,
    ],
  ] as const) {
    it(`because db.sqlite ${what} gives a hint that helps`, async () => {
      writeFileSync(db, content)
      const error = await sandbox.fails(START)
      expect(error.hint).to.match(hint)
      expect(error.message).not.to.include('`')
    })
  }

  const SCRIPTS: [string, string, RegExp, RegExp][] = [
    ['throws', fixtureWorker('throws.js'), /exit code 1/, /broken on purpose/],
    ['exits with 3', fixtureWorker('exits.js'), /exit code 3/, /has had enough/],
  ]

  for (const [what, script, reason, tail] of SCRIPTS) {
    it(`because the worker script ${what} says so soon, with the end of its log`, async () => {
      const error = await sandbox.fails([...START, '--create', '--worker-script', script])
      expect(error).to.include({code: 'server-start-failed', exit: 6, repo: 'logseq_db_demo'})
      expect(error.message).to.match(reason)
      expect(error['log-tail'].join('\n')).to.match(tail)
      expect(readFileSync(error['log'] as string, 'utf8')).to.match(tail)
      expect(error.ms).to.be.lessThan(SOON_MS)
      expectNothingLeft()

      const text = await sandbox.run([...START, '--create'], {env: {LOGSEQ_DB_WORKER_NODE_SCRIPT: script}})
      expect(text.code).to.equal(6)
      expect(text.stdout).to.equal('')
      expect(text.stderr)
        .to.match(/^Error \(server-start-failed\): /m)
        .and.match(tail)
        .and.match(/^Hint: /m)
      await sandbox.start() // nothing is in the way of the real one
    })
  }

  it('because the worker script is missing says which, and where it was named', async () => {
    const script = '/there/is/no/such/script.js'
    const error = await sandbox.fails([...START, '--create', '--worker-script', script])
    expect(error).to.include({code: 'server-start-failed', exit: 6, path: script})
    expect(error.message).to.match(/was not started: the worker script \S+script\.js does not exist$/)
    const named = {env: {LOGSEQ_DB_WORKER_NODE_SCRIPT: script}}
    expect((await sandbox.fails([...START, '--create'], named)).message).to.include(
      '(from LOGSEQ_DB_WORKER_NODE_SCRIPT)',
    )
    await sandbox.start()
    const {message} = await sandbox.fails(['server', 'restart', '--repo', 'demo'], named)
    expect(message).to.match(/was not restarted: .* does not exist \(from LOGSEQ_DB_WORKER_NODE_SCRIPT\)$/)
  })

  it('because the worker answers nonsense on its port is ended by the timeout, and leaves no process', async () => {
    const error = await sandbox.fails([
      ...START,
      '--create',
      '--timeout',
      '2s',
      '--worker-script',
      fixtureWorker('nonsense.js'),
    ])
    expect(error).to.include({exit: 7, code: 'server-start-timeout-orphan'})
    expect(error['pids']).to.have.length(1)
    expect(error['pids-terminated']).to.deep.equal(error['pids'])
    expect(error.ms).to.be.lessThan(3 * 3000)
    const started = await sandbox.start()
    expect(started['reused']).to.equal(false)
  })

  it('in a restart says that the server before it was stopped, and keeps it if the script is missing', async () => {
    const restart = ['server', 'restart', '--repo', 'demo', '--worker-script']
    const before = await sandbox.start()
    const refused = await sandbox.fails([...restart, '/there/is/no/such/script.js'])
    expect(refused).to.include({code: 'server-start-failed', exit: 6})
    expect(refused.message).to.match(/was not restarted: .*script\.js does not exist/)
    expect(sandbox.record()).to.include({pid: before['pid']})

    const failed = await sandbox.fails([...restart, fixtureWorker('exits.js')])
    expect(failed).to.include({code: 'server-start-failed', exit: 6})
    expect(failed.message).to.contain(`exit code 3; the server before it (pid ${before['pid']}) was stopped`)

    const again = await sandbox.start()
    const interrupted = await sandbox.fails([...restart, fixtureWorker('slow/db-worker-node.js')], {
      env: {SLOW_MS: '100000'},
      onSpawn: async (child) => {
        // The old process outlives its record.
        await until(() => workersOf(sandbox).some(({pid}) => pid !== again['pid']), 60_000, 'the new process')
        child.kill('SIGINT')
      },
    })
    expect(interrupted).to.include({code: 'interrupted', exit: 130})
    expect(interrupted.message).to.equal(
      `Interrupted by SIGINT; the server before it (pid ${again['pid']}) was stopped`,
    )
    expectNothingLeft()
  })

  it('because the worker never gets ready names its pid, and leaves nothing that no record names', async () => {
    const error = await sandbox.fails(
      [...START, '--create', '--timeout', '1s', '--worker-script', fixtureWorker('slow/db-worker-node.js')],
      {
        env: {SLOW_MS: '100000'},
      },
    )
    expect(error).to.include({exit: 7, code: 'server-start-timeout-orphan'})
    expect(error['pids']).to.have.length(1)
    expect(error['pids-terminated']).to.deep.equal(error['pids'])
    expectNothingLeft()
  })

  it('because the disk is full says so soon, and leaves the graph as it was', async function () {
    const disk = needsDisk(this, sandbox.dataDir, '2m')
    try {
      const started = await sandbox.start()
      await stop()
      expect(started['created']).to.equal(true)
      fillDisk(sandbox.dataDir)
      const before = contentsOf(sandbox.graphDir())
      const error = await sandbox.fails(START)
      expect(error).to.include({code: 'server-start-failed', exit: 6})
      expect(error.message).to.match(/disk is full|no space left/i)
      expect(error['reason'].code).to.equal('disk-full')
      expect(error.ms).to.be.lessThan(SOON_MS)
      expect(contentsOf(sandbox.graphDir())).to.deep.equal(before)
      expectNothingLeft()

      const other = await sandbox.fails(['server', 'start', '--create', '--repo', 'other'])
      expect(other.exit).to.be.oneOf([5, 6])
      expect(other.message).to.match(/disk is full|no space left/i)
      rmSync(join(sandbox.dataDir, 'filler'))
      await sandbox.ok(START)
      await stop()
    } finally {
      disk.unmount()
    }
  })

  it('because the data directory is read-only says so soon', async function () {
    const disk = needsDisk(this, sandbox.dataDir, '2m')
    try {
      await sandbox.start()
      await stop()
      disk.remount('ro')
      const before = contentsOf(sandbox.graphDir())
      for (const args of [START, ['server', 'start', '--create', '--repo', 'other']]) {
        const error = await sandbox.fails(args)
        expect(error).to.include({code: 'data-dir-permission', exit: 5})
        expect(error.message).to.match(/read-only/)
        expect(error.ms).to.be.lessThan(SOON_MS)
      }

      expect(contentsOf(sandbox.graphDir())).to.deep.equal(before)
      expect(workersOf(sandbox)).to.deep.equal([])
    } finally {
      disk.unmount()
    }
  })

  it('because there is no such graph names the nearest, and makes nothing', async () => {
    await sandbox.start('garden')
    rmSync(sandbox.graphDir(), {recursive: true})
    for (const command of ['start', 'stop', 'restart', 'status']) {
      const error = await sandbox.fails(['server', command, '--repo', 'gardn'])
      expect(error, command).to.include({code: 'graph-not-exists', exit: 2, nearest: 'garden'})
      expect(error.hint, command).to.contain('"garden"')
    }

    expect(namesIn(sandbox.dataDir)).to.deep.equal(['garden'])
  })

  it('without --create, in a directory without db.sqlite, makes nothing; --create makes the graph there', async () => {
    writeFileSync(join(sandbox.graphDir(), 'notes.txt'), 'mine')
    const error = await sandbox.fails(START)
    expect(error).to.include({code: 'graph-not-exists', exit: 2})
    expect(namesIn(sandbox.graphDir())).to.deep.equal(['notes.txt'])

    const started = await sandbox.ok([...START, '--create'])
    expect(started).to.include({created: true, reused: false})
    expect(namesIn(sandbox.graphDir())).to.include.members(['db.sqlite', 'notes.txt'])
  })

  describe('because another program', () => {
    beforeEach(async () => {
      await sandbox.start()
      await stop()
    })

    const HOLDERS: [string, string[]][] = [
      ['holds db.sqlite exclusively', ['BEGIN EXCLUSIVE']],
      ['writes to db.sqlite', ['BEGIN IMMEDIATE']],
      ['reads db.sqlite', ['BEGIN', 'SELECT * FROM kvs']],
      ['has had db.sqlite open in WAL mode', ['SELECT * FROM kvs']],
      ['holds db.sqlite in exclusive mode', ['PRAGMA locking_mode = EXCLUSIVE', 'BEGIN IMMEDIATE', 'COMMIT']],
    ]

    for (const [what, statements] of HOLDERS) {
      it(`${what} is repo-locked, and the other program is left alone`, async () => {
        const holder = await holdDatabase(sandbox, db, ...statements)
        const error = await sandbox.fails(START)
        expect(error).to.include({code: 'repo-locked', exit: 5, repo: 'logseq_db_demo'})
        expect(error.message).to.contain(db)
        expect(error.ms).to.be.lessThan(3 * 3000)
        expect(holder.exitCode).to.equal(null)
        expectNothingLeft()

        holder.kill('SIGKILL')
        await endOf(holder)
        await sandbox.start()
      })
    }

    it('holds the guard is repo-locked at the timeout', async () => {
      const holder = await holdDatabase(sandbox, join(sandbox.graphDir(), 'db-worker.guard'), 'BEGIN EXCLUSIVE')
      const error = await sandbox.fails([...START, '--timeout', '4s'])
      expect(error).to.include({code: 'repo-locked', exit: 5})
      expect(error.ms).to.be.lessThan(3 * 5000)
      expect(holder.exitCode).to.equal(null)
      expectNothingLeft()

      holder.kill('SIGKILL')
      await endOf(holder)
      await sandbox.start()
    })

    it('holds the guard for a moment only is waited for', async () => {
      const holder = await holdDatabase(sandbox, join(sandbox.graphDir(), 'db-worker.guard'), 'BEGIN EXCLUSIVE')
      const starting = sandbox.ok([...START, '--timeout', '20s'])
      await until(() => workersOf(sandbox)[0], 10_000, 'a server that waits for the guard')
      holder.kill('SIGKILL')
      expect(await starting).to.include({reused: false})
      expect(know(holder.pid)).to.equal(undefined)
    })
  })
})
