import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {type Requester, ServerError, startServer, stopServer} from '../../src/lib/index.js'
import {commandsIn} from '../support/commands.js'
import {end, know, type Known, lives, until} from '../support/processes.js'
import {http} from '../support/sandbox.js'
import {deadProcess, LOOK_ALIKE, serversOf, spawnThere, startUnowned} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'

type Owner = 'cli' | 'electron' | 'unknown'

/** The contract's table: what a start by the requester tells and leaves in the record, and may it stop and restart? */
const TABLE: {canStop: boolean; owned: boolean; owner: Owner; ownerThen: Owner; requester: 'cli' | 'electron'}[] = [
  {requester: 'cli', owner: 'cli', owned: true, ownerThen: 'cli', canStop: true},
  {requester: 'cli', owner: 'electron', owned: false, ownerThen: 'electron', canStop: false},
  {requester: 'cli', owner: 'unknown', owned: true, ownerThen: 'cli', canStop: true},
  {requester: 'electron', owner: 'cli', owned: false, ownerThen: 'cli', canStop: false},
  {requester: 'electron', owner: 'electron', owned: true, ownerThen: 'electron', canStop: true},
  {requester: 'electron', owner: 'unknown', owned: false, ownerThen: 'unknown', canStop: false},
]

/** The answer of `POST /v1/shutdown` to a requester who names itself, with the token of the record. */
function askToStop(record: Record<string, any>, requester: Record<string, unknown>) {
  return http(record['port'] as number, '/v1/shutdown', {body: requester, token: record['auth-token'] as string})
}

/** What is thrown, which has to be an error of ours. */
async function refusal(attempt: Promise<unknown>): Promise<ServerError> {
  const thrown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof ServerError)) throw new Error(`not refused: ${String(thrown)}`)
  return thrown
}

describe('the owner of a server', () => {
  const sandbox = useSandbox()
  const {fails, ok} = commandsIn(sandbox)

  /** A server of this owner. */
  async function owned(owner: Owner): Promise<Known> {
    if (owner === 'unknown') return startUnowned(sandbox)
    const started = await sandbox.start('demo', '--owner-source', owner)
    return know(started['pid'] as number)!
  }

  const as = (command: string, requester: string) => ['server', command, '-r', 'demo', '--owner-source', requester]

  /** Runs a command that has to be denied, and looks whether anything was sent to the server. */
  async function expectDenied(command: string, requester: string, server: Known): Promise<void> {
    const before = readFileSync(sandbox.recordPath(), 'utf8')
    const error = await fails(as(command, requester))
    const record = JSON.parse(before) as Record<string, any>
    expect(error).to.include({
      code: 'server-owned-by-other',
      exit: 4,
      'owner-source': record['owner-source'],
      pid: server.pid,
      repo: 'logseq_db_demo',
      'requester-owner-source': requester,
    })
    expect(lives(server)).to.equal(true)
    expect(readFileSync(sandbox.recordPath(), 'utf8')).to.equal(before)
    expect((await http(record['port'] as number, '/readyz')).status).to.equal(200)
    const {log} = await ok(['server', 'status', '-r', 'demo'])
    expect(readFileSync(log as string, 'utf8')).not.to.contain('stopping')
  }

  for (const {canStop, owned: mine, owner, ownerThen, requester} of TABLE) {
    describe(`asked by ${requester}, owned by ${owner}`, () => {
      it(`start reuses it, ${mine ? 'owned' : 'not owned'}; its owner is ${ownerThen} then`, async () => {
        const server = await owned(owner)
        const shared = await ok(as('start', requester))
        expect(shared).to.include({owned: mine, 'owner-source': ownerThen, pid: server.pid, reused: true})
        expect(sandbox.record()).to.include({'owner-source': ownerThen, pid: server.pid})
        expect(serversOf(sandbox)).to.deep.equal([server])
        const status = await ok(['server', 'status', '-r', 'demo', '--owner-source', requester])
        expect(status).to.include({owned: mine, 'owner-source': ownerThen})
      })

      it(`stop is ${canStop ? 'done' : 'denied'}`, async () => {
        const server = await owned(owner)
        if (!canStop) return expectDenied('stop', requester, server)
        expect(await ok(as('stop', requester))).to.include({pid: server.pid, 'stopped-by': 'shutdown'})
        expect(serversOf(sandbox)).to.deep.equal([])
      })

      it(`restart is ${canStop ? 'done' : 'denied'}`, async () => {
        const server = await owned(owner)
        if (!canStop) return expectDenied('restart', requester, server)
        const again = await ok(as('restart', requester))
        expect(again).to.include({owned: true, 'owner-source': requester, reused: false})
        expect(lives(server)).to.equal(false)
        expect(serversOf(sandbox).map(({pid}) => pid)).to.deep.equal([again['pid']])
      })
    })
  }

  it('the server itself keeps the rule, by the owner that the record names at that moment', async () => {
    const server = await owned('cli')
    const record = sandbox.record()!
    const denials = [
      ['cli', 'electron'],
      ['electron', 'cli'],
      ['unknown', 'electron'],
    ] as const
    for (const [owner, requester] of denials) {
      sandbox.writeRecord({...record, 'owner-source': owner})
      const answer = await askToStop(record, {'owner-source': requester})
      expect(answer.status, `${requester} on ${owner}`).to.equal(403)
      expect(answer.json.error).to.include({code: 'server-owned-by-other', 'owner-source': owner})
    }

    expect((await askToStop(record, {})).status).to.equal(400)
    expect(
      (await http(record['port'] as number, '/v1/shutdown', {body: {'owner-source': 'cli'}, token: 'wrong'})).status,
    ).to.equal(401)
    expect(lives(server)).to.equal(true)
    expect((await http(record['port'] as number, '/readyz')).status).to.equal(200)

    // The last rewrite says unknown: the command line may.
    expect((await askToStop(record, {'owner-source': 'cli'})).status).to.equal(200)
    await until(() => !lives(server), 3000, 'the server to end')
  })

  it('the command line takes over a server without an owner, and keeps every unknown field', async () => {
    const server = await startUnowned(sandbox)
    const before = {...sandbox.record()!, 'x-note': {kept: [1, 'two']}, 'x-second': null}
    sandbox.writeRecord(before)
    await ok(as('start', 'electron'))
    expect(sandbox.record()).to.deep.equal(before)

    await ok(as('start', 'cli'))
    expect(sandbox.record()).to.deep.equal({...before, 'owner-source': 'cli'})
    expect((await askToStop(before, {'owner-source': 'electron'})).status).to.equal(403)
    expect(lives(server)).to.equal(true)
  })

  it('a record without owner-source, or with another one, has no owner', async () => {
    const server = await owned('electron')
    const record = sandbox.record()!
    for (const source of [undefined, 'mobile', 7]) {
      sandbox.writeRecord({...record, 'owner-source': source})
      expect(await ok(as('status', 'cli'))).to.include({
        owned: true,
        'owner-source': 'unknown',
        status: 'ready',
      })
    }

    expect(await ok(as('start', 'cli'))).to.include({owned: true, 'owner-source': 'cli', pid: server.pid})
    expect(sandbox.record()).to.include({'owner-source': 'cli'})
  })

  describe('an app that has died', () => {
    /** Writes into the record which process owns the server. */
    const ownedBy = ({pid, start}: Known) =>
      sandbox.writeRecord({...sandbox.record()!, 'owner-id': 'profile-1', 'owner-pid': pid, 'owner-start': start})

    it('leaves a server that the command line may stop', async () => {
      const server = await owned('electron')
      ownedBy(await deadProcess(sandbox))
      expect(await ok(as('stop', 'cli'))).to.include({'stopped-by': 'shutdown'})
      expect(lives(server)).to.equal(false)
    })

    it('leaves a server that the command line takes over', async () => {
      const server = await owned('electron')
      ownedBy(await deadProcess(sandbox))
      expect(await ok(as('start', 'cli'))).to.include({owned: true, 'owner-source': 'cli', pid: server.pid})
      expect(sandbox.record()).to.include({'owner-source': 'cli'})
      expect(sandbox.record()).not.to.have.any.keys('owner-id', 'owner-pid', 'owner-start')
    })

    it('is not dead while its process lives', async () => {
      const server = await owned('electron')
      ownedBy(await spawnThere(sandbox, LOOK_ALIKE, []))
      await expectDenied('stop', 'cli', server)
      expect(await ok(as('start', 'cli'))).to.include({owned: false, 'owner-source': 'electron'})
    })

    it('is dead when its pid is another process’s by now', async () => {
      const server = await owned('electron')
      const unrelated = await spawnThere(sandbox, LOOK_ALIKE, [])
      ownedBy({...unrelated, start: '1'})
      expect(await ok(as('restart', 'cli'))).to.include({owned: true, 'owner-source': 'cli'})
      expect([lives(server), lives(unrelated)]).to.deep.equal([false, true])
    })
  })

  describe('two profiles of the app', () => {
    const call = (id?: string) => ({
      dataDir: sandbox.dataDir,
      repo: 'demo',
      requester: {id, source: 'electron'} satisfies Requester,
    })

    const rows = [
      {asks: 'a', canStop: true, owner: 'a'},
      {asks: 'b', canStop: false, owner: 'a'},
      {asks: undefined, canStop: true, owner: 'a'},
      {asks: 'b', canStop: true, owner: undefined},
    ]
    for (const {asks, canStop, owner} of rows) {
      it(`${asks ?? 'one without an id'} ${canStop ? 'stops' : 'may not stop'} what ${owner ?? 'one without an id'} started`, async () => {
        const started = await startServer({...call(owner), create: true})
        const server = sandbox.track(started.pid)!
        const shared = await startServer(call(asks))
        expect(shared).to.include({owned: canStop, pid: server.pid})
        const body = {'owner-source': 'electron', ...(asks !== undefined && {'owner-id': asks})}
        if (!canStop) {
          const error = await refusal(stopServer(call(asks)))
          expect(error.code).to.equal('server-owned-by-other')
          expect(error.details).to.include({'owner-id': owner, 'owner-source': 'electron'})
          expect((await askToStop(sandbox.record()!, body)).status).to.equal(403)
          expect(lives(server)).to.equal(true)
          return
        }

        expect(await stopServer(call(asks))).to.include({pid: server.pid, 'stopped-by': 'shutdown'})
        expect(lives(server)).to.equal(false)
      })
    }
  })
})

describe('the plan’s edge cases', () => {
  const sandbox = useSandbox()

  it('lock file missing but the old CLI server still alive: restart ends it, then starts cleanly', async () => {
    const old = know((await sandbox.start())['pid'] as number)!
    process.kill(old.pid, 'SIGSTOP') // so that it does not end itself
    sandbox.removeRecord()
    const again = await sandbox.ok(['server', 'restart', '-r', 'demo'])
    expect(again).to.deep.include({'orphan-scan': 'done', 'orphans-terminated': [old.pid], reused: false})
    expect(lives(old)).to.equal(false)
    expect(sandbox.record()).to.include({pid: again['pid']})
    expect(serversOf(sandbox).map(({pid}) => pid)).to.deep.equal([again['pid']])
  })

  it('lock owner is cli and the app asks for a server: reused, not owned, never stopped', async () => {
    const started = await sandbox.start()
    const shared = await sandbox.ok(['server', 'start', '-r', 'demo', '--owner-source', 'electron'])
    expect(shared).to.include({owned: false, 'owner-source': 'cli', pid: started['pid'], reused: true})
    expect(await sandbox.fails(['server', 'stop', '-r', 'demo', '--owner-source', 'electron'])).to.include({exit: 4})
    expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({pid: started['pid'], status: 'ready'})
  })

  it('lock owner is electron and the CLI stops: server-owned-by-other with the owner, no process killed', async () => {
    const started = await sandbox.start('demo', '--owner-source', 'electron')
    const error = await sandbox.fails(['server', 'stop', '-r', 'demo'])
    expect(error).to.include({code: 'server-owned-by-other', exit: 4, 'owner-source': 'electron'})
    expect(know(started['pid'] as number)).not.to.equal(undefined)
  })

  it('legacy lock file without owner-source: unknown, taken over by the CLI, which rewrites the owner', async () => {
    const started = await sandbox.start('demo', '--owner-source', 'electron')
    const {'owner-source': _, ...ownerless} = sandbox.record()!
    sandbox.writeRecord(ownerless)
    expect(await sandbox.ok(['server', 'start', '-r', 'demo'])).to.include({owned: true, pid: started['pid']})
    expect(sandbox.record()).to.deep.equal({...ownerless, 'owner-source': 'cli'})
  })

  it('two owners race to start one graph: the first lock wins, the second reuses', async () => {
    const start = (owner: string) => sandbox.ok(['server', 'start', '-r', 'demo', '--create', '--owner-source', owner])
    const [cli, electron] = await Promise.all([start('cli'), start('electron')])
    expect(cli['pid']).to.equal(electron['pid'])
    expect([cli['reused'], electron['reused']].sort()).to.deep.equal([false, true])
    const {'owner-source': owner} = sandbox.record()!
    expect([cli['owned'], electron['owned']]).to.deep.equal([owner === 'cli', owner === 'electron'])
    expect(serversOf(sandbox)).to.have.length(1)
  })

  for (const next of ['cli', 'electron']) {
    it(`the server crashes and its lock stays: ${next} starts normally`, async () => {
      const started = await sandbox.start('demo', '--owner-source', next === 'cli' ? 'electron' : 'cli')
      await end(know(started['pid'] as number)!)
      expect(sandbox.record()).to.include({pid: started['pid']})
      const again = await sandbox.ok(['server', 'start', '-r', 'demo', '--owner-source', next])
      expect(again).to.include({owned: true, 'owner-source': next, reused: false})
      expect(serversOf(sandbox).map(({pid}) => pid)).to.deep.equal([again['pid']])
    })
  }
})
