import {execFileSync} from 'node:child_process'
import {chownSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {ordinaryInFewFiles} from '../support/ordinary.js'
import {todays} from '../support/rounds.js'
import {useSandbox} from '../support/use.js'

/** Both ways to a command: as a bundle, and by oclif. */
const WAYS = ['bundled', 'by oclif']

describe('the configuration file', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  let path: string

  beforeEach(() => {
    path = join(sandbox.dir, '.config', 'logseq', 'config.json')
  })

  function configure(content: object | string): void {
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }

  /** A graph that is enough for commands that do not open it. */
  function fakeGraph(name: string, dataDir = sandbox.dataDir): void {
    mkdirSync(join(dataDir, name), {recursive: true})
    writeFileSync(join(dataDir, name, 'db.sqlite'), '')
  }

  const withoutVariable = {env: {LOGSEQ_CLI_DATA_DIR: undefined}}

  for (const way of WAYS) {
    describe(way, () => {
      const options: {cli?: string} = {}

      before(async () => {
        if (way === 'by oclif') options.cli = await ordinaryInFewFiles()
      })

      it('gives data directory, graph and timeout, under environment and flags', async () => {
        const [flag, variable, configured] = ['flag', 'variable', 'configured'].map((name) => join(sandbox.dir, name))
        for (const dir of [flag!, variable!, configured!]) for (const name of ['a', 'b', 'c']) fakeGraph(name, dir)
        configure({dataDir: configured, repo: 'a', timeout: '7s'})
        const dirOf = async (args: string[], env: Record<string, string | undefined>) =>
          ((await sandbox.ok(['graph', 'info', ...args], {...options, env}))['dir'] as string).slice(sandbox.dir.length)
        const none = {LOGSEQ_CLI_DATA_DIR: undefined}
        const some = {LOGSEQ_CLI_DATA_DIR: variable, LOGSEQ_CLI_REPO: 'b'}
        expect(await dirOf([], none)).to.equal('/configured/a')
        expect(await dirOf([], some)).to.equal('/variable/b')
        expect(await dirOf(['--repo', 'c', '--data-dir', flag!], some)).to.equal('/flag/c')
        expect(await dirOf(['--repo', 'c'], none)).to.equal('/configured/c')
        configure({dataDir: '~/configured', repo: 'logseq_db_a'})
        expect(await dirOf([], none)).to.equal('/configured/a')
      })

      it('is never ignored when it is broken: the error names file and key', async () => {
        const broken: Array<[content: object | string, key: string | undefined, words: RegExp]> = [
          ['{', undefined, /is not JSON/],
          ['[]', undefined, /is not a JSON object/],
          ['', undefined, /is not JSON/],
          [{dataDir: 7}, 'dataDir', /has 7 for "dataDir"; use an absolute path/],
          [{dataDir: 'graphs'}, 'dataDir', /use an absolute path/],
          [{repo: '..'}, 'repo', /the name of a graph/],
          [{timeout: 'soon'}, 'timeout', /30s, 500ms or 2m/],
          [{timeout: 0}, 'timeout', /or a number of ms/],
          [{dataDirr: '/x'}, 'dataDirr', /unknown key "dataDirr"/],
        ]
        const lines = [
          ['server', 'list'],
          ['graph', 'info', '--repo', 'x'],
          ['graph', 'switch', 'x'],
        ]
        // One function reads the file both ways.
        const today = way === 'bundled' ? broken : todays(broken, 3)
        for (const [i, [content, key, words]] of today.entries()) {
          configure(content)
          const error = await sandbox.fails(lines[i % lines.length]!, options)
          expect(error, JSON.stringify(content)).to.include({code: 'config-invalid', exit: 2, file: path})
          expect(error['key']).to.equal(key)
          expect(error.message).to.include(path).and.match(words)
        }

        configure({dataDirr: '/x'})
        expect((await sandbox.fails(['server', 'list'], options)).hint).to.include('Did you mean dataDir?')
        expect((await sandbox.run(['version'], options)).code).to.equal(0)
        expect((await sandbox.run(['server', 'list', '--help'], options)).code).to.equal(0)
      })

      it('does not apply to an app, whose manager gives all values itself', async () => {
        configure('{')
        expect(await sandbox.ok(['server', 'list', '--owner-source', 'electron'], options)).to.have.property('servers')
        const env = {LOGSEQ_CLI_OWNER_SOURCE: 'electron'}
        expect(await sandbox.ok(['server', 'list'], {...options, env})).to.have.property('servers')
      })

      it('is named where its value is the reason of an error', async () => {
        configure({dataDir: join(sandbox.dir, 'none'), repo: 'gone'})
        const error = await sandbox.fails(['graph', 'info'], {...options, ...withoutVariable})
        expect(error.message).to.include(`repo in ${path}`).and.include(`dataDir in ${path}`)
        fakeGraph('demo')
        const named = await sandbox.fails(['graph', 'info', '--repo', 'demo'], {...options, ...withoutVariable})
        expect(named.message).to.include(`dataDir in ${path}`).and.not.include('repo in')
      })
    })
  }

  it('is where the environment says, and a relative directory there does not count', async () => {
    const base = join(sandbox.dir, 'xdg')
    mkdirSync(join(base, 'logseq'), {recursive: true})
    writeFileSync(join(base, 'logseq', 'config.json'), '{')
    for (const cli of [undefined, await ordinaryInFewFiles()]) {
      const run = (env: Record<string, string>) => sandbox.json(['server', 'list'], {cli, cwd: sandbox.dir, env})
      expect((await run({XDG_CONFIG_HOME: base})).error).to.include({file: join(base, 'logseq', 'config.json')})
      expect((await run({LOGSEQ_CONFIG_DIR: join(base, 'logseq')})).error.code).to.equal('config-invalid')
      expect((await run({XDG_CONFIG_HOME: 'xdg'})).status).to.equal('ok')
    }
  })

  it('may be a link; anything else in its place is an error and blocks no command', async () => {
    mkdirSync(dirname(path), {recursive: true})
    execFileSync('mkfifo', [path])
    expect(await sandbox.fails(['server', 'list'])).to.include({code: 'config-invalid'})
    rmSync(path)
    mkdirSync(path)
    expect(await sandbox.fails(['server', 'list'])).to.include({code: 'config-invalid'})
    rmSync(path, {recursive: true})
    writeFileSync(join(sandbox.dir, 'dotfile.json'), JSON.stringify({repo: 'demo'}))
    symlinkSync(join(sandbox.dir, 'dotfile.json'), path)
    fakeGraph('demo')
    fakeGraph('other')
    await sandbox.ok(['graph', 'switch', 'other'])
    expect(JSON.parse(readFileSync(join(sandbox.dir, 'dotfile.json'), 'utf8'))).to.include({repo: 'other'})
    rmSync(join(sandbox.dir, 'dotfile.json'))
    const refused = await sandbox.fails(['graph', 'switch', 'other'])
    expect(refused).to.include({code: 'data-dir-permission', path})
    expect(readlinkSync(path)).to.equal(join(sandbox.dir, 'dotfile.json'))
    execFileSync('sh', ['-c', /`(mv [^`]+)`/.exec(String(refused.hint))![1]!])
    expect(await sandbox.ok(['graph', 'switch', 'other'])).to.include({graph: 'other'})
  })

  it('may begin with a byte order mark, as some editors write it', async () => {
    configure('\uFEFF{"repo": "demo"}')
    fakeGraph('demo')
    expect(await sandbox.ok(['graph', 'switch'])).to.include({graph: 'demo'})
  })

  it('follows a rename through a link to its data directory', async () => {
    symlinkSync(sandbox.dataDir, join(sandbox.dir, 'linked'))
    configure({dataDir: join(sandbox.dir, 'linked'), previousRepo: 'old', repo: 'demo'})
    await sandbox.start()
    const real = ['--data-dir', sandbox.dataDir]
    await sandbox.ok(['graph', 'rename', 'new', '--repo', 'demo', ...real], withoutVariable)
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.include({previousRepo: 'old', repo: 'new'})
    await sandbox.ok(['graph', 'remove', '--repo', 'new', ...real], withoutVariable)
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.deep.equal({
      dataDir: join(sandbox.dir, 'linked'),
      previousRepo: 'old',
    })
  })

  it('belongs to the user whose directory it is, also when root has written it', async function () {
    needsRoot(this)
    fakeGraph('demo')
    chownSync(sandbox.dir, NOBODY, NOBODY)
    await sandbox.ok(['graph', 'switch', 'demo'])
    for (const made of [path, dirname(path), dirname(dirname(path))])
      expect(statSync(made), made).to.include({uid: NOBODY, gid: NOBODY})
    chownSync(path, NOBODY, NOBODY)
    await sandbox.ok(['graph', 'switch', '--unset'])
    expect(statSync(path)).to.include({uid: NOBODY})
  })

  describe('graph switch', () => {
    const {fails, ok} = commandsIn(sandbox)

    beforeEach(() => {
      for (const name of ['one', 'two']) fakeGraph(name)
    })

    it('makes --repo optional, goes back with -, and shows the current graph', async () => {
      expect(await ok(['graph', 'switch'])).to.not.have.property('graph')
      expect(await fails(['graph', 'info'])).to.include({code: 'missing-repo'})
      expect(await fails(['graph', 'switch', '-'])).to.include({code: 'usage', exit: 2})
      expect(await ok(['graph', 'switch', 'one'])).to.include({config: path, graph: 'one'})
      expect(statSync(path).mode & 0o777).to.equal(0o600)
      expect(await ok(['graph', 'info'])).to.include({graph: 'one'})
      expect(await ok(['server', 'status'])).to.include({graph: 'one'})
      expect(await ok(['graph', 'switch', 'logseq_db_two'])).to.include({graph: 'two', previous: 'one'})
      expect(await ok(['graph', 'switch', 'two'])).to.include({graph: 'two', previous: 'one'})
      expect(await ok(['graph', 'switch', '-'])).to.include({graph: 'one', previous: 'two'})
      expect(await ok(['graph', 'switch'])).to.include({graph: 'one'})
      expect((await sandbox.run(['graph', 'switch'])).stdout).to.match(/^Current graph: one\n/)
      expect(await ok(['graph', 'switch', '--unset']))
        .to.include({previous: 'one'})
        .and.not.have.property('graph')
      expect(await fails(['graph', 'info'])).to.include({code: 'missing-repo'})
    })

    it('suggests the nearest graph instead of the one that does not exist', async () => {
      expect((await fails(['graph', 'switch', 'oen']))['hint']).to.include('`logseq graph switch one --json`')
    })

    it('changes nothing for a graph that does not exist, and keeps the other keys', async () => {
      configure({repo: 'one', timeout: '5s'})
      expect(await fails(['graph', 'switch', 'three'])).to.include({code: 'graph-not-exists'})
      expect(JSON.parse(readFileSync(path, 'utf8'))).to.deep.equal({repo: 'one', timeout: '5s'})
      await ok(['graph', 'switch', 'two'])
      expect(JSON.parse(readFileSync(path, 'utf8'))).to.deep.equal({previousRepo: 'one', repo: 'two', timeout: '5s'})
    })

    it('keeps the data directory with --data-dir', async () => {
      const other = join(sandbox.dir, 'other')
      fakeGraph('three', other)
      await sandbox.ok(['graph', 'switch', 'three', '--data-dir', other])
      expect(await sandbox.ok(['graph', 'info'], withoutVariable)).to.include({dir: join(other, 'three')})
    })

    it('warns where LOGSEQ_CLI_REPO takes precedence', async () => {
      const ran = await sandbox.json(['graph', 'switch', 'one'], {env: {LOGSEQ_CLI_REPO: 'two'}})
      expect(ran.data['warnings'][0]).to.include('LOGSEQ_CLI_REPO')
      expect(await sandbox.ok(['graph', 'info'], {env: {LOGSEQ_CLI_REPO: 'two'}})).to.include({graph: 'two'})
    })

    it('does not count for commands that replace or remove something, or that are about all graphs', async () => {
      await ok(['graph', 'switch', 'one'])
      for (const line of ['remove', 'restore', 'rename x', 'import x.sqlite', 'create', 'backup remove x']) {
        const error = await fails(['graph', ...line.split(' ')])
        expect(error, line).to.include({code: 'missing-repo', exit: 2})
        expect(error.hint).to.include('current graph is not used')
      }

      expect(await ok(['server', 'stop', '--all'])).to.have.property('servers')
      expect(await ok(['server', 'restart', '--outdated'])).to.deep.include({servers: []})
    })

    it('completes names', async () => {
      const {stdout} = await sandbox.run(['__complete', 'zsh', 'graph', 'switch', ''])
      expect(stdout).to.equal('words\none\ntwo\n')
      configure({dataDir: sandbox.dataDir})
      const configured = await sandbox.run(['__complete', 'zsh', 'graph', 'info', '--repo', ''], withoutVariable)
      expect(configured.stdout).to.equal('words\none\ntwo\n')
    })
  })
})
