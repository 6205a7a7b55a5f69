import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']

describe('graph export over a file', () => {
  const box = useSandbox()

  beforeEach(async () => {
    await box.start()
  })

  for (const format of ['sqlite', 'edn', 'datoms']) {
    it(`is refused, and replaces it with --force, as ${format}`, async () => {
      const file = join(box.dir, 'copy')
      const args = ['graph', 'export', file, '--format', format, ...DEMO]
      writeFileSync(file, 'mine')
      linkSync(file, join(box.dir, 'hard-link'))
      const refused = await box.fails(args)
      expect(refused).to.include({code: 'file-exists', exit: 2, file})
      expect(refused.hint).to.include('--force`')
      expect(readFileSync(file, 'utf8')).to.equal('mine')
      const {size} = await box.ok([...args, '--force'])
      expect(readFileSync(file)).to.have.length(size as number)
      expect(readFileSync(join(box.dir, 'hard-link'), 'utf8'), 'not written in place').to.equal('mine')
      expect(readdirSync(box.dir).filter((name) => name.endsWith('.part'))).to.deep.equal([])
    })
  }

  it('replaces a link, not what it leads to', async () => {
    const target = join(box.dir, 'target')
    const link = join(box.dir, 'link')
    for (const content of ['precious', undefined]) {
      if (content !== undefined) writeFileSync(target, content)
      symlinkSync(content === undefined ? join(box.dir, 'nowhere') : target, link + (content ?? ''))
      const args = ['graph', 'export', link + (content ?? ''), ...DEMO]
      expect((await box.fails(args))['code']).to.equal('file-exists')
      await box.ok([...args, '--force'])
      expect(lstatSync(link + (content ?? '')).isFile()).to.equal(true)
    }

    expect(readFileSync(target, 'utf8')).to.equal('precious')
    expect(existsSync(join(box.dir, 'nowhere'))).to.equal(false)
  })

  it('never replaces a file of a graph, nor what is not a file', async () => {
    await box.ok(['graph', 'backup', ...DEMO])
    const [backup] = readdirSync(join(box.graphDir(), 'backups'))
    mkdirSync(join(box.dir, 'folder'))
    for (const file of [
      join(box.graphDir(), 'db.sqlite'),
      box.recordPath(),
      join(box.graphDir(), 'backups', backup!),
      join(box.dir, 'folder'),
    ]) {
      const before = lstatSync(file)
      expect(await box.fails(['graph', 'export', file, '--force', ...DEMO]), file).to.include({code: 'usage', exit: 2})
      expect(lstatSync(file)).to.include({ino: before.ino, size: before.size})
    }

    expect(await box.fails(['graph', 'export', join(box.dir, 'folder'), ...DEMO])).to.include({code: 'usage'})
    await box.ok(['graph', 'check', ...DEMO])
  })
})
