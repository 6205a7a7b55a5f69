import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {usedBy} from '../support/computing.js'
import {UNJUDGED} from '../support/outline.js'
import {until} from '../support/processes.js'
import {hold} from '../support/raw.js'
import {http} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** A query that runs for minutes: each of some 400,000 rows is used 900 times. */
const LONG_RUNNING = `[:find (count ?x) . :where [?x ?a ?v] [?b :db/ident] ${'[(str ?x " " ?b " " ?x " " ?b)]'.repeat(900)}]`

describe('the request log', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  const start = (command: string, ...args: string[]) =>
    sandbox.ok(['server', command, '--repo', 'demo', '--show-token', ...args])
  const invoke = ({'auth-token': token, port}: Record<string, any>, method: string, args: unknown[], more = {}) =>
    http(port as number, '/v1/invoke', {
      body: {args: ['demo', ...args], method: `thread-api/${method}`, ...more},
      token: token as string,
    })

  /** Lines of the log with one of these messages, in order. */
  const linesOf = (server: Record<string, any>, ...messages: string[]) =>
    readFileSync(server['log'] as string, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, any>)
      .filter(({msg}) => messages.includes(msg as string))

  it('warns of a slow request with ID, method, duration and outcome', async () => {
    const server = await start('start', '--create')
    const answer = await invoke(server, 'q', [[LONG_RUNNING]], {'query-timeout': 1200})
    expect(answer.status).to.equal(408)
    const line = await until(() => linesOf(server, 'slow request')[0], 5000, 'the line of the slow request')
    expect(line).to.include({
      http: 'POST /v1/invoke',
      level: 'warn',
      method: 'thread-api/q',
      outcome: '408 query-timeout',
      request: answer.headers['x-request-id'],
    })
    expect(line['ms']).to.be.within(1200, 30_000)
  })

  it('reports a slow request whose client left as aborted', async () => {
    const server = await start('start', '--create')
    const body = JSON.stringify({args: ['demo', [LONG_RUNNING]], method: 'thread-api/q'})
    const client = await hold(
      server['port'] as number,
      `POST /v1/invoke HTTP/1.1\r\nHost: 127.0.0.1:${server['port']}\r\nAuthorization: Bearer ${server['auth-token']}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    const pid = server['pid'] as number
    const before = usedBy(pid)
    // The request has to be slow before its client leaves: it has taken at least as long as the server has computed.
    await until(() => usedBy(pid) - before > 1500, 60_000, 'the server to compute for 1.5 s')
    client.socket.destroy()
    const line = await until(() => linesOf(server, 'slow request')[0], 5000, 'the line of the slow request')
    expect(line).to.include({method: 'thread-api/q', outcome: 'aborted'})
  })

  it('has each request at level debug, and none of the fast ones at level info', async () => {
    const quiet = await start('start', '--create')
    await invoke(quiet, 'transact', [[{'block/title': 'one'}], UNJUDGED])
    expect(linesOf(quiet, 'request', 'slow request')).to.deep.equal([])

    const chatty = await start('restart', '--log-level', 'debug')
    await invoke(chatty, 'transact', [[{'block/title': 'two'}], UNJUDGED])
    await invoke(chatty, 'pull', ['[:block/title'])
    const calls = await until(
      () => {
        const found = linesOf(chatty, 'request').filter(({http}) => http === 'POST /v1/invoke')
        return found.length === 2 ? found : undefined
      },
      5000,
      'the lines of both calls',
    )
    expect(calls.map(({level, method, outcome}) => [level, method, outcome])).to.deep.equal([
      ['debug', 'thread-api/transact', '200'],
      ['debug', 'thread-api/pull', '400 invalid-arguments'],
    ])
    expect(calls[0]!['request']).to.not.equal(calls[1]!['request'])
  })

  it('is silent about slow requests at level error', async () => {
    const server = await start('start', '--create', '--log-level', 'error')
    await invoke(server, 'q', [[LONG_RUNNING]], {'query-timeout': 1200})
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    expect(linesOf(server, 'slow request', 'ready', 'stopped')).to.deep.equal([])
  })

  it('refuses a level that does not exist', async () => {
    const error = await sandbox.fails(['server', 'start', '--repo', 'demo', '--log-level', 'trace'])
    expect(error).to.include({code: 'usage', exit: 2})
    expect(error.message).to.equal('"trace" is not a valid --log-level; use debug, info, warn or error')
  })
})
