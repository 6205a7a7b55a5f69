import {execFileSync} from 'node:child_process'
import {copyFileSync, existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {evaluate} from '../support/fake-user.js'
import {operationsIn} from '../support/operations.js'
import {end, know, lives} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

/** A person waits no longer than this for a word, in ms: a fraction of the timeout. */
const AT_ONCE_MS = 6000

describe('a copy of a graph that consists of hard links', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const {restore, titleOf, write} = operationsIn(sandbox)

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

  describe('whose database has become a file of its own', () => {
    beforeEach(async () => {
      await sandbox.start('demo')
      await sandbox.ok(['server', 'stop', '-r', 'demo'])
      copy('demo', 'a copy')
      const {warnings} = await sandbox.start('a copy')
      await sandbox.ok(['server', 'stop', '-r', 'a copy'])
      execFileSync('sh', ['-c', /`(cp -p [^`]+)`/.exec(warnings[0])![1]!])
      await sandbox.start('demo')
    })

    it('is served beside the original', async () => {
      const {pid, warnings} = await sandbox.start('a copy')
      expect(warnings).to.deep.equal([])
      const listed = await sandbox.ok(['server', 'list'])
      expect(listed['servers'].map(({status}: {status: string}) => status)).to.deep.equal(['ready', 'ready'])
      expect(pid).not.to.equal(sandbox.record('demo')?.['pid'])
    })

    const linkLog = () => {
      rmSync(join(sandbox.graphDir('a copy'), 'db.sqlite-wal'), {force: true})
      writeFileSync(join(sandbox.graphDir(), 'db.sqlite-wal'), '', {flag: 'a'}) // a stop empties it, or removes it
      for (const name of ['db.sqlite-wal', 'db-worker.session'].filter((name) =>
        existsSync(join(sandbox.graphDir(), name)),
      ))
        linkSync(join(sandbox.graphDir(), name), join(sandbox.graphDir('a copy'), name))
    }

    /** Writes to the original, whose server is killed: what was written is in the log alone. */
    const writeAndKill = async () => {
      const {pid} = await sandbox.start('demo')
      await write('a title')
      await end(know(pid as number)!)
    }

    it('gets no write of the original, although they had one log', async () => {
      await sandbox.ok(['server', 'stop', '-r', 'demo'])
      linkLog()
      await writeAndKill()
      await sandbox.start('a copy')
      expect(await titleOf('a copy')).to.equal(null)
    })

    for (const [what, use] of Object.entries({
      'is written': async () => {
        await sandbox.start('a copy')
        await write('another title', 'a copy')
        await sandbox.ok(['server', 'stop', '-r', 'a copy'])
      },
      'is restored': async () => {
        copyFileSync(join(sandbox.graphDir('a copy'), 'db.sqlite'), join(sandbox.dir, 'db.sqlite'))
        await restore({file: join(sandbox.dir, 'db.sqlite')}, 'a copy')
      },
    }))
      it(`takes no write from the original when it ${what}, although they had one log`, async () => {
        await writeAndKill()
        linkLog()
        await use()
        await sandbox.start('demo')
        expect(await titleOf()).to.equal('a title')
      })

    it('is told which server has the database of another copy open', async () => {
      copy('demo', 'another copy')
      await sandbox.ok(['server', 'stop', '-r', 'demo'])
      await sandbox.start('a copy') // has the server lock that all of them had
      await sandbox.start('demo')
      const pid = sandbox.record('demo')?.['pid']
      for (const args of [
        ['server', 'start'],
        ['graph', 'rename', 'renamed'],
      ])
        expect(await sandbox.fails([...args, '-r', 'another copy']), args[1]).to.include({code: 'repo-locked', pid})
      expect(await sandbox.ok(['server', 'status', '-r', 'a copy'])).to.include({status: 'ready'})
    })

    it('is imported where a graph was, whose server lock a server of another directory has', async () => {
      const source = join(sandbox.dir, 'a source.sqlite')
      copyFileSync(join(sandbox.graphDir('a copy'), 'db.sqlite'), source)
      rmSync(join(sandbox.graphDir('a copy'), 'db.sqlite'))
      await sandbox.ok(['graph', 'import', source, '-r', 'a copy'])
      expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({status: 'ready'})
    })

    for (const [what, ...args] of [
      ['restored', 'restore', '--yes', '--file', 'db.sqlite'],
      ['renamed', 'rename', 'another'],
      ['removed', 'remove', '--yes'],
    ] as const)
      it(`is ${what} beside the original`, async () => {
        copyFileSync(join(sandbox.graphDir('a copy'), 'db.sqlite'), join(sandbox.dir, 'db.sqlite'))
        await sandbox.ok(['graph', ...args, '-r', 'a copy'], {cwd: sandbox.dir})
        expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({status: 'ready'})
      })
  })

  for (const [when, first] of [
    ['', 'a title'],
    [', and was empty when it was copied', undefined],
  ] as const)
    it(`is not opened with a log that was written for a later state of the original${when}`, async () => {
      const {pid} = await sandbox.start('demo')
      if (first !== undefined) await write(first)
      copy('demo', 'a copy')
      const path = join(sandbox.graphDir('a copy'), 'db.sqlite')
      const log = `${path}-wal`
      expect(statSync(log).size > 0).to.equal(first !== undefined)
      await sandbox.ok(['invoke', 'close-db', '-r', 'demo'])
      copyFileSync(path, `${path}.own`)
      renameSync(`${path}.own`, path)
      await sandbox.ok(['invoke', 'close-db', '-r', 'demo'])
      await write('a later title')
      expect(statSync(log).ino).to.equal(statSync(join(sandbox.graphDir(), 'db.sqlite-wal')).ino)
      const error = await sandbox.fails(['server', 'start', '-r', 'a copy'])
      expect(error).to.include({code: 'server-start-failed'})
      expect(error['reason']).to.include({code: 'graph-invalid'})
      execFileSync('sh', ['-c', /`(mv [^`]+)`/.exec(error.hint!)![1]!])
      await sandbox.start('a copy')
      expect(await titleOf('a copy')).to.equal(first ?? null)
      expect(lives(know(pid as number)!)).to.equal(true)
      expect(await titleOf()).to.equal('a later title')
    })

  it('is not opened with a log that its server began anew while it was copied', async () => {
    await sandbox.start('demo')
    await write('a title')
    copy('demo', 'a copy')
    const dir = sandbox.graphDir('a copy')
    const path = join(dir, 'db.sqlite')
    copyFileSync(path, `${path}.own`)
    renameSync(`${path}.own`, path)
    const {boot} = JSON.parse(readFileSync(join(dir, 'db-worker.session'), 'utf8')) as {boot: string}
    const {thrown} = evaluate<{thrown?: {code: string; message: string}}>(
      ['engine/files/open.ts'],
      `(async () => {
          const fs = process.getBuiltinModule('node:fs')
          const {closeSync, openSync, writeSync} = fs
          let opened = 0 // first to be checked, then to be copied
          fs.openSync = (path, ...more) => {
            if (String(path).endsWith('-wal') && ++opened === 2) {
              const fd = openSync(path, 'r+')
              writeSync(fd, 'salt', 16)
              closeSync(fd)
            }
            return openSync(path, ...more)
          }
          process.getBuiltinModule('node:module').syncBuiltinESMExports()
          const clock = {now: () => performance.now(), sleep: async () => {}}
          await m0.openStore(${JSON.stringify(dir)}, {boot: ${JSON.stringify(boot)}, clock, create: false})
          return {}
        })()`,
    )
    expect(thrown).to.include({code: 'graph-invalid'})
    expect(thrown!.message).to.include('the last server wrote another log')
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
