import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {unpackGraph} from '../support/graphs.js'
import {argvOf, end, know, lives} from '../support/processes.js'
import {graphArgs, legacyScript, LOOK_ALIKE, serversOf, spawnThere, startLegacy} from '../support/unrelated-programs.js'
import {useSandbox} from '../support/use.js'
import {endOf, workerArgs} from '../support/workers.js'

/** It has a second after its record is gone; and the command itself takes its time. */
const STOP_MS = 2000

describe('a server of Logseq’s own beside ours', () => {
  const sandbox = useSandbox()
  const {fails, ok} = commandsIn(sandbox)

  const as = (command: string, requester: string) => ['server', command, '-r', 'demo', '--owner-source', requester]

  const rows = [
    {args: ['--owner-source', 'cli'], asks: 'cli', owned: true, owner: 'cli', ownerThen: 'cli'},
    {args: ['--owner-source', 'cli'], asks: 'electron', owned: false, owner: 'cli', ownerThen: 'cli'},
    {args: ['--owner-source', 'electron'], asks: 'cli', owned: false, owner: 'electron', ownerThen: 'electron'},
    {args: ['--owner-source', 'electron'], asks: 'electron', owned: true, owner: 'electron', ownerThen: 'electron'},
    {args: [], asks: 'cli', owned: true, owner: 'nobody', ownerThen: 'cli'},
    {args: [], asks: 'electron', owned: false, owner: 'nobody', ownerThen: 'unknown'},
  ]
  for (const {args, asks, owned, owner, ownerThen} of rows) {
    it(`owned by ${owner}: a start by ${asks} reuses it${ownerThen === owner || owned === false ? '' : ', and takes it over'}`, async () => {
      const legacy = await startLegacy(sandbox, args)
      const {'owner-source': _, ...record} = sandbox.record()!
      expect(await ok(as('start', asks))).to.include({
        owned,
        'owner-source': ownerThen,
        pid: legacy.pid,
        reused: true,
      })
      expect(sandbox.record()).to.deep.equal({...record, 'owner-source': ownerThen})
      expect(await ok(as('status', asks))).to.include({owned, pid: legacy.pid, status: 'ready'})
      expect(serversOf(sandbox)).to.deep.equal([legacy])
    })
  }

  it('whose record has no owner-source is taken over, and its record keeps the rest', async () => {
    const legacy = await startLegacy(sandbox, [], {LEGACY_OWNERLESS: '1'})
    const before = sandbox.record()!
    expect(before).not.to.have.property('owner-source')
    expect(await ok(as('start', 'cli'))).to.include({owned: true, 'owner-source': 'cli', pid: legacy.pid})
    expect(sandbox.record()).to.deep.equal({...before, 'owner-source': 'cli'})
  })

  it('that is opening its graph is waited for', async () => {
    const legacy = await startLegacy(sandbox, [], {LEGACY_OPEN_MS: '2500'})
    expect(sandbox.record()).to.include({port: 0})
    expect(await ok(as('start', 'electron'))).to.include({pid: legacy.pid, reused: true})
    expect(sandbox.record()!['port']).to.be.greaterThan(0)
  })

  it('that does not end when it is asked to is stopped by a signal', async () => {
    const journal = join(sandbox.dir, 'journal')
    const legacy = await startLegacy(sandbox, ['--owner-source', 'cli'], {LEGACY_JOURNAL: journal})
    const ran = await sandbox.json(as('stop', 'cli'))
    expect(ran.data).to.include({pid: legacy.pid, 'stopped-by': 'sigterm'})
    expect(ran.ms).to.be.lessThan(3 * STOP_MS)
    expect(lives(legacy)).to.equal(false)
    expect(sandbox.record()).to.equal(undefined)
    expect(readFileSync(journal, 'utf8').split('\n')).to.include.members(['POST /v1/shutdown', 'SIGTERM'])
  })

  for (const command of ['stop', 'restart']) {
    it(`is sent nothing when a ${command} is denied`, async () => {
      const journal = join(sandbox.dir, 'journal')
      const legacy = await startLegacy(sandbox, ['--owner-source', 'electron'], {LEGACY_JOURNAL: journal})
      const error = await fails(as(command, 'cli'))
      expect(error).to.include({code: 'server-owned-by-other', exit: 4, 'owner-source': 'electron', pid: legacy.pid})
      const asked = readFileSync(journal, 'utf8').trim().split('\n')
      expect(asked.filter((line) => !['GET /healthz', 'GET /readyz'].includes(line))).to.deep.equal([])
      expect(lives(legacy)).to.equal(true)
    })
  }

  for (const owner of ['cli', 'electron']) {
    it(`owned by ${owner}, without its record: ended and replaced by a start`, async () => {
      const legacy = await startLegacy(sandbox, ['--owner-source', owner])
      sandbox.removeRecord()
      const started = await sandbox.start()
      expect(started).to.deep.include({'orphan-scan': 'done', 'orphans-terminated': [legacy.pid], reused: false})
      expect(lives(legacy)).to.equal(false)
      // It removes whatever record it finds when it ends: the new one was written after that.
      expect(sandbox.record()).to.include({pid: started['pid'], version: 2})
      expect(await ok(['server', 'status', '-r', 'demo'])).to.include({pid: started['pid'], status: 'ready'})
    })
  }

  it('without its record is named by status and by a stop', async () => {
    await sandbox.start()
    await ok(['server', 'stop', '-r', 'demo'])
    const legacy = await startLegacy(sandbox)
    sandbox.removeRecord()
    expect(await ok(['server', 'status', '-r', 'demo'])).to.deep.include({
      orphans: [legacy.pid],
      status: 'stopped',
    })
    const error = await fails(['server', 'stop', '-r', 'demo'])
    expect(error).to.deep.include({code: 'server-not-found', exit: 3, orphans: [legacy.pid]})
    expect(lives(legacy)).to.equal(true)
  })

  it('that has crashed leaves a record that is stale, and replaced', async () => {
    const legacy = await startLegacy(sandbox)
    await end(legacy)
    expect(await ok(['server', 'status', '-r', 'demo'])).to.include({status: 'stale'})
    expect(await sandbox.start()).to.include({owned: true, reused: false})
    expect(sandbox.record()).to.include({version: 2})
  })

  it('that has the record makes a server of ours exit', async () => {
    const legacy = await startLegacy(sandbox, ['--owner-source', 'electron'])
    const before = readFileSync(sandbox.recordPath(), 'utf8')
    const ours = sandbox.spawn(process.execPath, workerArgs(sandbox), {stdio: ['ignore', 'ignore', 'pipe']})
    const said: Buffer[] = []
    ours.stderr!.on('data', (chunk: Buffer) => said.push(chunk))
    expect(await endOf(ours)).to.deep.equal({code: 1, signal: null})
    expect(Buffer.concat(said).toString()).to.contain('repo-locked').and.to.contain(`pid ${legacy.pid}`)
    expect(readFileSync(sandbox.recordPath(), 'utf8')).to.equal(before)
    expect(lives(legacy)).to.equal(true)
    expect(existsSync(join(sandbox.graphDir(), 'db.sqlite'))).to.equal(false)
  })

  it('answers for no record but its own', async () => {
    await startLegacy(sandbox)
    const {port} = sandbox.record()!
    const unrelated = await spawnThere(sandbox, LOOK_ALIKE, graphArgs(sandbox, 'other'))
    sandbox.writeRecord({repo: 'logseq_db_other', pid: unrelated.pid, 'lock-id': 'x', host: '127.0.0.1', port}, 'other')
    expect(await ok(['server', 'status', '-r', 'other'])).to.include({status: 'stale'})
    expect(await fails(['server', 'stop', '-r', 'other'])).to.include({code: 'server-not-found', exit: 3})
    expect(lives(unrelated)).to.equal(true)
    expect(await ok(['server', 'status', '-r', 'demo'])).to.include({port, status: 'ready'})
  })

  const ways: [string, (script: string) => {args: string[]; env?: Record<string, string>}][] = [
    ['--worker-script', (script) => ({args: ['--worker-script', script]})],
    ['LOGSEQ_DB_WORKER_NODE_SCRIPT', (script) => ({args: [], env: {LOGSEQ_DB_WORKER_NODE_SCRIPT: script}})],
  ]
  for (const [way, how] of ways) {
    it(`is started in place of ours by ${way}, and waited for by its record`, async () => {
      const script = legacyScript(sandbox)
      const {args, env} = how(script)
      const started = await sandbox.ok(['server', 'start', '-r', 'demo', '--create', ...args], {env})
      const legacy = know(started['pid'] as number)!
      expect(started).to.include({owned: true, 'owner-source': 'cli', port: sandbox.record()!['port'], reused: false})
      expect(argvOf(legacy.pid)).to.include.members([script, '--root-dir', sandbox.dir])
      expect(serversOf(sandbox)).to.deep.equal([legacy])
      expect(await sandbox.start()).to.include({pid: legacy.pid, reused: true})
    })
  }

  it('is restarted, listed and stopped as the script of a start', async () => {
    const script = ['--worker-script', legacyScript(sandbox)]
    const first = await ok([...as('start', 'cli'), '--create', ...script])
    writeFileSync(join(sandbox.graphDir(), 'db.sqlite'), '') // as it makes it when it opens its graph
    const second = await ok([...as('restart', 'cli'), ...script])
    expect(second).to.include({owned: true, reused: false})
    expect(second['pid']).not.to.equal(first['pid'])
    const {servers} = await ok(['server', 'list'])
    expect(servers).to.have.length(1)
    expect(servers[0]).to.include({owned: true, pid: second['pid'], status: 'ready'})
    expect(await ok(as('stop', 'cli'))).to.include({pid: second['pid']})
    expect(serversOf(sandbox)).to.deep.equal([])
    expect(await fails(as('stop', 'cli'))).to.include({code: 'server-not-found'})
  })

  for (const [fixture, made, served] of [
    ['base-server', 'My Notes', 'My~20Notes'],
    ['head-server', 'My~20Notes', 'My Notes'],
  ] as const) {
    it(`is not left serving ${served} when ${made} was meant`, async () => {
      mkdirSync(sandbox.graphDir('My Notes'))
      unpackGraph('fresh', join(sandbox.graphDir('My Notes'), 'db.sqlite'))
      if (made !== 'My Notes') renameSync(sandbox.graphDir('My Notes'), sandbox.graphDir(made))
      const script = legacyScript(sandbox, fixture)
      const error = await sandbox.fails(['server', 'start', '-r', 'My Notes', '--worker-script', script])
      expect(error).to.include({code: 'server-start-failed', exit: 6})
      expect(error.message).to.contain(`${sandbox.graphDir(served)}, not ${sandbox.graphDir(made)}`)
      expect(error.ms).to.be.lessThan(15_000)
      expect(serversOf(sandbox, 'My Notes')).to.deep.equal([])
    })
  }

  it('without its record is ended before the script of a start begins', async () => {
    const legacy = await startLegacy(sandbox, ['--owner-source', 'cli'])
    sandbox.removeRecord()
    const started = await ok([...as('start', 'cli'), '--create', '--worker-script', legacyScript(sandbox)])
    expect(started).to.deep.include({'orphans-terminated': [legacy.pid], reused: false})
    expect(serversOf(sandbox).map(({pid}) => pid)).to.deep.equal([started['pid']])
  })
})
