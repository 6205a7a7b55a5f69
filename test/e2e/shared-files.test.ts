import {execFileSync} from 'node:child_process'
import {existsSync, linkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {useSandbox} from '../support/use.js'

/** A person waits no longer than this for a word, in ms: a fraction of the timeout. */
const AT_ONCE_MS = 6000

describe('a copy of a graph that consists of hard links', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  const copy = (from: string, to: string) => execFileSync('cp', ['-al', sandbox.graphDir(from), sandbox.graphDir(to)])

  for (const command of ['start', 'restart'])
    it(`is not served by \`${command}\` beside the original, and says so at once`, async () => {
      const {pid} = await sandbox.start('an original')
      copy('an original', 'linked')
      const error = await sandbox.fails(['server', command, '-r', 'linked'])
      expect(error).to.include({code: 'repo-locked', exit: 5, pid})
      expect(error.message).to.include('hard links').and.include('an original').and.include(String(pid))
      expect(error.ms).to.be.lessThan(AT_ONCE_MS)
    })

  it('is distinguished from the original by each command that would start its server', async () => {
    await sandbox.start('demo')
    copy('demo', 'linked')
    for (const args of [
      ['query', '[:find ?e :where [?e :db/ident :x]]'],
      ['graph', 'check'],
      ['graph', 'backup'],
    ]) {
      const error = await sandbox.fails([...args, '-r', 'linked'])
      expect(error, args[0]).to.include({code: 'repo-locked'})
      expect(error.ms, args[0]).to.be.lessThan(AT_ONCE_MS)
    }
  })

  it('gets files of its own by what the hint says', async () => {
    await sandbox.start('demo')
    copy('demo', 'a copy')
    const {hint} = await sandbox.fails(['server', 'start', '-r', 'a copy'])
    for (const [, line] of hint!.matchAll(/`([^`]+)`/g)) {
      const script = line!.replace(/^\S*logseq /, `${process.execPath} ${join('bin', 'run.js')} `)
      execFileSync('sh', ['-c', script], {env: {...process.env, HOME: sandbox.dir}, stdio: 'pipe'})
    }

    const {pid, warnings} = await sandbox.start('a copy')
    expect(pid).to.be.a('number').and.not.equal(sandbox.record('demo')?.['pid'])
    expect(warnings).to.deep.equal([])
  })

  it('is served while the original is not, with a warning that says how to separate them', async () => {
    await sandbox.start('demo')
    await sandbox.ok(['server', 'stop', '-r', 'demo'])
    linkSync(join(sandbox.graphDir(), 'db.sqlite'), join(sandbox.dir, 'elsewhere'))
    const {warnings} = await sandbox.start('demo')
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include('hard link')
    await sandbox.ok(['server', 'stop', '-r', 'demo'])
    execFileSync('sh', ['-c', /`(cp -p [^`]+)`/.exec(warnings[0])![1]!])
    expect((await sandbox.start('demo'))['warnings']).to.deep.equal([])
    expect(existsSync(join(sandbox.dir, 'elsewhere'))).to.equal(true)
  })
})
