import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {end, know, type Known, lives, until} from '../support/processes.js'
import {hold} from '../support/raw.js'
import {http} from '../support/sandbox.js'
import {deadProcess, LOOK_ALIKE, spawnThere} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'

const GRACE_MS = 10_000

/** A query that goes on for minutes. */
const LONG_RUNNING = `[:find (count ?e) . :where [?e ?a ?v] [?b :db/ident] ${'[(not= ?e ?b)]'.repeat(900)}]`

describe('a leased server', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const {fails, ok} = commandsIn(sandbox)

  const asApp = (id: string, pid: number) => [
    '--owner-source',
    'electron',
    '--owner-id',
    id,
    '--owner-pid',
    String(pid),
  ]

  /** Starts a leased server of an app, with its token. */
  async function startLeased(app: Known): Promise<{known: Known; port: number; token: string}> {
    const line = ['server', 'start', '--create', '-r', 'demo', ...asApp('work', app.pid), '--lifetime', 'leased']
    const started = await ok([...line, '--show-token'])
    const known = know(started['pid'] as number)!
    return {known, port: started['port'] as number, token: started['auth-token'] as string}
  }

  async function lease({port, token}: {port: number; token: string}) {
    const lease = await hold(
      port,
      `GET /v1/lease HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    await until(() => lease.received().includes('event: leases'), 5000, 'the lease')
    return lease.socket
  }

  /** Waits for the end of a server. @returns how long that took, in ms */
  async function untilGone(known: Known, ms: number): Promise<number> {
    const began = performance.now()
    await until(() => !lives(known), ms, 'the server to end')
    return performance.now() - began
  }

  const app = () => spawnThere(sandbox, LOOK_ALIKE, [])

  it('is on record with its owner and its lifetime, and shown by status and list', async () => {
    const owner = await app()
    await startLeased(owner)
    expect(sandbox.record()).to.include({
      lifetime: 'leased',
      'owner-id': 'work',
      'owner-pid': owner.pid,
      'owner-source': 'electron',
      'owner-start': owner.start,
    })
    const reported = {lifetime: 'leased', 'owner-id': 'work', 'owner-source': 'electron'}
    expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include(reported)
    expect((await ok(['server', 'list']))['servers'][0]).to.include(reported)
    const {stdout} = await sandbox.run(['server', 'list'])
    expect(stdout).to.match(/OWNER +OWNER-ID +LIFETIME.*\n.*electron +work +leased/)
  })

  it('ends cleanly 10 s after its last lease, though events are listened to', async () => {
    const server = await startLeased(await app())
    const [first, second] = [await lease(server), await lease(server)]
    await hold(
      server.port,
      `GET /v1/events?access_token=${server.token} HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`,
    )
    first.destroy()
    second.resetAndDestroy()
    const took = await untilGone(server.known, 3 * GRACE_MS)
    expect(took).to.be.greaterThan(GRACE_MS - 1000)
    expect(sandbox.record()).to.equal(undefined)
  })

  it('keeps running while one of its leases is held, or if a lease begins within the grace', async () => {
    const server = await startLeased(await app())
    const first = await lease(server)
    first.destroy()
    const second = await lease(server)
    let gone = false
    const watching = untilGone(server.known, 60_000).then(() => {
      gone = true
    })
    const deadline = performance.now() + GRACE_MS + 3000
    await until(() => gone || performance.now() > deadline, 30_000, 'the time')
    expect(gone).to.equal(false)
    second.destroy()
    await watching
  })

  it('finishes requests in flight of any client, and ends 10 s after that', async () => {
    const server = await startLeased(await app())
    const held = await lease(server)
    // Without it the server would end seven seconds after the query: work begins the grace anew.
    const workMs = 3000
    const working = http(server.port, '/v1/invoke', {
      body: {args: ['demo', [LONG_RUNNING]], method: 'thread-api/q', 'query-timeout': workMs},
      token: server.token,
    })
    held.destroy()
    expect((await working).json.error).to.include({code: 'query-timeout'})
    expect(lives(server.known)).to.equal(true)
    expect(await untilGone(server.known, 3 * GRACE_MS)).to.be.greaterThan(GRACE_MS - 1000)
  })

  it('is not waited for when its app died before the first lease', async () => {
    const owner = await app()
    const {known} = await startLeased(owner)
    await end(owner)
    await untilGone(known, GRACE_MS - 1000) // the grace is for an app that has had a lease
  })

  it('belongs to the app again when that was started again inside the grace', async () => {
    const [before, now] = [await app(), await app()]
    const server = await startLeased(before)
    const first = await lease(server)
    await end(before)
    first.destroy()
    const again = await ok(['server', 'start', '-r', 'demo', ...asApp('work', now.pid), '--lifetime', 'leased'])
    expect(again).to.include({owned: true, pid: server.known.pid, reused: true})
    expect(sandbox.record()).to.include({'owner-pid': now.pid, 'owner-start': now.start})
    expect(await fails(['server', 'stop', '-r', 'demo'])).to.include({code: 'server-owned-by-other'})
  })

  it('does not become another profile’s', async () => {
    const [one, two] = [await app(), await app()]
    await startLeased(one)
    const other = await ok(['server', 'start', '-r', 'demo', ...asApp('home', two.pid), '--lifetime', 'leased'])
    expect(other).to.include({owned: false, 'owner-id': 'work'})
    expect(sandbox.record()).to.include({'owner-pid': one.pid})
    const stop = await fails(['server', 'stop', '-r', 'demo', ...asApp('home', two.pid).slice(0, 4)])
    expect(stop).to.include({code: 'server-owned-by-other', 'owner-id': 'work'})
  })

  it('is persistent once the command line has taken it over', async () => {
    const owner = await app()
    const server = await startLeased(owner)
    const held = await lease(server)
    await end(owner)
    const taken = await ok(['server', 'start', '-r', 'demo'])
    expect(taken).to.include({lifetime: 'persistent', owned: true, pid: server.known.pid})
    held.destroy()
    const deadline = performance.now() + GRACE_MS + 3000
    await until(() => performance.now() > deadline, 30_000, 'the time')
    expect(lives(server.known)).to.equal(true)
  })

  it('serves one who shares it like any other, and stays leased', async () => {
    const server = await startLeased(await app())
    const held = await lease(server)
    expect(await ok(['server', 'start', '-r', 'demo'])).to.include({lifetime: 'leased', owned: false})
    expect((await http(server.port, '/readyz')).status).to.equal(200)
    held.destroy()
  })

  for (const [what, args, message] of [
    ['a lease for the command line', ['--lifetime', 'leased'], '--lifetime leased is for apps'],
    ['an app process for the command line', ['--owner-pid', '1'], '--owner-pid is for apps'],
    ['an owner id that is none', ['--owner-id', '-x'], '--owner-id'],
    ['a pid that is none', ['--owner-source', 'electron', '--owner-pid', '0'], 'owner-pid'],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      const error = await fails(['server', 'start', '-r', 'demo', '--create', ...args])
      expect(error).to.include({code: 'usage', exit: 2})
      expect(error.message).to.include(message)
    })
  }

  it('is refused to an app that is gone', async () => {
    const gone = await deadProcess(sandbox)
    const error = await fails(['server', 'start', '-r', 'demo', '--create', ...asApp('work', gone.pid)])
    expect(error).to.include({code: 'usage', exit: 2, 'owner-pid': gone.pid})
  })
})
