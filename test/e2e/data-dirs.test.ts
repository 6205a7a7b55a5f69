import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite} from '../../src/lib/sqlite.js'
import {commandsIn} from '../support/commands.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {unpackGraph} from '../support/graphs.js'
import {useSandbox} from '../support/use.js'

describe('a data directory', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const {fails, json, ok} = commandsIn(sandbox)
  const file = () => {
    const source = join(sandbox.dir, 'source.sqlite')
    unpackGraph('fresh', source)
    return source
  }

  const MAKING = [
    ['graph', 'create'],
    ['graph', 'import'],
    ['server', 'start', '--create'],
    ['server', 'run', '--create'],
  ]
  const lineOf = (words: readonly string[]) => (words[1] === 'import' ? [...words, file()] : words)

  describe('that is the directory of a graph', () => {
    beforeEach(() => {
      mkdirSync(sandbox.graphDir())
      unpackGraph('fresh', join(sandbox.graphDir(), 'db.sqlite'))
    })

    const PLACES: Record<string, () => string> = {
      'that of the graph': () => sandbox.graphDir(),
      'that of the graph, with a slash': () => `${sandbox.graphDir()}/`,
      'a link to it': () => {
        symlinkSync(sandbox.graphDir(), join(sandbox.dir, 'link'))
        return join(sandbox.dir, 'link')
      },
      'its backups': () => {
        mkdirSync(join(sandbox.graphDir(), 'backups'))
        return join(sandbox.graphDir(), 'backups')
      },
      'a missing one in it': () => join(sandbox.graphDir(), 'new', 'graphs'),
      'one in it, while only its log has the graph': () => {
        writeFileSync(join(sandbox.graphDir(), 'db.sqlite'), '')
        writeFileSync(join(sandbox.graphDir(), 'db-worker.guard'), '')
        return join(sandbox.graphDir(), 'assets')
      },
    }

    for (const [what, place] of Object.entries(PLACES))
      it(`gets no graph: ${what}`, async () => {
        const dir = place()
        const before = readdirSync(sandbox.graphDir(), {recursive: true}).sort()
        for (const words of MAKING) {
          const error = await fails([...lineOf(words), '--repo', 'other', '--data-dir', dir])
          expect([words, error.code], error.message).to.deep.equal([words, 'usage'])
          expect(error.message).to.include('the graph "demo"')
          expect(error.hint)
            .to.include(`--data-dir ${sandbox.dataDir}\``)
            .and.include('"demo"')
            .and.not.include(`${dir} `)
        }

        expect(readdirSync(sandbox.graphDir(), {recursive: true}).sort()).to.deep.equal(before)
      })

    it('is named by an error of what looks for a graph, and by lists', async () => {
      const at = ['--data-dir', sandbox.graphDir()]
      const error = await fails(['server', 'start', '--repo', 'demo', ...at])
      expect(error.code).to.equal('graph-not-exists')
      expect(error.message).to.include('the directory of the graph "demo" itself')
      expect(error.hint)
        .to.match(/`logseq server start --repo demo .*`/)
        .and.include(`--data-dir ${sandbox.dataDir}\``)
      for (const words of [
        ['graph', 'list'],
        ['server', 'list'],
        ['server', 'list', '--all'],
      ]) {
        const {code, stderr, stdout} = await sandbox.run([...words, ...at])
        expect([words, code]).to.deep.equal([words, 0])
        expect(stdout + stderr)
          .to.include('it is the directory of the graph "demo" itself')
          .and.include(sandbox.dataDir)
      }

      expect(await ok(['graph', 'list', ...at])).to.deep.equal({'data-dir': sandbox.graphDir(), graphs: []})
      expect((await ok(['server', 'list', ...at]))['warnings']).to.have.length(1)
    })

    it('still has the graph that an earlier version made in it', async () => {
      mkdirSync(join(sandbox.graphDir(), 'inner'))
      unpackGraph('fresh', join(sandbox.graphDir(), 'inner', 'db.sqlite'))
      const at = ['--repo', 'inner', '--data-dir', sandbox.graphDir()]
      expect(await ok(['server', 'start', '--create', ...at])).to.include({created: false})
      await ok(['server', 'stop', ...at])
    })
  })

  it('may be beside a database of another program', async () => {
    writeFileSync(join(sandbox.dir, 'db.sqlite'), 'x')
    mkdirSync(join(sandbox.dir, 'backups'))
    expect(await ok(['graph', 'create', '--repo', 'demo'])).to.include({created: true})
    const other = openSqlite(join(sandbox.dataDir, 'db.sqlite'))
    other.exec('CREATE TABLE of_another_program (a)')
    other.close()
    expect(await ok(['graph', 'create', '--repo', 'other'])).to.include({created: true})
    rmSync(join(sandbox.dir, 'db.sqlite'))
    rmSync(join(sandbox.dataDir, 'db.sqlite'))
  })

  it('that is missing is named by lists, which succeed', async () => {
    const missing = join(sandbox.dir, 'no', 'where')
    for (const words of [
      ['graph', 'list'],
      ['server', 'list'],
      ['server', 'list', '--all'],
    ]) {
      const {code, stderr, stdout} = await sandbox.run([...words, '--data-dir', missing])
      expect([words, code]).to.deep.equal([words, 0])
      const reason = `No graphs in ${missing}: the directory does not exist`
      expect((stdout + stderr).split(reason), 'once').to.have.length(2)
      expect(stdout).not.to.include('server start --repo NAME`')
    }

    expect((await json(['graph', 'list', '--data-dir', missing])).data).to.deep.equal({'data-dir': missing, graphs: []})
    expect((await ok(['server', 'list', '--data-dir', missing]))['warnings']).to.have.length(1)
    expect((await ok(['server', 'list']))['warnings']).to.deep.equal([])
    expect(existsSync(join(sandbox.dir, 'no'))).to.equal(false)
  })

  describe('of another user', () => {
    beforeEach(function () {
      needsRoot(this)
      for (const dir of [sandbox.dir, sandbox.dataDir]) chownSync(dir, NOBODY, NOBODY)
    })

    it('gets no graph by root without --force, nor any directory', async () => {
      for (const words of MAKING)
        for (const dir of [sandbox.dataDir, join(sandbox.dir, 'new', 'graphs')]) {
          const error = await fails([...lineOf(words), '--repo', 'demo', '--data-dir', dir])
          expect([words, error.code], error.message).to.deep.equal([words, 'data-dir-permission'])
          expect(error.message).to.include('not to you')
          expect(error.hint).to.include('--force')
        }

      expect(readdirSync(sandbox.dataDir)).to.deep.equal([])
      expect(existsSync(join(sandbox.dir, 'new'))).to.equal(false)
    })

    it('gets one by root with --force that its owner can use', async () => {
      const dir = join(sandbox.dir, 'new', 'graphs')
      const at = ['--repo', 'demo', '--data-dir', dir]
      await ok(['graph', 'create', '--force', ...at])
      await ok(['server', 'stop', '--force', ...at])
      const made = [dir, ...readdirSync(dir, {recursive: true}).map((name) => join(dir, String(name))), join(dir, '..')]
      expect(made.filter((path) => statSync(path).uid !== NOBODY)).to.deep.equal([])
      expect(await sandbox.ok(['server', 'start', ...at], {uid: NOBODY})).to.include({created: false})
      await sandbox.ok(['server', 'stop', ...at], {uid: NOBODY})
      await ok(['graph', 'import', file(), '--force', '--repo', 'copy', '--data-dir', dir])
      expect(await sandbox.ok(['server', 'start', '--repo', 'copy', '--data-dir', dir], {uid: NOBODY})).to.include({
        created: false,
      })
      await sandbox.ok(['server', 'stop', '--repo', 'copy', '--data-dir', dir], {uid: NOBODY})
    })
  })

  it('that others own too gets a graph of each user', async function () {
    needsRoot(this)
    const shared = join(sandbox.dir, 'shared')
    mkdirSync(shared, {mode: 0o777})
    for (const [path, mode] of [
      [sandbox.dir, 0o755],
      [shared, 0o1777],
    ] as const)
      chmodSync(path, mode)
    const at = ['--repo', 'demo', '--data-dir', shared]
    await sandbox.ok(['graph', 'create', ...at], {uid: NOBODY})
    await sandbox.ok(['server', 'stop', ...at], {uid: NOBODY})
  })
})
