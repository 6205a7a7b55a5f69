import {execFileSync} from 'node:child_process'
import {chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {logFileName} from '../../src/lib/files/names.js'
import {commandsIn} from '../support/commands.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {lives} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

const USER = {uid: NOBODY}

describe('a graph on which root has worked', function () {
  this.timeout(120_000)
  /** A graph that the user has made. */
  const made = useSandbox('suite')
  before(async function () {
    needsRoot(this)
    for (const dir of [made.dir, made.dataDir]) chownSync(dir, NOBODY, NOBODY)
    await made.ok(['graph', 'create', '--repo', 'demo'], USER)
    await made.ok(['server', 'stop', '--repo', 'demo'], USER)
  })

  const sandbox = useSandbox()
  const {ok} = commandsIn(sandbox)
  beforeEach(() => {
    for (const dir of [sandbox.dir, sandbox.dataDir]) chownSync(dir, NOBODY, NOBODY)
    execFileSync('cp', ['-a', made.graphDir(), sandbox.graphDir()])
  })

  const transact = ['invoke', 'transact', '[{"db/ident": ":logseq.kv/mark", "kv/value": 1}]', '--repo', 'demo']

  function ownersOf(dir: string): number[] {
    return [...new Set(readdirSync(dir, {recursive: true}).map((name) => statSync(join(dir, String(name))).uid))]
  }

  it('belongs to its owner as before, whatever root made in it', async () => {
    await ok(['server', 'start', '--force', '--repo', 'demo'])
    await ok([...transact, '--force'])
    await ok(['graph', 'backup', '--repo', 'demo', '--force'])
    expect(ownersOf(sandbox.graphDir())).to.deep.equal([NOBODY])
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'], USER)).to.include({status: 'ready'})
    await ok(['server', 'stop', '--force', '--repo', 'demo'])
    expect(await sandbox.ok(['server', 'start', '--repo', 'demo'], USER)).to.include({reused: false})
    await sandbox.ok(['graph', 'backup', '--repo', 'demo'], USER)
  })

  it('belongs to its owner when the server of root was killed', async () => {
    const {pid} = await ok(['server', 'start', '--force', '--repo', 'demo'])
    await ok([...transact, '--force'])
    process.kill(pid, 'SIGKILL')
    expect(await sandbox.ok(['server', 'start', '--repo', 'demo'], USER)).to.include({reused: false})
  })

  it('says to its owner who has to stop a server of root that hangs', async () => {
    const {pid} = await ok(['server', 'start', '--force', '--repo', 'demo'])
    const known = sandbox.track(pid as number)!
    process.kill(known.pid, 'SIGSTOP')
    const env = {LOGSEQ_CLI_DATA_DIR: sandbox.dataDir}
    const error = await sandbox.fails(['server', 'stop', '--repo', 'demo'], {...USER, env})
    expect(error).to.include({
      code: 'data-dir-permission',
      hint: `\`ps -o user= -p ${pid}\` shows the user. Run the command as that user, or as root.`,
      message: `pid ${pid} belongs to another user, who has to stop it`,
    })
    expect(lives(known)).to.equal(true)
  })

  /** Files as an earlier version run as root has left them. */
  function leave(...names: string[]): void {
    for (const name of names) {
      const path = join(sandbox.graphDir(), name)
      writeFileSync(path, '')
      chownSync(path, 0, 0)
      chmodSync(path, 0o600)
    }
  }

  it('is cleared of a guard, a holder file and a log of root', async () => {
    leave('db-worker.guard', 'db-worker.lifecycle.json', logFileName(new Date()))
    expect(await sandbox.ok(['server', 'start', '--repo', 'demo'], USER)).to.include({reused: false})
    expect(statSync(join(sandbox.graphDir(), 'db-worker.guard')).uid).to.equal(NOBODY)
    expect(statSync(join(sandbox.graphDir(), logFileName(new Date()))).size).to.be.above(0)
  })

  for (const names of [['db-worker.lock', 'db-worker.guard'], ['db-worker.lock'], ['db.sqlite-wal'], ['db.sqlite']]) {
    it(`is refused with the name of the user, and what to do: ${names.join(' and ')}`, async () => {
      leave(...names)
      const error = await sandbox.fails(['server', 'start', '--repo', 'demo'], USER)
      expect(error).to.include({code: 'data-dir-permission', exit: 5, user: 'root'})
      expect(error.message).to.include('root')
      expect(error.hint).to.include(`sudo chown -R ${NOBODY} ${sandbox.graphDir()}`)
    })
  }

  it('is refused with the name of the user where the backups are root’s', async () => {
    mkdirSync(join(sandbox.graphDir(), 'backups'), {recursive: true})
    chownSync(join(sandbox.graphDir(), 'backups'), 0, 0)
    chmodSync(join(sandbox.graphDir(), 'backups'), 0o755)
    const error = await sandbox.fails(['graph', 'backup', '--repo', 'demo'], USER)
    expect(error).to.include({code: 'data-dir-permission'})
    expect(error.message).to.include('root')
  })

  it('keeps the guard that a live server of root holds', async () => {
    const started = await ok(['server', 'start', '--force', '--repo', 'demo'])
    const known = sandbox.track(started['pid'])!
    const guard = join(sandbox.graphDir(), 'db-worker.guard')
    const {ino} = statSync(guard)
    for (const name of ['db-worker.guard', 'db-worker.lock']) chownSync(join(sandbox.graphDir(), name), 0, 0)
    expect((await sandbox.fails(['server', 'start', '--repo', 'demo'], USER)).code).to.equal('data-dir-permission')
    expect(existsSync(guard) && statSync(guard).ino).to.equal(ino)
    expect(lives(known)).to.equal(true)
  })
})
