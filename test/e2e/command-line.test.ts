import {spawn} from 'node:child_process'
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {until} from '../support/processes.js'
import {cleanEnv, CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {fixtureWorker} from '../support/workers.js'

const DEMO = ['--repo', 'demo']

describe('the command line', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  it('answers --json with one document, whatever else is asked for', async () => {
    for (const [line, code] of [
      ['--version --json', 0],
      ['-v --json', 0],
      ['version --json', 0],
      ['--json version', 0],
      ['help --json', 0],
      ['--json --help', 0],
      ['-h --json', 0],
      ['help server --json', 0],
      ['server --help --json', 0],
      ['server start -h --json', 0],
      ['completion --json', 0],
      ['completion bash --json', 0],
      ['--json', 2],
      ['--json=1', 2],
      ['--json=false', 2],
      ['server --json', 2],
      ['server list --json=1', 2],
      ['server list --json=false', 2],
      ['--json=1 bogus', 2],
      ['bogus --json', 2],
      ['help bogus --json', 2],
      ['completion csh --json', 2],
      ['server --repo q --json', 2],
      ['version extra --json', 2],
      ['version --bogus --json', 2],
      ['server list --json', 0],
    ] as const) {
      const ran = await sandbox.run(line.split(' '))
      expect(ran, line).to.include({code, stderr: ''})
      expect(ran.stdout, line).to.match(/^[^\n]+\n$/)
      expect(JSON.parse(ran.stdout), line).to.have.property('status', code === 0 ? 'ok' : 'error')
    }

    const {data} = await sandbox.json(['--version'])
    expect(data).to.include({name: 'logseq-server', node: process.versions.node})
  })

  it('finds the command wherever the flags stand, and does what it says', async () => {
    expect(await sandbox.ok(['--repo', 'demo', 'server', '--create', 'start'])).to.include({
      created: true,
      graph: 'demo',
    })
    expect(await sandbox.ok(['server', '--repo', 'demo', 'status'])).to.include({status: 'ready'})
    expect(await sandbox.ok(['server', '-r=demo', 'stop'])).to.include({graph: 'demo'})
    const topic = await sandbox.run(['server', '--repo', 'demo'])
    expect(topic).to.include({code: 2, stdout: ''})
  })

  it('has hints that can be pasted', async () => {
    const other = join(sandbox.dir, 'my graphs')
    mkdirSync(join(other, "it's"), {recursive: true})
    writeFileSync(join(other, "it's", 'db.sqlite'), '')
    const {hint} = await sandbox.fails(['server', 'stop', '--repo', "it's", '--data-dir', other])
    const [, command] = /`logseq ([^`]+)`/.exec(hint!)!
    expect(command).to.equal(String.raw`server start --repo 'it'\''s' --data-dir '${other}'`)
    const child = spawn(
      'bash',
      ['-c', `"$0" "$1" ${command!.replace('start', 'status')} --json`, process.execPath, CLI],
      {
        env: {...cleanEnv(), HOME: sandbox.dir},
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    await new Promise((resolve) => {
      child.once('close', resolve)
    })
    expect(JSON.parse(output)).to.have.nested.property('data.graph', "it's")
    const near = await sandbox.fails(['server', 'start', '--repo', "it'z", '--data-dir', other, '--timeout', '3s'])
    expect(near.hint).to.include(`logseq server start --data-dir '${other}' --timeout 3s --json --repo 'it'\\''s'`)
  })

  it('names the variable that gave what is wrong', async () => {
    for (const [env, name] of [
      [{LOGSEQ_CLI_REPO: '..'}, 'LOGSEQ_CLI_REPO'],
      [{LOGSEQ_CLI_REPO: 'nope'}, 'LOGSEQ_CLI_REPO'],
      [{LOGSEQ_CLI_DATA_DIR: '/dev/null', LOGSEQ_CLI_REPO: 'demo'}, 'LOGSEQ_CLI_DATA_DIR'],
      [{LOGSEQ_CLI_OWNER_ID: '-x', LOGSEQ_CLI_REPO: 'demo'}, 'LOGSEQ_CLI_OWNER_ID'],
      [{LOGSEQ_CLI_REPO: 'demo', LOGSEQ_CLI_TIMEOUT_MS: '5x'}, 'LOGSEQ_CLI_TIMEOUT_MS'],
    ] as const) {
      const error = await sandbox.fails(['server', 'start'], {env})
      expect(error.exit, name).to.equal(name === 'LOGSEQ_CLI_DATA_DIR' ? 5 : 2)
      expect(error.message).to.include(name)
    }
  })

  it('ends at a signal while it reads stdin, and does nothing with what has come', async () => {
    for (const [line, signal, exit] of [
      ['query - --json', 'SIGTERM', 143],
      ['query - --json', 'SIGINT', 130],
      ['invoke transact - --json', 'SIGTERM', 143],
    ] as const) {
      const child = sandbox.spawn(process.execPath, [CLI, ...line.split(' '), ...DEMO], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      let output = ''
      child.stdout!.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8')
      })
      const closed = new Promise<number | null>((resolve) => {
        child.once('close', resolve)
      })
      // More than a pipe holds: once it is written, the command is reading.
      await new Promise((resolve) => {
        child.stdin!.write(' '.repeat(2_000_000), resolve)
      })
      child.kill(signal)
      expect(await closed, line).to.equal(exit)
      expect(JSON.parse(output), line).to.have.nested.property('error.code', 'interrupted')
    }
  })

  it('leaves stdin to others, unless a command reads it', async () => {
    for (const line of ['help', '--help', 'version', 'server list', 'completion bash', 'server', 'help server start']) {
      const child = spawn('bash', ['-c', `{ "$0" "$1" ${line} >/dev/null; cat; }`, process.execPath, CLI], {
        env: {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir},
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      sandbox.track(child.pid)
      child.stdin.end('foo\n')
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8')
      })
      await new Promise((resolve) => {
        child.once('close', resolve)
      })
      expect(output, line).to.equal('foo\n')
    }
  })

  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`ends with ${exit} by ${signal}`, async () => {
      const args = ['server', 'start', '--create', ...DEMO, '--worker-script', fixtureWorker('slow/db-worker-node.js')]
      const ran = await sandbox.json(args, {
        env: {SLOW_MS: '100000'},
        async onSpawn(starter) {
          await until(() => sandbox.servers()[0], 10_000, 'the server')
          starter.kill(signal)
        },
      })
      expect(ran).to.include({code: exit, signal: null, status: 'error'})
      expect(ran.error).to.include({code: 'interrupted', signal})
    })
  }

  it('spells out what would draw on a terminal, in words and in JSON', async () => {
    const name = 'a\u202Eb\u009Bc\u2066'
    mkdirSync(join(sandbox.dataDir, encodeURIComponent(name).replaceAll('%', '~')))
    writeFileSync(join(sandbox.dataDir, encodeURIComponent(name).replaceAll('%', '~'), 'db.sqlite'), '')
    for (const args of [
      ['graph', 'list'],
      ['server', 'list', '--all'],
      ['server', 'status', '--repo', name],
      ['server', 'stop', '--repo', name],
      ['server', 'stop', '--repo', `${name}d`],
      ['server', 'start', name],
      [name],
      ['server', 'list', `--${name}`],
      ['server', 'start', '--timeout', name],
    ]) {
      for (const flags of [[], ['--json']]) {
        const {stderr, stdout} = await sandbox.run([...args, ...flags])
        expect(stdout + stderr, args.join(' ')).not.to.match(/[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/)
        expect(stdout + stderr, args.join(' ')).to.include(String.raw`\u202e`)
        if (flags.length > 0) expect(JSON.stringify(JSON.parse(stdout))).to.include('\u202E')
      }
    }
  })

  it('advises no start where a start is refused', async () => {
    symlinkSync('loop', join(sandbox.dataDir, 'loop'))
    symlinkSync('nowhere', join(sandbox.dataDir, 'dangling'))
    writeFileSync(join(sandbox.dataDir, 'file'), '')
    symlinkSync('nowhere', join(sandbox.dir, 'no-data'))
    symlinkSync('circle', join(sandbox.dir, 'circle'))
    for (const args of [
      ['--repo', 'loop'],
      ['--repo', 'dangling'],
      ['--repo', 'file'],
      [...DEMO, '--data-dir', join(sandbox.dir, 'no-data')],
      [...DEMO, '--data-dir', join(sandbox.dir, 'circle')],
    ]) {
      const status = await sandbox.fails(['server', 'status', ...args])
      expect(status.hint, args.join(' ')).not.to.include('--create')
      const start = await sandbox.fails(['server', 'start', '--create', ...args])
      expect(start, args.join(' ')).to.include({code: 'data-dir-permission', exit: 5})
    }
  })
})
