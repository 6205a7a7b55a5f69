import {spawnSync} from 'node:child_process'
import {mkdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {end, know, lives} from '../support/processes.js'
import {CLI} from '../support/sandbox.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

const APP = ['--owner-source', 'electron']

describe('an operation on the servers of all graphs', function () {
  this.timeout(120_000)
  const schema = compileSchemas()
  const sandbox = useSandbox()
  let second: string

  beforeEach(() => {
    second = join(sandbox.dir, 'second')
    mkdirSync(second)
  })

  // Commands are run where they are what a test is about; the others in this process.
  const {fails, ok} = commandsIn(sandbox)
  const start = (repo: string, ...more: string[]) => sandbox.start(repo, ...more)

  /** Runs it, and returns what became of each server. */
  async function outcomes(verb: 'restart' | 'stop', ...more: string[]): Promise<string[]> {
    const data = await sandbox.ok(['server', verb, '--all', ...more])
    conform(schema(`server-${verb}.json`), data)
    for (const {pid} of data['servers'] as {pid?: number}[]) sandbox.track(pid)
    return (data['servers'] as Record<string, string>[]).map(({graph, outcome}) => `${graph} ${outcome}`)
  }

  it('restarts the requester’s own, and no others', async () => {
    const started = await Promise.all([start('a'), start('b'), start('of app', ...APP)])
    const [a, b, app] = started.map(({pid}) => know(pid as number)!)
    expect(await outcomes('restart')).to.deep.equal(['a restarted', 'b restarted', 'of app not-owned'])
    expect([a, b, app].map((known) => lives(known!))).to.deep.equal([false, false, true])
    for (const repo of ['a', 'b']) expect(await ok(['server', 'status', '--repo', repo])).to.include({status: 'ready'})
    const ran = await sandbox.run(['server', 'restart', '--all', ...APP])
    expect(ran).to.include({code: 0})
    expect(ran.stdout)
      .to.match(/^Server left running: a \(it belongs to cli\)$/m)
      .and.match(/^Server restarted: of app$/m)
  })

  it('is nothing where none runs, and starts none', async () => {
    await start('a')
    await ok(['server', 'stop', '--repo', 'a'])
    expect(await outcomes('restart')).to.deep.equal([])
    expect(await sandbox.run(['server', 'restart', '--all'])).to.include({
      code: 0,
      stdout: `No servers are running for the graphs in ${sandbox.dataDir}.\n`,
    })
    expect(await outcomes('stop', '--data-dir', join(sandbox.dir, 'none'), '--data-dir', second)).to.deep.equal([])
  })

  it('names the graph in the hint of each that is listed', async () => {
    const {pid} = await start('gone')
    await end(know(pid as number)!)
    expect((await sandbox.run(['server', 'list'])).stdout).to.include('`logseq server start --repo gone`')
  })

  it('goes on after a failure, which gives the exit code', async () => {
    await Promise.all([start('a'), start('far')])
    sandbox.writeRecord({...sandbox.record('far'), version: 99}, 'far') // as of a newer version
    const ran = await sandbox.json(['server', 'restart', '--all'])
    conform(schema('server-restart.json'), ran.data)
    expect(ran.code).to.equal(5)
    const [first, far] = ran.data['servers'] as Record<string, any>[]
    sandbox.track(first!['pid'] as number)
    expect(first).to.include({graph: 'a', outcome: 'restarted'})
    expect(far).to.include({graph: 'far', outcome: 'failed'})
    expect(far!['error'].code).to.equal('lock-version-unsupported')
  })

  it('covers each data directory that is given, once, and others only on demand', async () => {
    await start('a')
    await start('b', '--data-dir', second)
    symlinkSync(second, join(sandbox.dir, 'link'))
    const dirs = ['--data-dir', second, '--data-dir', sandbox.dataDir, '--data-dir', join(sandbox.dir, 'link')]
    expect(await outcomes('restart', ...dirs)).to.deep.equal(['b restarted', 'a restarted'])
    expect(await outcomes('stop')).to.deep.equal(['a stopped'])
    expect(await ok(['server', 'status', '--repo', 'b', '--data-dir', second])).to.include({status: 'ready'})
    expect(await outcomes('stop', ...dirs)).to.deep.equal(['b stopped'])
  })

  it('can be seen before, with the data directory of each', async () => {
    await start('a')
    await start('a', '--data-dir', second)
    const data = await sandbox.ok(['server', 'list', '--everywhere'])
    conform(schema('server-list.json'), data)
    const seen = (data['servers'] as Record<string, string>[]).map(({'data-dir': dir, graph}) => `${dir}/${graph}`)
    expect(data).to.include({'data-dir': sandbox.dataDir})
    expect(seen).to.include.members([`${sandbox.dataDir}/a`, `${second}/a`])
    const {stdout} = await sandbox.run(['server', 'list', '--everywhere'])
    const columns = (dir: string) => new RegExp(String.raw`^a +${dir} +ready +cli `, 'm')
    expect(stdout)
      .to.match(/^GRAPH +DATA-DIR +STATUS /)
      .and.match(columns(sandbox.dataDir))
      .and.match(columns(second))
    expect(await fails(['server', 'list', '--everywhere', '--watch'])).to.include({code: 'usage', exit: 2})
    const stopped = await sandbox.run(['server', 'stop', '--all', '--data-dir', second, '--data-dir', sandbox.dataDir])
    expect(stopped.stdout).to.equal(`Server stopped: a in ${second}\nServer stopped: a in ${sandbox.dataDir}\n`)
  })

  it('needs no more descriptors for many servers than for one', async () => {
    const graphs = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const graph of graphs) await start(graph)
    const run = (limit: number, ...args: string[]) => {
      const env = {...process.env, HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir}
      const line = [`--nofile=${limit}`, process.execPath, CLI, 'server', ...args, '--json']
      const {stdout} = spawnSync('prlimit', line, {encoding: 'utf8', env})
      return stdout.startsWith('{') ? JSON.parse(stdout) : undefined
    }

    const limits = Array.from({length: 20}, (_, i) => i + 18)
    const enough = limits.find((limit) => run(limit, 'status', '--repo', 'a')?.data?.status === 'ready')!
    for (const limit of [enough, enough + 1, enough + 3, enough + 5]) {
      const {servers} = run(limit, 'list').data
      expect(servers.map(({status}: {status: string}) => status)).to.deep.equal(graphs.map(() => 'ready'))
    }

    const {servers} = run(enough + 2, 'stop', '--all').data
    expect(servers.map(({outcome}: {outcome: string}) => outcome)).to.deep.equal(graphs.map(() => 'stopped'))
  })

  it('takes one data directory only for one graph', async () => {
    const dirs = ['--data-dir', second, '--data-dir', sandbox.dataDir]
    expect(await fails(['server', 'stop', '--repo', 'a', ...dirs])).to.include({code: 'usage', exit: 2})
    expect(await fails(['server', 'stop', '--repo', 'a', '--everywhere'])).to.include({code: 'usage', exit: 2})
    expect(await fails(['server', 'start', '--repo', 'a', ...dirs])).to.include({code: 'usage', exit: 2})
  })

  it('restarts each server once when two are made at once', async () => {
    const {pid} = await start('a')
    const known = know(pid as number)!
    const all = (await Promise.all([outcomes('restart'), outcomes('restart')])).flat()
    expect(all.length).to.be.oneOf([1, 2]) // the second may have listed the new one
    expect(lives(known)).to.equal(false)
    expect(sandbox.servers()).to.have.length(1)
  })
})
