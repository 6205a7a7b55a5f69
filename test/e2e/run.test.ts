import {spawnSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {serverStatus} from '../../src/lib/index.js'
import {acquireStartLock, type StartLock} from '../../src/lib/lock/start-lock.js'
import {realSystem} from '../../src/lib/process/system.js'
import {operationsIn, outcomeOf} from '../support/operations.js'
import {end, know, type Known, lives, until} from '../support/processes.js'
import {cleanEnv, CLI, type Ran} from '../support/sandbox.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

/** A server that is run in the foreground. */
interface Running {
  /** The command, which is its supervisor. */
  command: Known
  ended: Promise<Ran>
  server: Known
}

describe('server run', function () {
  this.timeout(180_000)
  const schema = compileSchemas()
  const sandbox = useSandbox()

  /** The server that is ready, and not the one besides which another is expected. */
  async function ready(besides?: unknown): Promise<undefined | {pid: number}> {
    const {data} = await outcomeOf(serverStatus({dataDir: sandbox.dataDir, repo: 'demo'}))
    if (data?.status !== 'ready' || data.pid === undefined || data.pid === besides) return undefined
    return {pid: data.pid}
  }

  const recordOf = () => {
    try {
      return sandbox.record()
    } catch {
      return undefined // it is being written by another program
    }
  }

  /** Runs a server, and waits until the command says that it is ready: a signal before that interrupts the start. */
  async function run(args: string[] = [], env: Record<string, string> = {}): Promise<Running> {
    let command: Known | undefined
    let printed = ''
    const before = recordOf()?.['pid'] as number | undefined
    const ended = sandbox.run(['server', 'run', '--repo', 'demo', '--create', ...args], {
      env,
      onSpawn(child) {
        command = know(child.pid!)
        child.stdout!.on('data', (text) => {
          printed += String(text)
        })
      },
    })
    await until(() => /\bready\b/.test(printed), 60_000, 'the line of the server that is ready')
    const {pid} = await until(() => ready(before), 60_000, 'the server')
    return {command: command!, ended, server: sandbox.track(pid)!}
  }

  const gone = ({server}: Running) => until(() => !lives(server), 30_000, 'the end of the server')

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    it(`prints the log, and ends cleanly with exit code 0 at ${signal}`, async () => {
      const running = await run()
      expect(sandbox.record()).to.include({supervised: true})
      const status = await sandbox.ok(['server', 'status', '--repo', 'demo'])
      conform(schema('server-status.json'), status)
      expect(status).to.include({supervised: true})
      process.kill(running.command.pid, signal)
      const {code, stderr, stdout} = await running.ended
      expect(code, stderr).to.equal(0)
      expect(stderr).not.to.match(/^(?:Error|Warning)/m) // a slow start shows its progress
      expect(stdout)
        .to.match(/ info {2}ready .*graph=demo/)
        .and.match(/ info {2}stopped$/m)
        .and.include(`why=${signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM'}`)
      expect(lives(running.server)).to.equal(false)
      expect(sandbox.record()).to.equal(undefined)
      expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).not.to.have.property('unclean-end')
    })

  for (const [signal, exit] of [
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`is interrupted by ${signal} before it is ready: exit code ${exit}, and no server is left`, async () => {
      const system = await realSystem()
      const now = system.clock.now()
      mkdirSync(sandbox.graphDir())
      const lock = await acquireStartLock(system, sandbox.graphDir(), {deadline: now + 600_000, until: now + 10_000})
      let printed = ''
      const {code, stderr} = await sandbox.run(['server', 'run', '--repo', 'demo', '--create'], {
        onSpawn(child) {
          child.stderr!.on('data', (text) => {
            printed += String(text)
            if (printed.includes('Waiting for another start')) child.kill(signal)
          })
        },
      })
      await (lock as StartLock).release()
      expect(code, stderr).to.equal(exit)
      expect(sandbox.servers()).to.deep.equal([])
      expect(sandbox.record()).to.equal(undefined)
    })

  it('prints one JSON object per line with --json', async () => {
    const running = await run(['--json'])
    process.kill(running.command.pid, 'SIGTERM')
    const {stdout} = await running.ended
    const lines = stdout.trimEnd().split('\n')
    for (const line of lines) conform(schema('server-run.json'), JSON.parse(line))
    expect(lines.map((line) => (JSON.parse(line) as {msg: string}).msg)).to.include.members(['ready', 'stopped'])
  })

  it('takes its server along when it is killed itself', async () => {
    const running = await run()
    process.kill(running.command.pid, 'SIGKILL')
    await gone(running)
    expect(sandbox.record()).to.equal(undefined)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).not.to.have.property('unclean-end')
  })

  it('fails with the reason when its server is killed', async () => {
    const running = await run()
    await end(running.server)
    const {code, stderr} = await running.ended
    expect(code).to.equal(6)
    expect(stderr).to.match(/^Error \(server-ended\): .* ended by SIGKILL$/m)
  })

  it('ends with exit code 0 when its server is stopped', async () => {
    const running = await run()
    expect(await sandbox.ok(['server', 'stop', '--repo', 'demo'])).to.include({'stopped-by': 'shutdown'})
    expect((await running.ended).code).to.equal(0)
  })

  it('refuses a graph that is served; --replace replaces a server, but none that has a supervisor', async () => {
    const {pid} = await sandbox.start()
    const before = know(pid as number)!
    const refused = await sandbox.fails(['server', 'run', '--repo', 'demo'])
    expect(refused).to.include({code: 'repo-locked', exit: 5, pid})
    expect(refused.hint).to.contain('--replace')
    expect(lives(before)).to.equal(true)

    const running = await run(['--replace'])
    expect(lives(before)).to.equal(false)
    for (const more of [[], ['--replace']]) {
      const supervised = await sandbox.fails(['server', 'run', '--repo', 'demo', ...more])
      expect(supervised).to.include({code: 'repo-locked', exit: 5})
      expect(supervised.hint).to.include('`logseq server stop --repo demo`').and.not.include('--replace')
    }

    expect(lives(running.server)).to.equal(true)

    await sandbox.start('theirs', '--owner-source', 'electron')
    expect((await sandbox.fails(['server', 'run', '--repo', 'theirs'])).hint).to.include('in the desktop app')
    const theirs = await sandbox.fails(['server', 'run', '--repo', 'theirs', '--replace'])
    expect(theirs).to.include({code: 'server-owned-by-other', exit: 4})
  })

  it('is started again by its supervisor when a restart asks for it', async () => {
    const script = join(sandbox.dir, 'supervisor.sh')
    writeFileSync(
      script,
      `while :; do "${process.execPath}" "${CLI}" server run --repo demo --create; code=$?; echo $code >> codes; [ $code = 75 ] || exit; done\n`,
    )
    const env = {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir}
    const supervisor = sandbox.spawn('sh', [script], {env})
    const first = await until(() => ready(), 60_000, 'the server')
    const restarted = await sandbox.ok(['server', 'restart', '--repo', 'demo'])
    conform(schema('server-restart.json'), restarted)
    expect(restarted).to.include({supervised: true})
    expect(restarted['pid']).not.to.equal(first.pid)
    const all = await sandbox.ok(['server', 'restart', '--all'])
    expect(all['servers'][0]).to.include({outcome: 'restarted', supervised: true})
    sandbox.track(all['servers'][0].pid as number)
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    await until(() => know(supervisor.pid) === undefined, 30_000, 'the end of the supervisor')
    expect(readFileSync(join(sandbox.dir, 'codes'), 'utf8')).to.equal('75\n75\n0\n')
  })

  it('says when no supervisor starts it again', async () => {
    const running = await run()
    const failed = await sandbox.fails(['server', 'restart', '--repo', 'demo', '--timeout', '3s'])
    expect(failed).to.include({code: 'server-ended', exit: 6})
    expect((await running.ended).code).to.equal(75)
  })

  it('notifies the supervisor that NOTIFY_SOCKET names', async function () {
    const tools = spawnSync('sh', ['-c', 'command -v systemd-notify && command -v python3'], {stdio: 'ignore'})
    if (tools.status !== 0) {
      console.log('      skipped: no systemd-notify or python3 here')
      this.skip()
    }

    const socket = join(sandbox.dir, 'notify')
    const received = join(sandbox.dir, 'received')
    const receiver = `import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(${JSON.stringify(socket)})
while True:
  data, fds, *_ = socket.recv_fds(s, 4096, 8)
  for fd in fds: __import__('os').close(fd)
  open(${JSON.stringify(received)}, 'ab').write(data + b'\\n')
`
    sandbox.spawn('python3', ['-c', receiver])
    await until(() => existsSync(socket), 20_000, 'the socket')
    const running = await run([], {NOTIFY_SOCKET: socket})
    const text = () => (existsSync(received) ? readFileSync(received, 'utf8') : '')
    await until(() => text().includes('READY=1'), 20_000, 'READY=1')
    expect(text()).to.match(/STATUS=Serving demo on http:\/\/127\.0\.0\.1:\d+/)
    process.kill(running.command.pid, 'SIGTERM')
    expect((await running.ended).code).to.equal(0)
    expect(text()).to.contain('STOPPING=1')
  })

  it('warns, and serves, where no program can notify the supervisor', async () => {
    const bin = join(sandbox.dir, 'bin')
    const running = await run([], {NOTIFY_SOCKET: join(sandbox.dir, 'nowhere'), PATH: bin})
    process.kill(running.command.pid, 'SIGTERM')
    const {code, stderr} = await running.ended
    expect(code).to.equal(0)
    expect(stderr).to.match(/Warning: .*Type=exec/)
  })
})

describe('server env', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  it('prints what a shell evaluates, and a program reaches the server by', async () => {
    const {'auth-token': token, 'base-url': url, pid} = await sandbox.start('my graph', '--show-token')
    const bin = join(sandbox.dir, 'logseq')
    writeFileSync(bin, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`)
    chmodSync(bin, 0o755)
    const ask = `eval "$(logseq server env --repo 'my graph')"
      printf '%s %s %s\\n' "$LOGSEQ_SERVER_PID" "$LOGSEQ_SERVER_URL" "$LOGSEQ_SERVER_REPO"
      "$NODE" -e 'fetch(process.env.LOGSEQ_SERVER_URL + "/v1/invoke", {
        body: JSON.stringify({args: [], method: "thread-api/list-db"}),
        headers: {authorization: "Bearer " + process.env.LOGSEQ_SERVER_TOKEN}, method: "POST"
      }).then((answer) => console.log(answer.status))'`
    const env = {
      HOME: sandbox.dir,
      LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
      NODE: process.execPath,
      PATH: `${sandbox.dir}:/usr/bin:/bin`,
    }
    const ran = spawnSync('sh', ['-c', ask], {encoding: 'utf8', env})
    expect(ran.stdout, ran.stderr).to.equal(`${pid} ${url} logseq_db_my graph\n200\n`)

    const data = await sandbox.ok(['server', 'env', '--repo', 'my graph'])
    conform(compileSchemas()('server-env.json'), data)
    expect(data['env']).to.include({LOGSEQ_SERVER_TOKEN: token, LOGSEQ_SERVER_URL: url})
  })

  it('fails where no server runs, and starts none', async () => {
    await sandbox.start()
    await operationsIn(sandbox).stop()
    expect(await sandbox.fails(['server', 'env', '--repo', 'demo'])).to.include({code: 'server-not-found', exit: 3})
    expect(sandbox.record()).to.equal(undefined)
  })
})
