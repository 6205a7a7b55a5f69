import {execFileSync} from 'node:child_process'
import {existsSync, linkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {useSandbox} from '../support/use.js'

/** A person waits no longer than this for a word, in ms: a fraction of the time-out. */
const AT_ONCE_MS = 6000

describe('a copy of a graph that consists of hard links', function () {
  this.timeout(120_000)
  const box = useSandbox()

  const copy = (from: string, to: string) => execFileSync('cp', ['-al', box.graphDir(from), box.graphDir(to)])

  for (const command of ['start', 'restart'])
    it(`is not served by \`${command}\` beside the original, and says so at once`, async () => {
      const {pid} = await box.start('an original')
      copy('an original', 'linked')
      const error = await box.fails(['server', command, '-r', 'linked'])
      expect(error).to.include({code: 'repo-locked', exit: 5, pid})
      expect(error.message).to.include('hard links').and.include('an original').and.include(String(pid))
      expect(error.ms).to.be.lessThan(AT_ONCE_MS)
    })

  it('is distinguished from the original by each command that would start its server', async () => {
    await box.start('demo')
    copy('demo', 'linked')
    for (const args of [
      ['query', '[:find ?e :where [?e :db/ident :x]]'],
      ['graph', 'check'],
      ['graph', 'backup'],
    ]) {
      const error = await box.fails([...args, '-r', 'linked'])
      expect(error, args[0]).to.include({code: 'repo-locked'})
      expect(error.ms, args[0]).to.be.lessThan(AT_ONCE_MS)
    }
  })

  it('gets files of its own by what the hint says', async () => {
    await box.start('demo')
    copy('demo', 'a copy')
    const {hint} = await box.fails(['server', 'start', '-r', 'a copy'])
    for (const [, line] of hint!.matchAll(/`([^`]+)`/g)) {
      const script = line!.replace(/^\S*logseq /, `${process.execPath} ${join('bin', 'run.js')} `)
      execFileSync('sh', ['-c', script], {env: {...process.env, HOME: box.dir}, stdio: 'pipe'})
    }

    const {pid, warnings} = await box.start('a copy')
    expect(pid).to.be.a('number').and.not.equal(box.record('demo')?.['pid'])
    expect(warnings).to.deep.equal([])
  })

  it('is served while the original is not, with a warning that says how to separate them', async () => {
    await box.start('demo')
    await box.ok(['server', 'stop', '-r', 'demo'])
    linkSync(join(box.graphDir(), 'db.sqlite'), join(box.dir, 'elsewhere'))
    const {warnings} = await box.start('demo')
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include('hard link')
    await box.ok(['server', 'stop', '-r', 'demo'])
    execFileSync('sh', ['-c', /`(cp -p [^`]+)`/.exec(warnings[0])![1]!])
    expect((await box.start('demo'))['warnings']).to.deep.equal([])
    expect(existsSync(join(box.dir, 'elsewhere'))).to.equal(true)
  })
})
