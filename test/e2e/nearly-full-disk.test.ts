import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {backupDirectory, listBackups} from '../../src/lib/files/backups.js'
import {callJson} from '../support/calls.js'
import {leaveFree, type Mounted, needsDisk} from '../support/mounts.js'
import {operationsIn, outcomeOf, UUID} from '../support/operations.js'
import {page} from '../support/outline.js'
import {end} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'

/** Smallest unit of a disk in memory. */
const PAGE = 4096

describe('a disk with little room', function () {
  this.timeout(120_000)
  let sandbox: Sandbox
  let operations: ReturnType<typeof operationsIn>
  let other: string
  let disks: Mounted[] = []
  let pid: number

  beforeEach(async function () {
    sandbox = new Sandbox()
    operations = operationsIn(sandbox)
    other = join(sandbox.dir, 'other')
    disks = [needsDisk(this, sandbox.dataDir, '4m')]
    disks.push(needsDisk(this, other, '1m'))
    ;({pid} = await operations.start())
  })

  afterEach(async () => {
    await Promise.all(sandbox.servers().map((known) => end(known)))
    for (const disk of disks.splice(0)) disk.unmount()
    await sandbox.dispose()
  })

  /** All amounts of room, from none to more than a copy needs. */
  function* amounts(): Generator<number> {
    const enough = readFileSync(join(sandbox.graphDir(), 'db.sqlite')).length + 16 * PAGE
    for (let free = 0; free < enough; free += PAGE) yield free
  }

  /** Incomplete copies that the server has open, with a name or without. */
  const openParts = () =>
    readdirSync(`/proc/${pid}/fd`)
      .flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
        } catch {
          return [] // closed meanwhile
        }
      })
      .filter((path) => /\.part(?: \(deleted\))?$/.test(path))

  const partsIn = (dir: string) => (existsSync(dir) ? readdirSync(dir) : []).filter((name) => name.endsWith('.part'))

  async function expectSound(free: number): Promise<void> {
    const {json} = await callJson(operations.placeOf(), 'graph/check', 'logseq_db_demo')
    expect(json.result, `with ${free} bytes free: ${JSON.stringify(json)}`).to.include({':ok': true})
  }

  async function expectCleanEnd(): Promise<void> {
    await operations.stop()
    expect(await operations.start()).to.not.have.property('unclean-end')
    const log = readdirSync(sandbox.graphDir()).find((name) => name.endsWith('.log'))!
    expect(readFileSync(join(sandbox.graphDir(), log), 'utf8')).to.not.match(/damaged|cleanly/)
  }

  it('ends an export to it, and nothing else', async () => {
    const file = join(other, 'x.sqlite')
    const codes: string[] = []
    for (const free of amounts()) {
      leaveFree(other, free)
      const {error} = await outcomeOf(operations.exportTo(file))
      codes.push(error?.code ?? 'ok')
      if (error) expect(error, `with ${free} bytes free`).to.include({code: 'disk-full', path: file})
      else rmSync(file)
      expect(readdirSync(other)).to.deep.equal(['filler'])
      expect(openParts()).to.deep.equal([])
      await expectSound(free)
      await operations.write(`with ${free} bytes free`)
    }

    expect([codes[0], codes.at(-1)]).to.deep.equal(['disk-full', 'ok'])
    await expectCleanEnd()
  })

  it('ends a backup or an export on the disk of the graph, and nothing else', async () => {
    const backups = backupDirectory(sandbox.graphDir())
    await operations.write('the first one of a session, which has a backup of its own')
    // The automatic one stays: until its check ends, its space would not be free.
    const ownBackups = () => listBackups(sandbox.graphDir()).flatMap(({kind, path}) => (kind === 'own' ? [path] : []))
    const file = join(sandbox.dataDir, 'x.sqlite')
    const codes: string[] = []
    for (const free of amounts()) {
      leaveFree(sandbox.dataDir, free)
      const exported = await outcomeOf(operations.exportTo(file))
      if (exported.error) expect(exported.error, `with ${free} bytes free`).to.include({code: 'disk-full', path: file})
      rmSync(file, {force: true})
      const {json, status} = await callJson(operations.placeOf(), 'export-db-base64', 'logseq_db_demo')
      if (status !== 200) expect(json.error, `with ${free} bytes free`).to.include({code: 'disk-full'})
      const {error} = await outcomeOf(operations.backUp())
      codes.push(error?.code ?? 'ok')
      if (error) {
        expect(error, `with ${free} bytes free`).to.include({code: 'disk-full'})
        expect(error['path']).to.match(new RegExp(`^${backups}/[^/]+\\.sqlite$`))
      } else for (const path of ownBackups()) rmSync(path)

      expect(ownBackups()).to.deep.equal([])
      expect(partsIn(backups)).to.deep.equal([])
      expect(readdirSync(sandbox.graphDir()).filter((name) => /\.(?:part|tmp)$/.test(name))).to.deep.equal([])
      expect(readdirSync(sandbox.dataDir).sort()).to.deep.equal(['demo', 'filler'])
      expect(openParts()).to.deep.equal([])
      await expectSound(free)
    }

    expect([codes[0], codes.at(-1)]).to.deep.equal(['disk-full', 'ok'])
    rmSync(join(sandbox.dataDir, 'filler'))
    await operations.write('there is room again')
    await expectCleanEnd()
  })

  it('ends the first write of a session when there is no room for its backup, and no later one', async () => {
    const backups = backupDirectory(sandbox.graphDir())
    const codes: string[] = []
    for (const free of amounts()) {
      leaveFree(sandbox.dataDir, free)
      const {json, status} = await callJson(operations.placeOf(), 'transact', 'logseq_db_demo', [page(UUID, 'first')])
      codes.push(status === 200 ? 'ok' : json.error.code)
      expect(partsIn(backups)).to.deep.equal([])
      expect(openParts()).to.deep.equal([])
      if (status === 200) break
    }

    expect(codes.at(-1)).to.equal('ok')
    expect(new Set(codes)).to.deep.equal(new Set(['disk-full', 'ok']))
    await expectSound(0)
    rmSync(join(sandbox.dataDir, 'filler'))
    await operations.write('there is room again')
    await expectCleanEnd()
  })

  it('is not the only reason for a write that fails: a file may not be longer', async function () {
    const limit = (bytes: string) =>
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], {stdio: 'pipe'})
    try {
      limit('100000')
    } catch (error) {
      console.log(`      skipped: no limit can be set (${(error as Error).message})`)
      return this.skip()
    }

    const file = join(sandbox.dir, 'x.sqlite')
    for (const {error} of [await outcomeOf(operations.exportTo(file)), await outcomeOf(operations.backUp())])
      expect(error).to.include({code: 'data-dir-permission', errno: 'EFBIG'})
    expect(existsSync(file)).to.equal(false)
    expect(openParts()).to.deep.equal([])
    expect(partsIn(backupDirectory(sandbox.graphDir()))).to.deep.equal([])
    await expectSound(0)
    limit('unlimited')
    await operations.exportTo(file)
    await operations.write('there is no limit any more')
    await expectCleanEnd()
  })
})
