import {existsSync, mkdirSync, renameSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {unpackGraph} from '../support/graphs.js'
import {operationsIn, outcomeOf, UUID} from '../support/operations.js'
import {page} from '../support/outline.js'
import {useSandbox} from '../support/use.js'

/** Bytes of the path of a graph, with which the path of a backup that is written has 504: SQLite's limit, without its journal. */
const LONGEST = 440

describe('a graph with a long path', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const operations = operationsIn(sandbox)

  before(function () {
    if (process.platform === 'win32') this.skip()
  })

  /** A data directory in which the path of the graph `g` has so many bytes. */
  function dataDirFor(bytes: number): string {
    const parent = join(sandbox.dir, 'd'.repeat(200))
    const dir = join(parent, 'e'.repeat(bytes - parent.length - '/'.length - '/g'.length))
    mkdirSync(dir, {recursive: true})
    return dir
  }

  const at = (dataDir: string) => ['--repo', 'g', '--data-dir', dataDir]
  const write = (dataDir: string) => ['invoke', 'transact', JSON.stringify([page(UUID, 'a title')]), ...at(dataDir)]

  it('is created and written up to the length at which it can be backed up', async () => {
    const dataDir = dataDirFor(LONGEST)
    await sandbox.ok(['server', 'start', '--create', ...at(dataDir)])
    await sandbox.ok(write(dataDir))
    await sandbox.ok(['server', 'restart', ...at(dataDir)])
    await sandbox.ok(['graph', 'check', ...at(dataDir)])
  })

  it('is refused beyond that, before anything is made', async () => {
    const dataDir = dataDirFor(LONGEST + 1)
    const source = join(sandbox.dir, 'a source.sqlite')
    unpackGraph('fresh', source)
    for (const args of [
      ['server', 'start', '--create'],
      ['graph', 'import', source],
    ]) {
      const error = await sandbox.fails([...args, ...at(dataDir)])
      expect(error, args[1]).to.include({code: 'data-dir-permission', exit: 5, errno: 'ENAMETOOLONG'})
      expect(error.hint).to.include('shorter path')
      expect(existsSync(join(dataDir, 'g'))).to.equal(false)
    }
  })

  it('does not get it by a new name', async () => {
    const dataDir = dataDirFor(LONGEST)
    await sandbox.ok(['server', 'start', '--create', ...at(dataDir)])
    const error = await sandbox.fails(['graph', 'rename', 'gg', ...at(dataDir)])
    expect(error).to.include({code: 'data-dir-permission', errno: 'ENAMETOOLONG'})
    expect(await sandbox.ok(['server', 'status', ...at(dataDir)])).to.include({status: 'ready'})
  })

  for (const more of [1, 10, 30])
    it(`says what to do when it is ${more} bytes too long to be written`, async () => {
      await operations.start('g')
      await operations.stop('g')
      const dataDir = dataDirFor(LONGEST + more)
      renameSync(sandbox.graphDir('g'), join(dataDir, 'g'))
      const {hint, ...error} = await sandbox.fails(write(dataDir))
      expect(error).to.include({code: 'data-dir-permission', errno: 'ENAMETOOLONG'})
      expect(hint).to.include('shorter path')
      renameSync(join(dataDir, 'g'), sandbox.graphDir('g'))
      expect((await outcomeOf(operations.start('g'))).error).to.equal(undefined)
      await operations.write('a title', 'g')
    })
})
