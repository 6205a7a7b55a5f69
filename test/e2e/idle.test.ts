import {request} from 'node:http'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {know, lives, until} from '../support/processes.js'
import {http} from '../support/sandbox.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

const QUERY = ['query', '[:find ?e . :where [?e :db/ident :logseq.class/Tag]]', '--repo', 'demo']

describe('a server with an idle timeout', function () {
  this.timeout(180_000)
  const schema = compileSchemas()
  const sandbox = useSandbox()

  const {ok} = commandsIn(sandbox)
  const start = (timeout: string, ...more: string[]) =>
    ok(['server', 'start', '--create', '--repo', 'demo', '--show-token', '--idle-timeout', timeout, ...more])
  const status = async (...more: string[]) => {
    const data = await ok(['server', 'status', '--repo', 'demo', ...more])
    conform(schema('server-status.json'), data)
    return data
  }

  it('ends cleanly when no client has used it, though it is looked at all the time', async () => {
    const {pid} = await start('2s')
    const known = know(pid as number)!
    await until(async () => (await status())['status'] === 'stopped', 60_000, 'the end of the server')
    await until(() => !lives(known), 15_000, 'its process to be gone')
    expect(await status()).not.to.have.property('unclean-end')
    expect((await sandbox.run(['server', 'logs', '--repo', 'demo'])).stdout).to.match(/no client has used it for 2 s/)
  })

  it('shows its timeout, who uses it, and how long it is unused', async () => {
    expect(await start('30m')).to.include({'idle-timeout-ms': 1_800_000})
    const seen = await status()
    expect(seen).to.deep.include({
      clients: {connections: 0, 'event-streams': 0, leases: 0},
      'idle-timeout-ms': 1_800_000,
    })
    expect(seen['idle-ms']).to.be.a('number')
    expect((await sandbox.run(['server', 'status', '--repo', 'demo'])).stdout)
      .to.match(/^ {2}Clients 0$/m)
      .and.match(/^ {2}Idle {4}ends after 30m without use, unused for \d+s$/m)
    expect((await sandbox.run(['server', 'list'])).stdout).to.match(/MEMORY +CLIENTS +IDLE\n.* MiB +0 +\d+s of 30m\n/)
    expect(await sandbox.ok(['server', 'restart', '--repo', 'demo'])).to.include({'idle-timeout-ms': 1_800_000})
    expect(await ok(['server', 'restart', '--repo', 'demo', '--idle-timeout', '0'])).not.to.have.property(
      'idle-timeout-ms',
    )
  })

  it('keeps its settings when another start finds it, which says so', async () => {
    await start('30m')
    const again = async (...more: string[]) => {
      const line = ['server', 'start', '--repo', 'demo', ...more]
      return (await ok(line))['warnings'] as string[]
    }

    expect(await again()).to.deep.equal([])
    expect(await again('--idle-timeout', '1800s')).to.deep.equal([])
    expect(await again('--idle-timeout', '90m')).to.deep.equal([
      'The running server keeps its idle timeout, 30m; `logseq server restart --idle-timeout 90m --repo demo` changes it',
    ])
    expect(await again('--idle-timeout', '0', '--log-level', 'debug')).to.deep.equal([
      'The running server keeps its idle timeout, 30m; `logseq server restart --idle-timeout 0 --repo demo` changes it',
      'The running server keeps its log level; `logseq server restart --log-level debug --repo demo` changes it',
    ])
    const {stderr} = await sandbox.run(['server', 'start', '--repo', 'demo', '--idle-timeout', '500ms'])
    expect(stderr).to.match(/^Warning: The running server keeps its idle timeout, 30m; .* --idle-timeout 500ms /m)
    expect(await status()).to.include({'idle-timeout-ms': 1_800_000})
  })

  for (const path of ['/v1/events', '/v1/lease'])
    it(`stays while a client holds ${path} open, and shows it`, async () => {
      const {'auth-token': token, pid, port} = await start('1s')
      const known = know(pid as number)!
      const stream = request({headers: {authorization: `Bearer ${token}`}, path, port: port as number})
      stream.on('error', () => {})
      await new Promise<void>((resolve) => {
        stream.on('response', (response) => response.once('data', () => resolve()))
        stream.end()
      })
      const name = path === '/v1/lease' ? 'leases' : 'event-streams'
      expect((await status())['clients']).to.include({connections: 1, [name]: 1})
      // By the end of a server that started later with the same timeout, this one would have ended as well.
      const later = await ok(['server', 'start', '--create', '--repo', 'later', '--idle-timeout', '1s'])
      const knownLater = know(later['pid'] as number)!
      await until(() => !lives(knownLater), 60_000, 'the end of the server without a client')
      expect(lives(known)).to.equal(true)
      stream.destroy()
      await until(() => !lives(known), 30_000, 'the end of the server')
    })

  it('is a default of the environment for servers that query and invoke start', async () => {
    await start('0')
    await ok(['server', 'stop', '--repo', 'demo'])
    const env = {LOGSEQ_CLI_IDLE_TIMEOUT: '2s'}
    await sandbox.ok(QUERY, {env})
    const {pid} = sandbox.record()!
    const known = sandbox.track(pid as number)!
    expect(sandbox.record()).to.include({'idle-timeout-ms': 2000})
    await until(() => !lives(known), 30_000, 'the end of the server')
    await sandbox.ok(QUERY)
    expect(sandbox.record()).not.to.have.property('idle-timeout-ms')
    sandbox.track(sandbox.record()!['pid'] as number)
    expect(await sandbox.fails(QUERY, {env: {LOGSEQ_CLI_IDLE_TIMEOUT: 'soon'}})).to.include({code: 'usage'})
  })

  it('serves each request that comes while it ends, with a new server where it must', async () => {
    await start('1s')
    const pids = new Set<number>()
    const began = performance.now()
    for (let i = 0; performance.now() - began < 25_000 && pids.size < 4; i++) {
      // About the time at which it ends, a little earlier or later each time.
      await new Promise((resolve) => setTimeout(resolve, 1700 + ((i * 137) % 900)))
      const ran = await sandbox.json(QUERY, {env: {LOGSEQ_CLI_IDLE_TIMEOUT: '1s'}})
      expect(ran.status, ran.stdout).to.equal('ok')
      const pid = sandbox.record()?.['pid'] as number | undefined
      if (pid !== undefined) {
        pids.add(pid)
        sandbox.track(pid)
      }
    }
  })

  it('does not end right after a start that found it: a start is a use', async () => {
    const {'auth-token': token, pid, port} = await start('1m')
    const idle = async () =>
      (await http(port as number, '/v1/status', {token: token as string})).json['idle-ms'] as number
    await until(async () => (await idle()) >= 4000, 20_000, 'four seconds without use')
    expect(await sandbox.ok(['server', 'start', '--repo', 'demo'])).to.include({pid, reused: true})
    await until(async () => (await idle()) < 4000, 20_000, 'the use to count')
  })

  it('reports its use to its own user alone', async () => {
    const {port} = await start('30m')
    const answer = await http(port as number, '/v1/status', {headers: {origin: 'https://example.com'}})
    expect(answer.status).to.equal(401)
  })
})

describe('server list --watch', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  it('prints a line of JSON for each change, until Ctrl-C', async () => {
    await sandbox.start('a')
    const lines: string[] = []
    const watching = sandbox.run(['server', 'list', '--watch', '--json'], {
      onSpawn(child) {
        let text = ''
        child.stdout!.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          lines.splice(0, lines.length, ...text.split('\n').slice(0, -1))
        })
        void (async () => {
          await until(() => lines.length === 1, 20_000, 'the first list')
          await sandbox.ok(['server', 'stop', '--repo', 'a'])
          await until(() => lines.at(-1)?.includes('"servers":[]'), 20_000, 'an empty list')
          child.kill('SIGINT')
        })()
      },
    })
    expect(await watching).to.include({code: 130, stderr: ''})
    const lists = lines.map((line) => JSON.parse(line) as {servers: {status: string}[]})
    for (const list of lists) conform(compileSchemas()('server-list.json'), list)
    const reported = lists.map(({servers}) => servers.map(({status}) => status).join(','))
    // A look may also meet the server while it stops.
    expect(reported.filter((status) => status !== 'stopping')).to.deep.equal(['ready', ''])
  })
})
