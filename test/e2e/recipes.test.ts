import {spawnSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {checkLine} from '../../src/cli/line/check.js'
import type {CommandSpec} from '../../src/cli/line/spec.js'
import {operationsIn} from '../support/operations.js'
import {know, until} from '../support/processes.js'
import {PACKAGE} from '../support/projects.js'
import {CLI, Sandbox} from '../support/sandbox.js'

const PAGE = readFileSync(join(PACKAGE, 'docs/recipes.md'), 'utf8')

/** The blocks of a language under a heading of the page. */
function blocks(heading: string, language: string): string[] {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`no heading ${heading}`)
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map((block) => block[2]!)
}

const hasProgram = (...names: string[]) =>
  names.every((name) => spawnSync('sh', ['-c', `command -v ${name}`], {stdio: 'ignore'}).status === 0)

const COMMANDS = Object.values(
  (JSON.parse(readFileSync(join(PACKAGE, 'oclif.manifest.json'), 'utf8')) as {commands: Record<string, CommandSpec>})
    .commands,
)

/** Fails if the words are not a valid command line of this program. */
function expectValid(words: readonly string[]): void {
  const id = words.slice(0, 2).join(':')
  const command = COMMANDS.find((one) => one.id === id)
  expect(command, id).not.to.equal(undefined)
  checkLine(command!, words.slice(2), {})
}

describe('the recipes', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let env: Record<string, string>

  beforeEach(() => {
    sandbox = new Sandbox()
    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'logseq'), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`)
    chmodSync(join(bin, 'logseq'), 0o755)
    env = {HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, PATH: `${bin}:/usr/bin:/bin`}
  })

  afterEach(() => sandbox.dispose())

  const run = (script: string, ...args: string[]) =>
    spawnSync('sh', ['-e', '-c', script, 'sh', ...args], {cwd: sandbox.dir, encoding: 'utf8', env})

  /** Runs a script as a person's shell does, and returns what it prints. */
  function sh(script: string, ...args: string[]): string {
    const {status, stderr, stdout} = run(script, ...args)
    expect(status, `${script}\n${stdout}\n${stderr}`).to.equal(0)
    return stdout
  }

  it('for systemd are a unit that systemd accepts, with a valid command', function () {
    const [unit] = blocks('systemd', 'ini')
    const [, words] = /^ExecStart=\/usr\/bin\/env logseq (.*)$/m.exec(unit!)!
    expectValid(words!.split(' '))
    expect(unit, 'a stop during the start is not a failure').to.match(/^SuccessExitStatus=143$/m)
    if (!hasProgram('systemd-analyze')) {
      console.log('      skipped: no systemd-analyze here')
      this.skip()
    }

    writeFileSync(join(sandbox.dir, 'logseq@.service'), unit!)
    const {status, stderr} = spawnSync('systemd-analyze', ['--user', 'verify', join(sandbox.dir, 'logseq@.service')], {
      encoding: 'utf8',
      env: {...env, XDG_RUNTIME_DIR: sandbox.dir},
    })
    expect(stderr.split('\n').filter((line) => line.includes('logseq@'))).to.deep.equal([])
    expect(status, stderr).to.equal(0)
  })

  it('for Docker run as process 1, end cleanly, and find the graph again', async function () {
    if (spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], {stdio: 'ignore'}).status !== 0) {
      console.log('      skipped: no pid namespace can be made here')
      this.skip()
    }

    const [file] = blocks('Docker', 'dockerfile')
    const command = JSON.parse(/^CMD (.*)$/m.exec(file!)![1]!) as string[]
    for (const round of [1, 2]) {
      const line = ['--pid', '--fork', '--kill-child', '--mount-proc', ...command]
      const child = sandbox.spawn('unshare', line, {env, stdio: ['ignore', 'pipe', 'ignore']})
      let printed = ''
      child.stdout!.on('data', (text) => {
        printed += String(text)
      })
      const exited = new Promise<null | number>((resolve) => child.on('exit', (code) => resolve(code)))
      const first = await until(
        // 0 would be the group of this process
        () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')) || undefined,
        20_000,
        'process 1',
      )
      await until(() => /\bready\b/.test(printed), 60_000, 'the server in the namespace')
      process.kill(first, 'SIGTERM')
      expect(await exited, `round ${round}`).to.equal(0)
      expect(existsSync(sandbox.recordPath())).to.equal(false)
      expect(know(first)).to.equal(undefined)
    }

    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).not.to.have.property('unclean-end')
  })

  it('for launchd are a property list with a valid command', function () {
    const [list] = blocks('launchd', 'xml')
    const [, array] = /<array>([\s\S]*?)<\/array>/.exec(list!)!
    const words = [...array!.matchAll(/<string>(.*?)<\/string>/g)].map(([, word]) => word!)
    expect(words.slice(0, 2)).to.deep.equal(['/usr/bin/env', 'logseq'])
    expectValid(words.slice(2))
    if (!hasProgram('python3')) {
      console.log('      skipped: no python3 here to read the property list')
      this.skip()
    }

    const read = 'import plistlib, sys, json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
    const {stderr, stdout} = spawnSync('python3', ['-c', read], {encoding: 'utf8', input: list!})
    expect(JSON.parse(stdout || '{}'), stderr).to.deep.include({
      KeepAlive: {SuccessfulExit: false},
      ProgramArguments: words,
    })
  })

  it('for cron make backups, and copies of each graph', async function () {
    await sandbox.start()
    for (const name of ['my graph', 'a/b', '--x']) await sandbox.start(name)
    const [line] = blocks('Backups with cron', 'crontab')
    const [, command] = /^(?:\S+ ){5}(.*)$/.exec(line!.trim())!
    expect(sh(command!)).to.equal('')
    const {backups} = await sandbox.ok(['graph', 'backup', '--list', '--repo', 'demo'])
    expect((backups as {kind: string}[]).filter(({kind}) => kind === 'own')).to.have.length(1)

    const [script] = blocks('Backups with cron', 'sh')
    if (!hasProgram('jq')) {
      console.log('      skipped: no jq here')
      this.skip()
    }

    writeFileSync(join(sandbox.dir, 'copy.sh'), script!, {mode: 0o755})
    sh('sh -n copy.sh; ./copy.sh "$1"; ./copy.sh "$1"', join(sandbox.dir, 'copies'))
    const all = ['--x.sqlite', 'a%2Fb.sqlite', 'demo.sqlite', 'my%20graph.sqlite']
    expect(readdirSync(join(sandbox.dir, 'copies')).toSorted()).to.deep.equal(all)

    // What fails is reported, and does not keep the rest from being copied.
    await operationsIn(sandbox).stop('a/b')
    writeFileSync(join(sandbox.graphDir('a~2Fb'), 'db.sqlite'), 'x'.repeat(9000))
    const again = run('./copy.sh others')
    expect(again.status, again.stderr).to.equal(1)
    expect(again.stderr).to.match(/^Error .*a\/b/m)
    expect(readdirSync(join(sandbox.dir, 'others')).toSorted()).to.deep.equal(
      all.filter((name) => !name.startsWith('a')),
    )

    mkdirSync(join(sandbox.dir, '.config/logseq'), {recursive: true})
    writeFileSync(join(sandbox.dir, '.config/logseq/config.json'), '{')
    const broken = run('./copy.sh third')
    expect(broken.status).to.equal(1)
    expect(broken.stderr).to.include('config-invalid')
  })

  it('for cron copy nothing of no graphs, without a failure', function () {
    if (!hasProgram('jq')) this.skip()
    writeFileSync(join(sandbox.dir, 'copy.sh'), blocks('Backups with cron', 'sh')[0]!, {mode: 0o755})
    sh('./copy.sh copies')
    expect(readdirSync(join(sandbox.dir, 'copies'))).to.deep.equal([])
    rmSync(join(sandbox.dir, 'bin/logseq'))
    expect(run('./copy.sh copies').status).not.to.equal(0)
  })

  it('for GitHub Actions run their commands', function () {
    if (!hasProgram('jq')) {
      console.log('      skipped: no jq here')
      this.skip()
    }

    const [workflow] = blocks('GitHub Actions', 'yaml')
    const scripts = [...workflow!.matchAll(/^ +(?:- )?run: \|\n((?: {10}.*\n)+)/gm)].map(([, text]) =>
      text!.replaceAll(/^ {10}/gm, ''),
    )
    expect(scripts).to.have.length(2)
    for (const script of scripts) sh(script)
    expect(sandbox.servers()).to.deep.equal([])
  })

  it('for jq print what they promise', async function () {
    if (!hasProgram('jq')) {
      console.log('      skipped: no jq here')
      this.skip()
    }

    const {'base-url': url} = await sandbox.start()
    const printed = blocks('jq', 'sh').map((script) => sh(script))
    expect(printed[0]).to.equal(`demo\t${url}\n`)
    expect(Number(printed[1])).to.be.within(10, 1000)
    expect(printed[3]).to.equal('graph-not-exists\n')
    expect(JSON.parse(printed[4]!.split('\n', 1)[0]!)).to.be.a('string')
    expect(printed[5]).to.equal('')
    expect(printed).to.have.length(6)
  })
})
