import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {ServerError} from '../../src/lib/errors.js'
import {createGraph} from '../../src/lib/graph-operations/create.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {unpackGraph} from '../support/graphs.js'
import {leaveJournal, leaveLog} from '../support/leftovers.js'
import {fillDisk, type Mounted, needsDisk} from '../support/mounts.js'
import {errorOf, operationsIn} from '../support/operations.js'
import {end, know, until} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {holdDatabase} from '../support/workers.js'

const DEMO = ['--repo', 'demo']

describe('a graph whose creation did not come to its end', function () {
  this.timeout(120_000)

  describe('because the disk was full', () => {
    let sandbox: Sandbox
    let disk: Mounted | undefined
    let file: string

    beforeEach(async function () {
      sandbox = new Sandbox()
      disk = needsDisk(this, sandbox.dataDir, '8m')
      file = join(sandbox.dir, 'source.sqlite')
      unpackGraph('fresh', file)
      writeFileSync(join(sandbox.dataDir, 'room'), Buffer.alloc(16_384))
      fillDisk(sandbox.dataDir)
      rmSync(join(sandbox.dataDir, 'room')) // so that there is room for directories and small files
      const failed = await sandbox.fails(['graph', 'create', ...DEMO])
      expect(failed.exit).to.equal(6)
      expect(existsSync(sandbox.graphDir())).to.equal(true)
      rmSync(join(sandbox.dataDir, 'filler'))
    })

    afterEach(async () => {
      await Promise.all(sandbox.servers().map((known) => end(known)))
      disk?.unmount()
      await sandbox.dispose()
    })

    it('is created by another create', async () => {
      expect(await sandbox.ok(['graph', 'create', ...DEMO])).to.include({created: true})
      expect((await sandbox.fails(['graph', 'create', ...DEMO])).code).to.equal('graph-exists')
    })

    it('is created by an import', async () => {
      await sandbox.ok(['graph', 'import', file, ...DEMO])
      expect(statSync(join(sandbox.graphDir(), 'db.sqlite')).size).to.equal(statSync(file).size)
      await sandbox.ok(['graph', 'check', ...DEMO])
      expect((await sandbox.fails(['graph', 'import', file, ...DEMO])).code).to.equal('graph-exists')
    })
  })

  describe('as any program may have left it', () => {
    const sandbox = useSandbox()
    const {backUp, importAs, restore, start, stop, write, titleOf} = operationsIn(sandbox)
    const path = (suffix = '') => join(sandbox.graphDir(), `db.sqlite${suffix}`)
    const create = (more: Partial<Parameters<typeof createGraph>[0]> = {}) =>
      createGraph({dataDir: sandbox.dataDir, repo: 'demo', ...more})
    const file = () => {
      const source = join(sandbox.dir, 'source.sqlite')
      if (!existsSync(source)) unpackGraph('fresh', source)
      return source
    }

    beforeEach(() => mkdirSync(sandbox.graphDir()))

    const LEFT: Record<string, () => void> = {
      'an empty file': () => writeFileSync(path(), ''),
      'an empty file with an empty log': () => {
        for (const suffix of ['', '-wal', '-shm']) writeFileSync(path(suffix), '')
      },
      'an empty database': () => {
        const db = openSqlite(path())
        db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 1; PRAGMA user_version = 0')
        db.close()
      },
      'only an empty directory': () => {},
    }

    for (const [what, leave] of Object.entries(LEFT)) {
      it(`is created by a create: ${what}`, async () => {
        leave()
        expect(await create()).to.include({created: true})
        expect((await errorOf(create())).code).to.equal('graph-exists')
      })

      it(`is created by an import: ${what}`, async () => {
        leave()
        await importAs('demo', file())
        expect(statSync(path()).size).to.equal(statSync(file()).size)
        await start('demo', false)
        await write('a page')
        expect(await titleOf()).to.equal('a page')
      })
    }

    it('is left as it was by an import that fails', async () => {
      writeFileSync(path(), '')
      writeFileSync(join(sandbox.dir, 'bad.edn'), '{:datoms')
      expect((await errorOf(importAs('demo', join(sandbox.dir, 'bad.edn')))).code).to.equal('usage')
      truncateSync(file(), 8192)
      const damaged = await errorOf(importAs('demo', file()))
      expect(damaged.code).to.equal('graph-damaged')
      expect(damaged.hint).to.include('No graph was created')
      expect(statSync(path()).size).to.equal(0)
    })

    it('is not replaced by an import while another program has it open', async function () {
      if (process.platform !== 'linux') return this.skip()
      writeFileSync(path(), '')
      const {pid} = await holdDatabase(sandbox, path())
      expect((await errorOf(importAs('demo', file()))).code).to.equal('repo-locked')
      expect(statSync(path()).size).to.be.lessThan(8192)
      await end(know(pid)!)
      await importAs('demo', file())
    })

    it('is not taken for one when its log has it all', async () => {
      await start()
      await write('in the log')
      await stop()
      const source = openSqlite(path())
      source.exec('PRAGMA journal_mode = WAL')
      source.close()
      const [bytes, size] = [statSync(path()).size, 4096]
      expect(bytes).to.be.greaterThan(size)
      for (const small of ['x'.repeat(100), 'x'.repeat(4096)]) {
        writeFileSync(path(), small)
        expect((await errorOf(importAs('demo', file()))).code).to.equal('graph-exists')
        expect(statSync(path()).size).to.equal(small.length)
        const refused = await errorOf(create())
        expect(refused.code).to.equal('server-start-failed')
        expect(statSync(path()).size).to.equal(small.length)
      }

      writeFileSync(path(), '')
      writeFileSync(path('-wal'), 'x')
      expect((await errorOf(importAs('demo', file()))).code).to.equal('graph-exists')
    })

    /** Files of the database in the directory of the graph. */
    const files = () =>
      Object.fromEntries(
        readdirSync(sandbox.graphDir())
          .filter((name) => name.startsWith('db.sqlite'))
          .map((name) => [name, readFileSync(join(sandbox.graphDir(), name)).toString('latin1')]),
      )

    /** Refuses with all commands that would create the graph. Nothing has changed then, and no server runs. */
    async function expectRefused(message: RegExp, hint: RegExp): Promise<void> {
      const before = files()
      for (const refused of [await errorOf(create()), await errorOf(importAs('demo', file()))]) {
        expect(refused).to.include({code: 'graph-exists', exit: 2})
        expect(refused.message).to.match(message)
        expect(refused.hint).to.match(hint)
      }

      expect(files()).to.deep.equal(before)
      expect(sandbox.servers()).to.deep.equal([])
    }

    it('is taken for lost when there are backups of it', async () => {
      await start()
      await write('in the backup')
      await backUp()
      await stop()
      const empty = join(sandbox.dir, 'empty.sqlite')
      const db = openSqlite(empty)
      db.exec('PRAGMA user_version = 1; PRAGMA user_version = 0')
      db.close()
      for (const lose of [() => truncateSync(path(), 0), () => copyFileSync(empty, path())]) {
        lose()
        await expectRefused(
          /"demo" .*was lost.*db\.sqlite is empty.*\d backups? of it/,
          /`logseq graph restore --repo demo`.*`logseq graph backup --list --repo demo`.*`mv /,
        )
        for (const isCreated of [false, true]) {
          const started = await errorOf(start('demo', isCreated))
          expect(started.message).to.match(/was lost/)
          expect(started.hint).to.include('`logseq graph restore`')
        }
      }

      truncateSync(path(), 0)
      writeFileSync(path('-wal'), 'x'.repeat(5000))
      await expectRefused(/was lost/, /`logseq graph restore --repo demo`/)
      const {'set-aside': aside} = await restore()
      expect(readFileSync(`${aside}-wal`, 'utf8')).to.equal('x'.repeat(5000))
      await start('demo', false)
      expect(await titleOf()).to.equal('in the backup')
    })

    it('is not created beside the log or journal of an empty file, which would be gone then', async () => {
      for (const [leave, suffix] of [
        [leaveLog, '-wal'],
        [leaveJournal, '-journal'],
      ] as const) {
        const other = join(sandbox.dir, `other${suffix}`)
        unpackGraph('fresh', other)
        leave(other)
        copyFileSync(other + suffix, path(suffix))
        const there = new RegExp(`db\\.sqlite is empty.*db\\.sqlite${suffix}`)
        writeFileSync(path(), '')
        await expectRefused(there, new RegExp(`\`mv .*db\\.sqlite${suffix} .*\\.aside\``))
        for (const isCreated of [false, true]) {
          const {hint, message} = await errorOf(start('demo', isCreated))
          expect(message).to.include(`db.sqlite${suffix} holds`)
          expect(hint).to.match(new RegExp(`\`mv .*db\\.sqlite${suffix} .*\\.aside\``))
          expect(readFileSync(path(suffix)).equals(readFileSync(other + suffix))).to.equal(true)
          expect(statSync(path()).size).to.equal(0)
        }

        rmSync(path())
        if (suffix === '-wal') rmSync(path(suffix))
      }

      const refused = await errorOf(create())
      expect(refused.code).to.equal('graph-exists')
      expect(refused.message).to.match(/db\.sqlite is missing.*db\.sqlite-journal/)
      expect(Object.keys(files())).to.deep.equal(['db.sqlite-journal'])
    })

    it('is not created when the graph is in its log, and can be opened as the error says', async () => {
      leaveLog(
        path(),
        `CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON);
         ATTACH '${file()}' AS source; INSERT INTO kvs SELECT * FROM source.kvs`,
      )
      expect(statSync(path()).size).to.equal(4096)
      await expectRefused(/db\.sqlite-wal/, /`logseq server start --create --repo demo`/)
      expect(await start()).to.include({created: false})
    })

    it('is created by a start beside a log without a complete write, as a killed creation leaves it', async () => {
      const db = openSqlite(path())
      db.exec('PRAGMA user_version = 1; PRAGMA user_version = 0')
      db.close()
      leaveLog(file())
      const log = readFileSync(`${file()}-wal`).fill(1, 40, 48) // the first page is not of this log
      for (const suffix of ['-wal', '-shm']) rmSync(file() + suffix)
      writeFileSync(path('-wal'), log)
      await expectRefused(/db\.sqlite-wal/, /`logseq server start --create --repo demo`/)
      expect((await errorOf(start('demo', false))).hint).to.include('--create')
      expect(await start()).to.include({created: true})
      await write('a page')
      expect(await titleOf()).to.equal('a page')
    })

    it('is not created over tables of one page, and no server is started for them', async () => {
      const db = openSqlite(path())
      db.exec('PRAGMA page_size = 512; CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)')
      db.close()
      expect(statSync(path()).size).to.be.lessThan(4097)
      await expectRefused(/already exists/, /./)
    })

    /** A server that makes the database, and is never ready. */
    const slowScript = () => {
      const script = join(sandbox.dir, 'db-worker-node.js')
      writeFileSync(
        script,
        `require('node:fs').copyFileSync(${JSON.stringify(file())}, ${JSON.stringify(path())}); setInterval(() => {}, 1000)`,
      )
      return script
    }

    it('is said to be completed by a start, once there is a database', async () => {
      const interrupt = new AbortController()
      const creating = errorOf(create({signal: interrupt.signal, workerScript: slowScript()}))
      await until(() => existsSync(path()) || undefined, 20_000, 'the database')
      interrupt.abort(new ServerError('interrupted', 'Interrupted by SIGINT'))
      const error = await creating
      expect(error).to.include({code: 'interrupted', message: 'Interrupted by SIGINT'})
      expect(error.hint).to.equal('Start its server: `logseq server start --create --repo demo`.')
      expect(await start()).to.include({created: false})
    })

    it('is said to be completed by a start with more time, too', async () => {
      const error = await errorOf(create({timeoutMs: 1500, workerScript: slowScript()}))
      expect(error.code).to.equal('server-start-timeout-orphan')
      expect(error.hint).to.equal('Allow more time: `logseq server start --create --timeout 2m --repo demo`.')
    })
  })
})
