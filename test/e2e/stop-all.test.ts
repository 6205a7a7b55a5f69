import {writeFileSync} from 'node:fs'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {end, know} from '../support/processes.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

const STOP_ALL = ['server', 'stop', '--all']
const APP = ['--owner-source', 'electron']

describe('a stop of all servers', () => {
  const schema = compileSchemas()('server-stop.json')
  const sandbox = useSandbox()

  // Commands are run where they are what a test is about; the others in this process.
  const {fails, ok} = commandsIn(sandbox)
  const start = (repo: string, ...more: string[]) => sandbox.start(repo, ...more)

  /** Stops all, and returns what became of each. */
  async function outcomes(...more: string[]): Promise<Record<string, string>> {
    const data = await sandbox.ok([...STOP_ALL, ...more])
    conform(schema, data)
    const servers = data['servers'] as {graph: string; outcome: string}[]
    return Object.fromEntries(servers.map(({graph, outcome}) => [graph, outcome]))
  }

  const statusOf = async (repo: string) => (await ok(['server', 'status', '--repo', repo]))['status'] as string

  it('is nothing where none runs', async () => {
    expect(await outcomes()).to.deep.equal({})
    const {pid} = await start('dead')
    await end(know(pid as number)!)
    expect(await outcomes()).to.deep.equal({})
    expect(await sandbox.run(STOP_ALL)).to.include({
      code: 0,
      stdout: `No servers are running for the graphs in ${sandbox.dataDir}.\n`,
    })
  })

  it('leaves those of others, and says so', async () => {
    await Promise.all([start('a'), start('b'), start('of app', ...APP)])
    expect(await outcomes()).to.deep.equal({a: 'stopped', b: 'stopped', 'of app': 'not-owned'})
    expect(await Promise.all(['a', 'b', 'of app'].map((repo) => statusOf(repo)))).to.deep.equal([
      'stopped',
      'stopped',
      'ready',
    ])
    expect(await sandbox.run(STOP_ALL)).to.include({
      code: 0,
      stdout: 'Server left running: of app (it belongs to electron)\n',
    })
    expect(await outcomes(...APP)).to.deep.equal({'of app': 'stopped'})
  })

  it('goes on after one that cannot be stopped, and has the exit code of its failure', async () => {
    await Promise.all([start('a'), start('far')])
    writeFileSync(sandbox.recordPath('far'), JSON.stringify({...sandbox.record('far'), version: 99})) // as of a newer version
    const ran = await sandbox.json(STOP_ALL)
    conform(schema, ran.data)
    expect(ran.code).to.equal(5)
    const [first, second] = ran.data['servers'] as {error?: {code: string}; graph: string; outcome: string}[]
    expect(first).to.include({graph: 'a', outcome: 'stopped'})
    expect(second).to.include({graph: 'far', outcome: 'failed'})
    expect(second!.error!.code).to.equal('lock-version-unsupported')
    const reported = await sandbox.run(STOP_ALL)
    expect(reported.code).to.equal(5)
    expect(reported.stdout).to.match(/^Server not stopped: far \(lock-version-unsupported: .*\)\n {2}Hint: /)
  })

  it('is about no single graph', async () => {
    expect(await fails([...STOP_ALL, '--repo', 'a'])).to.include({code: 'usage', exit: 2})
    await start('a')
    expect(await sandbox.ok(STOP_ALL, {env: {LOGSEQ_CLI_REPO: 'b'}}))
      .to.have.property('servers')
      .with.length(1)
  })
})

describe('a stop that ignores that nothing runs', () => {
  const sandbox = useSandbox()

  it('succeeds, and says that nothing ran', async () => {
    await sandbox.start()
    const stop = ['server', 'stop', '--repo', 'demo', '--ignore-not-running']
    expect(await sandbox.ok(stop)).to.include.keys('pid', 'stopped-by')
    const data = await sandbox.ok(stop)
    expect(data).to.deep.equal({graph: 'demo', 'not-running': true, repo: 'logseq_db_demo', warnings: []})
    conform(compileSchemas()('server-stop.json'), data)
    expect(await sandbox.run(stop)).to.include({code: 0, stdout: 'No server is running for demo\n'})
  })

  it('fails for any other reason', async () => {
    const stop = ['server', 'stop', '--ignore-not-running', '--repo']
    expect(await sandbox.fails([...stop, 'nowhere'])).to.include({code: 'graph-not-exists'})
    await sandbox.start('demo', ...APP)
    expect(await sandbox.fails([...stop, 'demo'])).to.include({code: 'server-owned-by-other', exit: 4})
  })
})
