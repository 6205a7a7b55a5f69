import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {know, until} from '../support/processes.js'
import {cleanEnv, CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {fixtureWorker} from '../support/workers.js'

const DEMO = ['--repo', 'demo']

describe('what the commands print', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  it('is one JSON document on stdout and nothing on stderr, for each that succeeds', async () => {
    for (const args of [
      ['start', '--create', ...DEMO],
      ['start', ...DEMO],
      ['status', ...DEMO],
      ['status', '--exit-code', ...DEMO],
      ['list'],
      ['list', '--all'],
      ['restart', ...DEMO],
      ['stop', ...DEMO],
      ['status', ...DEMO],
      ['list'],
    ]) {
      const ran = await sandbox.json(['server', ...args])
      expect(ran, args.join(' ')).to.include({code: 0, stderr: ''})
      expect(Object.keys(JSON.parse(ran.stdout) as object)).to.deep.equal(['status', 'data'])
      expect(ran.status).to.equal('ok')
      for (const key of Object.keys(ran.data)) expect(key).to.match(/^[a-z]+(-[a-z]+)*$/)
    }
  })

  it('has the exit code for scripts when status runs with --exit-code', async () => {
    const status = async (...args: string[]) =>
      (await sandbox.run(['server', 'status', '--exit-code', ...DEMO, ...args])).code
    await sandbox.start()
    expect([await status(), await status('--json'), await status('--quiet')]).to.deep.equal([0, 0, 0])
    await sandbox.ok(['server', 'stop', ...DEMO])
    expect([await status(), await status('--json'), await status('--quiet')]).to.deep.equal([3, 3, 3])
  })

  it('holds the token only where it is asked for', async () => {
    const all: string[] = []
    const run = async (...args: string[]) => {
      const ran = await sandbox.run(['server', ...args])
      all.push(ran.stdout, ran.stderr)
      return ran
    }

    await run('start', '--create', ...DEMO, '--debug')
    const token = sandbox.record()!['auth-token'] as string
    for (const flags of [[], ['--json'], ['--debug'], ['--json', '--debug']]) {
      await run('start', ...DEMO, ...flags)
      await run('status', ...DEMO, ...flags)
      await run('list', ...flags)
      await run('stop', ...DEMO, '--owner-source', 'electron', ...flags)
    }

    const {pid} = sandbox.record()!
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')).not.to.contain(
      token,
    )
    const shown = await sandbox.ok(['server', 'status', ...DEMO, '--show-token'])
    expect(shown['auth-token']).to.equal(token)
    const listed = await sandbox.ok(['server', 'list', '--show-token'])
    expect(listed['servers'][0]['auth-token']).to.equal(token)
    await run('restart', ...DEMO, '--debug')
    await run('stop', ...DEMO, '--debug')
    for (const text of all) expect(text).not.to.contain(token)
  })

  it('is nothing under --quiet, but an error is printed', async () => {
    expect(await sandbox.run(['server', 'start', '--create', ...DEMO, '--quiet'])).to.include({
      code: 0,
      stderr: '',
      stdout: '',
    })
    expect(await sandbox.run(['server', 'list', '--quiet'])).to.include({code: 0, stderr: '', stdout: ''})
    expect(await sandbox.run(['server', 'stop', ...DEMO, '--quiet'])).to.include({code: 0, stderr: '', stdout: ''})
    const failed = await sandbox.run(['server', 'stop', ...DEMO, '--quiet'])
    expect(failed).to.include({code: 3, stdout: ''})
    expect(failed.stderr).to.match(/^Error \(server-not-found\): /)
  })

  it('has decisions on stderr under --debug, and nothing of them on stdout', async () => {
    const plain = await sandbox.json(['server', 'start', '--create', ...DEMO, '--debug'])
    expect(plain.stderr)
      .to.match(/^debug \+\d+ ms: record: absent$/m)
      .and.match(/spawned pid \d+/)
    const words = await sandbox.run(['server', 'status', ...DEMO])
    const debugged = await sandbox.run(['server', 'status', ...DEMO, '--debug'])
    const timeless = (text: string) => text.replaceAll(/Uptime.*|Memory.*/g, '')
    expect(timeless(debugged.stdout)).to.equal(timeless(words.stdout))
    const failed = await sandbox.run(['server', 'stop', '--repo', 'nope', '--debug'])
    expect(failed.stderr).to.match(/\n\s+at /)
  })

  it('has no colours where it is not a terminal, or where they are turned off', async function () {
    for (const args of [
      ['start', '--create', ...DEMO],
      ['status', ...DEMO],
      ['list', '--all'],
      ['stop', ...DEMO],
      ['stop', ...DEMO],
    ]) {
      const {stderr, stdout} = await sandbox.run(['server', ...args])
      expect(stdout + stderr).not.to.contain('\u001B')
    }

    if (spawnSync('script', ['--version']).error) {
      console.log('      skipped: there is no script(1) to make a terminal with')
      return this.skip()
    }

    expect(onTerminal('server list --all')).to.contain('\u001B[')
    expect(onTerminal('server list --all', {NO_COLOR: '1'})).not.to.contain('\u001B[')
    expect(onTerminal('server list --all', {TERM: 'dumb'})).not.to.contain('\u001B[')
    expect(onTerminal('server list --all --json')).not.to.contain('\u001B[')
    expect(onTerminal('server stop --repo nope')).to.contain('\u001B[')
    expect(onTerminal('server stop --repo nope', {NO_COLOR: '1'})).not.to.contain('\u001B[')
  })

  /** What a command shows on a terminal. */
  function onTerminal(command: string, env: Record<string, string> = {}): string {
    const line = `"${process.execPath}" "${CLI}" ${command}`
    return spawnSync('script', ['-qec', line, '/dev/null'], {
      encoding: 'utf8',
      env: {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, TERM: 'xterm', ...env},
      timeout: 20_000,
    }).stdout
  }

  it('may be left unread: no crash, no stack, the work is done', async () => {
    const cli = `"${process.execPath}" "${CLI}" server`
    for (const command of [
      'start --create --repo demo',
      'list',
      'status --repo demo --json',
      'stop --repo demo',
      'stop --repo demo --json',
    ]) {
      for (const redirect of ['| true', '>&-']) {
        const {status, stderr} = spawnSync('bash', ['-c', `set -o pipefail; ${cli} ${command} ${redirect}`], {
          cwd: sandbox.dir,
          encoding: 'utf8',
          env: {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir},
          timeout: 20_000,
        })
        sandbox.track(sandbox.record()?.['pid'] as number | undefined)
        expect(status, `${command} ${redirect}: ${stderr}`).to.be.oneOf([0, 1, 3])
        expect(stderr, `${command} ${redirect}`).not.to.match(/\n\s+at |Unhandled/)
      }
    }

    expect(sandbox.record()).to.equal(undefined)
  })

  it('of a completed command is a success, even if Ctrl-C comes while it is printed', async () => {
    for (let i = 0; i < 5; i++) {
      const ran = await sandbox.run(['server', 'list', '--json'], {
        onSpawn: (child) => child.stdout!.once('data', () => setTimeout(() => child.kill('SIGINT'), i)),
      })
      expect(ran).to.include({code: 0, signal: null})
      expect(JSON.parse(ran.stdout)).to.have.property('status', 'ok')
    }
  })

  it('of a start that is interrupted is one document, too', async () => {
    const pidFile = `${sandbox.dir}/pid`
    const args = ['server', 'start', '--create', ...DEMO, '--worker-script', fixtureWorker('slow/db-worker-node.js')]
    const ran = await sandbox.json(args, {
      env: {SLOW_MS: '100000', SLOW_PID_FILE: pidFile},
      async onSpawn(starter) {
        await until(() => sandbox.servers()[0], 10_000, 'the server')
        starter.kill('SIGINT')
      },
    })
    expect(ran).to.include({code: 130, status: 'error', stderr: ''})
    expect(ran.error.code).to.equal('interrupted')
    expect(sandbox.servers().filter(({pid}) => know(pid))).to.deep.equal([])
  })
})
