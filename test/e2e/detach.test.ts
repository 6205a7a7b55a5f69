import {spawnSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {end, know, type Known, lives, until} from '../support/processes.js'
import {cleanEnv, CLI, http} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const START = `"${process.execPath}" "${CLI}" server start --create --repo demo`

describe('a server that was started', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  function env(more: Record<string, string> = {}): NodeJS.ProcessEnv {
    return {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, ...more}
  }

  /** Runs a shell command to its end, which is when all that hold its output have let go of it. */
  function shell(script: string, options: {cwd?: string; env?: NodeJS.ProcessEnv} = {}) {
    const ran = spawnSync('bash', ['-c', script], {
      cwd: sandbox.dir,
      encoding: 'utf8',
      env: env(),
      timeout: 20_000,
      ...options,
    })
    sandbox.track(sandbox.record()?.['pid'] as number | undefined)
    expect(ran.error, `${script} did not end`).to.equal(undefined)
    return ran
  }

  /** The server on record, and whether it serves. */
  async function recordedServer(): Promise<Known & {record: Record<string, any>}> {
    const record = await until(() => sandbox.record(), 20_000, 'the record of the server')
    const known = sandbox.track(record['pid'] as number)
    expect(known, 'the server lives').not.to.equal(undefined)
    return {...known!, record}
  }

  async function expectServing({record}: {record: Record<string, any>}): Promise<void> {
    expect((await http(record['port'] as number, '/healthz')).status).to.equal(200)
  }

  it('holds no pipe of its caller', async () => {
    const high = shell(`{ ${START}; } 251>&1 | cat`) // a runner may keep its pipe at any number
    expect(high.stdout).to.contain('Server started: demo')
    shell(`"${process.execPath}" "${CLI}" server stop --repo demo`)
    const piped = shell(`${START} | cat`)
    expect(piped.stdout).to.contain('Server started: demo')
    expect(shell(`out=$(${START} 2>&1); echo "[$out]"`).stdout).to.match(/^\[Server already running: demo/)
    shell(`"${process.execPath}" "${CLI}" server stop --repo demo`)
    expect(shell(`out=$(${START} 2>&1); echo "[$out]"`).stdout).to.match(/^\[Server started: demo/)
    await expectServing(await recordedServer())
  })

  it('holds nothing of its caller: directory, files, options, umask, session', async () => {
    const held = join(sandbox.dir, 'held')
    shell(
      `umask 000; exec 7>"${held}" 8<"${CLI}" 40>"${held}" 251>"${held}"; ${START} >"${sandbox.dir}/out" 2>"${sandbox.dir}/err" </dev/zero`,
      {
        env: env({NODE_EXTRA_CA_CERTS: '/there/is/no/such/file', NODE_OPTIONS: '--max-old-space-size=512'}),
      },
    )
    const {pid, record} = await recordedServer()
    await expectServing({record})

    expect(readlinkSync(`/proc/${pid}/cwd`)).to.equal('/')
    const log = join(
      sandbox.graphDir(),
      readdirSync(sandbox.graphDir()).find((name) => name.endsWith('.log'))!,
    )
    expect([0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))).to.deep.equal(['/dev/null', log, log])
    const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
    expect(open.filter((path) => path.startsWith(sandbox.dir) && !path.startsWith(sandbox.graphDir()))).to.deep.equal(
      [],
    )
    expect(open).not.to.include(CLI)

    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    expect(environment.filter((entry) => /^NODE_(OPTIONS|EXTRA_CA_CERTS)=/.test(entry))).to.deep.equal([])
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).to.match(/^Umask:\s+0077$/m)
    for (const name of ['db-worker.lock', 'db-worker.guard', 'db.sqlite']) {
      expect((statSync(join(sandbox.graphDir(), name)).mode % 0o1000).toString(8), name).to.equal('600')
    }

    expect((statSync(log).mode % 0o1000).toString(8)).to.equal('600')
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const groupAndSession = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(2, 4)
    expect(groupAndSession).to.deep.equal([String(pid), String(pid)])
  })

  it('outlives its caller’s deleted directory', async () => {
    const cwd = join(sandbox.dir, 'work tree')
    mkdirSync(cwd)
    shell(START, {cwd})
    rmSync(cwd, {recursive: true})
    const {record, ...known} = await recordedServer()
    await expectServing({record})
    expect(lives(known)).to.equal(true)
  })

  it('can be started, seen and stopped from a directory that was deleted', async () => {
    const gone = (command: string) =>
      `mkdir -p "${sandbox.dir}/gone" && cd "${sandbox.dir}/gone" && rmdir "${sandbox.dir}/gone" && ${command}`
    const started = shell(gone(`${START} --json`))
    expect(started.status, started.stderr).to.equal(0)
    await expectServing(await recordedServer())
    const stopped = shell(gone(`"${process.execPath}" "${CLI}" server stop --repo demo --json`))
    expect(stopped.status, stopped.stderr).to.equal(0)
    expect(JSON.parse(stopped.stdout)).to.have.nested.property('data.stopped-by', 'shutdown')
  })

  it('outlives its closed terminal', async function () {
    if (spawnSync('script', ['--version']).error) {
      console.log('      skipped: there is no script(1) to make a terminal with')
      return this.skip()
    }

    const terminal = sandbox.spawn('script', ['-qec', `${START}; sleep 1000`, '/dev/null'], {env: env()})
    const {record, ...known} = await recordedServer()
    await ready(record['port'] as number)
    await end(know(terminal.pid)!) // the terminal is gone: SIGHUP to its session
    await expectServing({record})
    process.kill(known.pid, 'SIGHUP') // and one that is meant for it
    await expectServing({record})
    expect(lives(known)).to.equal(true)
  })

  it('outlives its ended session', async () => {
    const leader = sandbox.spawn('bash', ['-c', `${START}; sleep 1000`], {detached: true, env: env()})
    const {record, ...known} = await recordedServer()
    await ready(record['port'] as number)
    process.kill(-leader.pid, 'SIGKILL') // the group of the leader, which this test made
    await until(() => !know(leader.pid), 5000, 'the session to be gone')
    await expectServing({record})
    expect(lives(known)).to.equal(true)
  })

  it('outlives a caller that is killed while it starts', async () => {
    const caller = sandbox.spawn(process.execPath, [CLI, 'server', 'start', '--create', '--repo', 'demo'], {env: env()})
    const {record, ...known} = await recordedServer() // published, perhaps not yet ready: its word goes to a dead process
    caller.kill('SIGKILL')
    await ready(record['port'] as number)
    expect(lives(known)).to.equal(true)
  })
})

/** What a descriptor is, if it is still one. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)]
  } catch {
    return [] // closed meanwhile
  }
}

async function ready(port: number): Promise<void> {
  while ((await http(port, '/readyz')).status !== 200);
}
