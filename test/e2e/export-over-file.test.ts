import {linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']

describe('graph export over a file', () => {
  const sandbox = useSandbox()

  beforeEach(async () => {
    await sandbox.start()
  })

  for (const format of ['sqlite', 'edn', 'datoms']) {
    it(`is refused, and replaces it with --force, as ${format}`, async () => {
      const file = join(sandbox.dir, 'copy')
      const args = ['graph', 'export', file, '--format', format, ...DEMO]
      writeFileSync(file, 'mine')
      linkSync(file, join(sandbox.dir, 'hard-link'))
      const refused = await sandbox.fails(args)
      expect(refused).to.include({code: 'file-exists', exit: 2, file})
      expect(refused.hint).to.include('--force`')
      expect(readFileSync(file, 'utf8')).to.equal('mine')
      const {size} = await sandbox.ok([...args, '--force'])
      expect(readFileSync(file)).to.have.length(size as number)
      expect(readFileSync(join(sandbox.dir, 'hard-link'), 'utf8'), 'not written in place').to.equal('mine')
      expect(readdirSync(sandbox.dir).filter((name) => name.endsWith('.part'))).to.deep.equal([])
    })
  }

  it('never replaces a file of a graph, nor what is not a file', async () => {
    await sandbox.ok(['graph', 'backup', ...DEMO])
    const [backup] = readdirSync(join(sandbox.graphDir(), 'backups'))
    mkdirSync(join(sandbox.dir, 'folder'))
    for (const file of [
      join(sandbox.graphDir(), 'db.sqlite'),
      sandbox.recordPath(),
      join(sandbox.graphDir(), 'backups', backup!),
      join(sandbox.dir, 'folder'),
    ]) {
      const before = lstatSync(file)
      expect(await sandbox.fails(['graph', 'export', file, '--force', ...DEMO]), file).to.include({
        code: 'usage',
        exit: 2,
      })
      expect(lstatSync(file)).to.include({ino: before.ino, size: before.size})
    }

    expect(await sandbox.fails(['graph', 'export', join(sandbox.dir, 'folder'), ...DEMO])).to.include({code: 'usage'})
    await sandbox.ok(['graph', 'check', ...DEMO])
  })
})
