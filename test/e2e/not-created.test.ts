import {existsSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {ServerError} from '../../src/lib/errors.js'
import {createGraph} from '../../src/lib/lifecycle/create.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {unpackGraph} from '../support/graphs.js'
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
    const {importAs, start, stop, write, titleOf} = operationsIn(sandbox)
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
