import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {showsColours} from '../../src/cli/output.js'
import {cleanEnv, CLI, Sandbox} from '../support/sandbox.js'

describe('long output on a terminal', function () {
  this.timeout(180_000)
  let sandbox: Sandbox

  before(function () {
    if (!spawnSync('script', ['--version']).error) return
    console.log('      skipped: there is no script(1) to make a terminal with')
    this.skip()
  })

  beforeEach(() => {
    sandbox = new Sandbox()
    for (let n = 0; n < 60; n++) {
      mkdirSync(sandbox.graphDir(`graph${n}`))
      writeFileSync(join(sandbox.graphDir(`graph${n}`), 'db.sqlite'), '')
    }
  })

  afterEach(() => sandbox.dispose())

  /** Runs a command on a terminal of 24 rows, with a pager that leaves a mark. */
  function onTerminal(line: string, env: Record<string, string | undefined> = {}) {
    const mark = join(sandbox.dir, 'paged')
    const command = `stty rows 24 cols 80; "${process.execPath}" "${CLI}" ${line}; echo "exit $?"`
    const ran = spawnSync('script', ['-qec', command, '/dev/null'], {
      encoding: 'utf8',
      env: {
        ...cleanEnv(),
        HOME: sandbox.dir,
        LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
        PAGER: `tee ${mark}`,
        TERM: 'xterm',
        ...env,
      },
      timeout: 30_000,
    })
    return {paged: existsSync(mark) ? readFileSync(mark, 'utf8') : undefined, text: ran.stdout.replaceAll('\r', '')}
  }

  it('goes to the pager, complete and once', () => {
    const {paged, text} = onTerminal('graph list')
    expect(paged!.split('\n')).to.have.length(62)
    expect(text.match(/^graph59 /gm)).to.have.length(1)
    expect(text).to.match(/exit 0\n$/)
  })

  it('does not if it fits, with --no-pager, as JSON, with --quiet, or where pagers are turned off', () => {
    expect(onTerminal('version').paged).to.equal(undefined)
    for (const line of ['graph list --no-pager', 'graph list --json', 'graph list --output edn', 'graph list --quiet'])
      expect(onTerminal(line).paged, line).to.equal(undefined)
    for (const PAGER of ['', 'cat'])
      expect(onTerminal('graph list', {PAGER}).text).to.match(/^graph59 .*\n(?:.*\n)*exit 0\n$/m)
  })

  it('is not an error if the pager ends early, and is printed if it cannot be run', () => {
    expect(onTerminal('graph list', {PAGER: 'head -n 2'}).text).to.match(/^GRAPH .*\n.*\nexit 0\n$/)
    expect(onTerminal('graph list', {PAGER: 'no-such-pager'}).text).to.match(/^graph59 .*\n(?:.*\n)*exit 0\n$/m)
  })

  it('gets the options of less by default, and keeps those of the user', () => {
    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'less'), '#!/bin/sh\ncat >/dev/null\necho "LESS=$LESS"\n', {mode: 0o755})
    symlinkSync(process.execPath, join(bin, 'node'))
    const PATH = `${bin}:${process.env['PATH']}`
    expect(onTerminal('graph list', {PAGER: undefined, PATH}).text).to.equal('LESS=FRX\nexit 0\n')
    expect(onTerminal('graph list', {LESS: 'S', PAGER: undefined, PATH}).text).to.equal('LESS=S\nexit 0\n')
  })

  it('of a query goes to the pager while it arrives, and a pager that ends early ends the query', async () => {
    await sandbox.start()
    const query = `query '[:find ?e ?i :where [?e :db/ident ?i]]' --repo demo`
    const {paged, text} = onTerminal(query)
    expect(paged!.split('\n').length).to.be.greaterThan(100)
    expect(text).to.match(/exit 0\n$/)
    expect(onTerminal(query, {PAGER: 'head -n 1'}).text).to.match(/^.*\nexit 0\n$/)
    const help = onTerminal('help query')
    expect(help.paged).to.include('USAGE')
  })
})

describe('colours', () => {
  const cases: Array<[environment: Record<string, string>, onTerminal: boolean, elsewhere: boolean]> = [
    [{}, true, false],
    [{NO_COLOR: '1'}, false, false],
    [{NO_COLOR: ''}, true, false],
    [{TERM: 'dumb'}, false, false],
    [{FORCE_COLOR: '1'}, true, true],
    [{FORCE_COLOR: ''}, true, true],
    [{FORCE_COLOR: '0'}, false, false],
    [{FORCE_COLOR: '1', NO_COLOR: '1', TERM: 'dumb'}, true, true],
  ]
  for (const [environment, onTerminal, elsewhere] of cases) {
    it(`are shown with ${JSON.stringify(environment)}: ${onTerminal} on a terminal, ${elsewhere} elsewhere`, () => {
      expect(showsColours({isTTY: true}, environment)).to.equal(onTerminal)
      expect(showsColours({isTTY: false}, environment)).to.equal(elsewhere)
    })
  }

  it('are in no document for programs', async () => {
    const sandbox = new Sandbox()
    try {
      const env = {FORCE_COLOR: '1'}
      for (const line of [
        ['server', 'list'],
        ['server', 'stop', '--repo', 'x'],
      ]) {
        expect((await sandbox.run([...line, '--json'], {env})).stdout).to.not.include('\u001B')
        const ran = await sandbox.run(line, {env})
        expect(ran.stderr.includes('\u001B'), line.join(' ')).to.equal(line[1] === 'stop')
      }
    } finally {
      await sandbox.dispose()
    }
  })
})
