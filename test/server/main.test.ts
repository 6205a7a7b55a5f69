import {spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {lives, until} from '../support/processes.js'
import {cleanEnv, http, namesIn, Sandbox, WORKER} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {endOf, serve, workerArgs} from '../support/workers.js'

describe('db-worker-node, by hand', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  function run(...args: string[]) {
    const {status, stderr, stdout} = spawnSync(process.execPath, [WORKER, ...args], {
      encoding: 'utf8',
      env: cleanEnv(),
      timeout: 20_000,
    })
    return {status, stderr, stdout}
  }

  it('prints its usage and its version', () => {
    const help = run('--help')
    expect(help).to.include({status: 0, stderr: ''})
    for (const flag of ['--repo', '--data-dir', '--owner-source', '--owner-id', '--graph-id', '--create-empty-db']) {
      expect(help.stdout).to.contain(flag)
    }

    const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    const reported = run('--version')
    expect(reported).to.include({status: 0, stderr: ''})
    expect(reported.stdout).to.match(/^Build time: \d{4}-\d\d-\d\dT\S+Z\nRevision: .+\n$/)
    expect(reported.stdout).to.contain(version)
    expect(run('--revision', 'abc', '--version').stdout).to.match(/\nRevision: abc\n$/)
  })

  const WRONG: [string, string[], number, string][] = [
    ['nothing', [], 2, 'missing-repo'],
    ['no repo', ['--data-dir', '/nowhere'], 2, 'missing-repo'],
    ['no directory', ['--repo', 'demo'], 2, 'usage'],
    ['an invalid name', ['--repo', '..', '--data-dir', '/nowhere', '--create-empty-db'], 2, 'invalid-graph-name'],
    ['a graph that is not there', ['--repo', 'demo', '--data-dir', '/nowhere'], 2, 'graph-not-exists'],
  ]

  for (const [what, args, status, code] of WRONG) {
    it(`given ${what} reports it, and creates nothing`, () => {
      const ran = run(...args)
      expect(ran).to.include({status, stdout: ''})
      expect(ran.stderr).to.match(new RegExp(`^Error \\(${code}\\): .+\n$`))
    })
  }

  it('given the ID of another graph fails', () => {
    const ran = run('--repo', 'demo', '--data-dir', sandbox.dataDir, '--create-empty-db', '--graph-id', 'a'.repeat(64))
    expect(ran).to.include({status: 2, stdout: ''})
    expect(ran.stderr).to.contain('Error (usage)')
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['demo'])
    expect(namesIn(sandbox.graphDir())).to.deep.equal([])
  })

  it('that finds the graph served exits, and says which process has it', async () => {
    const server = await serve(sandbox)
    const before = readFileSync(sandbox.recordPath(), 'utf8')
    const ran = run(...workerArgs(sandbox).slice(1))
    expect(ran).to.include({status: 1, stdout: ''})
    expect(ran.stderr).to.match(/^Error \(repo-locked\): .+\n$/)
    expect(readFileSync(sandbox.recordPath(), 'utf8')).to.equal(before)
    expect((await http(server.port, '/readyz')).body).to.equal('ok')
  })

  it('that cannot serve a damaged graph says so, and takes its record back', () => {
    mkdirSync(sandbox.graphDir())
    writeFileSync(join(sandbox.graphDir(), 'db.sqlite'), 'garbage'.repeat(1000))
    const ran = run(...workerArgs(sandbox).slice(1))
    expect(ran.status).to.equal(1)
    expect(ran.stderr).to.match(/^Error \(graph-invalid\): .+\n$/)
    expect(sandbox.record()).to.equal(undefined)
  })

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends cleanly at ${signal}`, async () => {
      const {child, known} = await serve(sandbox)
      child.kill(signal)
      expect(await endOf(child)).to.deep.equal({code: 0, signal: null})
      expect(lives(known)).to.equal(false)
      expect(sandbox.record()).to.equal(undefined)
      const log = logOf(sandbox)
      expect(log.map(({msg}) => msg as string)).to.deep.equal(['ready', 'stopping', 'stopped'])
      expect(log[1]).to.include({why: signal})
    })
  }

  it('ends once, however often it is asked to', async () => {
    const {child} = await serve(sandbox)
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) child.kill(signal)
    expect(await endOf(child)).to.deep.equal({code: 0, signal: null})
    expect(logOf(sandbox).filter(({msg}) => msg === 'stopped')).to.have.length(1)
  })

  it('ignores a closed terminal', async () => {
    const {child, known, port} = await serve(sandbox)
    child.kill('SIGHUP')
    expect((await http(port, '/readyz')).body).to.equal('ok')
    expect(lives(known)).to.equal(true)
  })

  it('keeps an owner that is neither cli nor electron as unknown', async () => {
    const {pid} = sandbox.spawn(process.execPath, workerArgs(sandbox, 'demo', '--owner-source', 'robot'))
    const record = await until(
      () => (sandbox.record()?.['pid'] === pid ? sandbox.record() : undefined),
      15_000,
      'the record',
    )
    expect(record['owner-source']).to.equal('unknown')
  })

  it('writes a record with all fields of the wire format, readable by its user alone', async () => {
    const {pid, port} = await serve(sandbox)
    const record = sandbox.record()!
    expect(Object.keys(record)).to.deep.equal([
      'repo',
      'pid',
      'lock-id',
      'host',
      'port',
      'owner-source',
      'startedAt',
      'version',
      'revision',
      'data-dir',
      'process-start',
      'boot-id',
      'pid-namespace',
      'machine-id',
      'auth-token',
      'lifetime',
    ])
    expect(record).to.include({
      'data-dir': sandbox.dataDir,
      host: '127.0.0.1',
      lifetime: 'persistent',
      pid,
      port,
      version: 2,
    })
    expect(record['lock-id']).to.match(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    expect(record['auth-token']).to.match(/^[\w-]{43}$/)
    expect(new Date(record['startedAt'] as string).toISOString()).to.equal(record['startedAt'])
    expect(
      logOf(sandbox)
        .map((line) => JSON.stringify(line))
        .join('\n'),
    ).not.to.contain(record['auth-token'])
  })
})

/** The lines of the one log of the graph. */
function logOf(sandbox: Sandbox): Record<string, unknown>[] {
  const name = namesIn(sandbox.graphDir()).find((entry) => entry.endsWith('.log'))
  const text = readFileSync(join(sandbox.graphDir(), name!), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
