import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import * as module from 'node:module'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import fc from 'fast-check'

import {spellingsOf} from '../../src/cli/line/spec.js'
import {COMMAND_IDS, manifestCommand} from '../support/manifest.js'
import {canMount, writeMountedCli} from '../support/mounts.js'
import {ORDINARY, ordinaryInFewFiles} from '../support/ordinary.js'
import {rounds, todays} from '../support/rounds.js'
import {type Ran, type RunOptions, Sandbox} from '../support/sandbox.js'
import {SEED} from '../support/seed.js'
import {useSandbox} from '../support/use.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Hides the machine ID, which containers lack: the host name stands in. machine-id(5) */
const WITHOUT_MACHINE_ID = '[ ! -e /etc/machine-id ] || mount --bind /dev/null /etc/machine-id'

/** Output of a run without the parts that differ between runs: frames of a stack, times, and the progress of a slow run. */
const reported = ({code, signal, stderr, stdout}: Ran) => ({
  code,
  signal,
  stderr: stderr
    .replaceAll(/\n {4}at .*/g, '')
    .replaceAll(/debug \+\d+ ms/g, 'debug')
    .replaceAll(/^\w.*\.\.\.\n/gm, ''),
  stdout,
})

describe('the bundled commands', () => {
  const sandbox = useSandbox()
  let inFewFiles: string

  before(async () => {
    inFewFiles = await ordinaryInFewFiles()
  })

  /** Runs a line both ways, and compares all that is printed. `cli` is the way without the bundles. */
  async function compare(line: readonly string[], {cli = inFewFiles, ...options}: RunOptions = {}): Promise<Ran> {
    const [bundled, ordinary] = await Promise.all([sandbox.run(line, options), sandbox.run(line, {...options, cli})])
    expect(reported(bundled), line.join(' ')).to.deep.equal(reported(ordinary))
    return bundled
  }

  it('are all the commands of the manifest', () => {
    for (const id of COMMAND_IDS) {
      const path = join(ROOT, 'dist/bundle/commands', `${id.replaceAll(':', '/')}.cjs`)
      expect(existsSync(path), path).to.equal(true)
      expect(readFileSync(path, 'utf8'), path).to.not.include('@oclif/core')
    }
  })

  it('come with the licences of all that is in them', () => {
    const notice = readFileSync(join(ROOT, 'dist/bundle/THIRD-PARTY-NOTICES.txt'), 'utf8')
    for (const name of ['fast-sha256', 'pino', 'proper-lockfile', 'ps-list', 'string-width']) {
      const path = join(ROOT, 'node_modules', name)
      const {version} = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {version: string}
      expect(notice, name).to.include(`\n${name} ${version}\nLicense: `)
      const licence = readdirSync(path).find((file) => /^licen[cs]e/i.test(file))
      if (licence) expect(notice, name).to.include(readFileSync(join(path, licence), 'utf8').trim())
    }
  })

  it('load no more of Node.js than they need, and a line is read by little code', async () => {
    const loaded = join(sandbox.dir, 'loaded.json')
    const NODE_OPTIONS = `--require=${JSON.stringify(join(ROOT, 'test/fixtures/loaded-modules.cjs'))}`
    const env = {LOADED_MODULES: loaded, NODE_OPTIONS}
    const loadedNames = () => JSON.parse(readFileSync(loaded, 'utf8')) as string[]
    // From 22.1 on, Node.js keeps compiled code itself, and is asked to by its `module`: see bundle/code-cache.ts.
    const ofCache = 'enableCompileCache' in module ? [] : ['module']
    const places: Record<string, RunOptions> = {
      here: {env},
      'a service': {env: {...env, CI: '1', LANG: undefined, SHELL: undefined, TERM: undefined, USER: undefined}},
    }
    const withoutId = join(sandbox.dir, 'without-machine-id.cjs')
    if (canMount(WITHOUT_MACHINE_ID)) {
      writeMountedCli(withoutId, WITHOUT_MACHINE_ID)
      places['a container without a machine ID'] = {cli: withoutId, env}
    } else console.log('      skipped: files cannot be hidden here')

    const lines = [
      ['--version'],
      ['server', 'status', '-r', 'demo'],
      ['server', 'start', '-r', 'demo'],
      ['query', '[:find ?i :where [?e :db/ident ?i]]', '-r', 'demo'],
      ['invoke', 'get-version', '-r', 'demo'],
    ]
    for (const [place, options] of Object.entries(places)) {
      await sandbox.ok(['server', 'start', '-r', 'demo', '--create'], options)
      for (const line of lines) {
        await sandbox.ok(line, options)
        const names = loadedNames()
        const what = `${line.join(' ')}, in ${place}`
        expect(names, what).to.include(line[0] === '--version' ? 'vm' : 'net')
        const others = line[0] === '--version' ? ['net', 'stream'] : ['os']
        // Node.js loads `cluster` for the first datagram, and `child_process` for that.
        const ofDatagrams = line[0] === 'server' ? [] : ['child_process', 'cluster', 'dgram']
        const unneeded = ['assert', 'crypto', 'http', 'perf_hooks', 'timers/promises', 'tty']
        for (const name of [...unneeded, 'process.stderr', 'process.stdout', ...others, ...ofCache, ...ofDatagrams])
          expect(names, what).to.not.include(name)
      }

      await sandbox.ok(['server', 'stop', '-r', 'demo'], options)
      expect(loadedNames(), place).to.include('stream').and.not.include('http')
    }

    const server = readFileSync(join(ROOT, 'dist/bundle/db-worker-node.cjs'), 'utf8')
    for (const name of ['assert', 'module', 'tty', 'worker_threads'])
      expect(server).to.not.match(new RegExp(`require\\("(?:node:)?${name}"\\)`))
    expect(statSync(join(ROOT, 'dist/bundle/command-line.cjs')).size).to.be.below(24_000)
  })

  // A third of them a day: they are read by one program, and bundled by one script.
  for (const [place, id] of todays(COMMAND_IDS, 9).entries()) {
    it(`${id} answers as it does without the bundle`, async () => {
      const words = id.split(':')
      const cli = (place + SEED) % 9 === 0 ? ORDINARY : inFewFiles // some as the compiler made them
      const lines = [
        () => compare(['--quiet', ...words, 'x y', '--', '--json'], {cli, env: {LOGSEQ_CLI_REPO: 'a/b'}}),
        async () => expect((await compare([...words, '--json'])).stdout).to.match(/^\{"status":/),
        // None that makes a graph: the two runs would race for it.
        () => compare([...words, '--repo', id === 'graph:create' ? '' : 'nowhere']),
      ]
      // Each day another line: what reads a line is one for all.
      for (const line of lines.slice(rounds((place + SEED) % 3, 0)).slice(0, rounds(1, 3))) await line()
    })
  }

  it('answer what names no command as they do without the bundle', async () => {
    const lines = [
      '',
      'server',
      'server --json',
      'serve',
      'server strat -r x',
      '--version',
      '-V --json',
      'help server stop',
      '-- server start',
      '--json',
    ]
    for (const [i, line] of lines.entries())
      if (rounds((i + SEED) % 3, 0) === 0) await compare(line.split(' ').filter((word) => word !== ''))
    await compare(['server', 'list'], {env: {LOGSEQ_CLI_OWNER_SOURCE: 'me'}})
    await compare(['server', 'list'], {env: {HOME: undefined, LOGSEQ_CLI_DATA_DIR: undefined, SHELL: undefined}})
  })

  it('do the same to graphs and servers', async () => {
    const other = new Sandbox()
    const plain = (ran: Ran, dir: string) => {
      const {stderr, stdout, ...ended} = reported(ran)
      return {...ended, text: `${stderr}${stdout}`.replaceAll(dir, 'DIR').replaceAll(/\d+(\.\d+)?( [KM]iB)?/g, 'N')}
    }

    try {
      const lines = [
        ['server', 'start', '-r', 'demo'],
        ['server', 'start', '-r', 'demo', '--create', '--debug', '--json'],
        ['server', 'start', '--graph=demo', '--show-token', '--quiet'],
        ['server', 'status', '-r', 'demo'],
        ['server', 'list', '-a', '--json'],
        ['query', '[:find ?i :in $ ?i :where [?e :db/ident ?i]]', '-i', ':logseq.class/Tag', '-r', 'demo'],
        ['invoke', 'pull', '-', '-r', 'demo', '--json'],
        ['graph', 'backup', '-r', 'demo', '--json'],
        ['server', 'stop', '-r', 'demo', '--owner-id', 'me'],
        ['server', 'restart', '-r', 'demo', '--owner-pid', '1', '--owner-source', 'electron'],
        ['server', 'restart', '-r', 'demo'],
        ['server', 'stop', '-r', 'demo'],
        ['server', 'stop', '-r', 'demo', '--owner-source', 'electron'],
        ['server', 'status', '-r', 'demo', '--exit-code'],
      ]
      for (const line of lines) {
        const options = {stdin: '["[:db/ident]", ":logseq.class/Tag"]'}
        const [bundled, ordinary] = await Promise.all([
          sandbox.run(line, options),
          other.run(line, {...options, cli: inFewFiles}),
        ])
        expect(plain(bundled, sandbox.dir), line.join(' ')).to.deep.equal(plain(ordinary, other.dir))
      }

      expect(sandbox.servers()).to.deep.equal([])
    } finally {
      await other.dispose()
    }
  })

  it('answer any line as they do without the bundle', async function () {
    this.timeout(120_000)
    const words = fc.constantFrom(
      'demo',
      '',
      '-',
      '--',
      '-5',
      '30s',
      'edn',
      '[:find ?e]',
      '--repo=',
      '--help',
      '--verison',
    )
    // None that makes a graph: the two runs would race for it.
    const line = fc.constantFrom(...COMMAND_IDS.filter((id) => id !== 'graph:create')).chain((id) => {
      const flags = [...spellingsOf([manifestCommand(id)]).keys()].filter((flag) => flag !== '--create')
      const parts = fc.array(fc.oneof(words, fc.constantFrom(...flags, '--data-dir=.')), {maxLength: 4})
      return parts.map((all) => [...id.split(':'), ...all])
    })
    await fc.assert(
      fc.asyncProperty(line, async (argv) => {
        await compare(argv, {stdin: ''})
      }),
      {numRuns: rounds(3, 100)},
    )
  })
})
