import {spawnSync} from 'node:child_process'
import {chownSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {needsRoot, NOBODY} from '../support/fake-user.js'
import {operationsIn} from '../support/operations.js'
import {otherBuild} from '../support/other-build.js'
import {end, know, lives, mentioning, until} from '../support/processes.js'
import {CLI, namesIn, type RunOptions} from '../support/sandbox.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'
import {fixtureProgram} from '../support/workers.js'

const UUID = '00000000-0000-4000-8000-000000000001'

describe('doctor', function () {
  this.timeout(120_000)
  const schema = compileSchemas()('doctor.json')
  const sandbox = useSandbox()
  const {check, start, stop} = operationsIn(sandbox)

  beforeEach(() => {
    mkdirSync(join(sandbox.dir, 'bin'))
  })

  /** Runs doctor, and returns the codes of what it found beside the notes about this machine, its result and its exit code. */
  async function look(args: string[] = [], options: RunOptions = {}) {
    const ran = await sandbox.json(['doctor', ...args], {...options, env: {PATH: '/usr/bin:/bin', ...options.env}})
    conform(schema, ran.data)
    const findings = ran.data['findings'] as Record<string, any>[]
    const ofMachine = new Set(['completion-not-installed', 'memory-file-system', 'not-on-path'])
    return {
      codes: findings.map(({code}) => code as string).filter((code) => !ofMachine.has(code)),
      exit: ran.code,
      findings,
      fixes: ran.data['fixes'] as {done: boolean; message: string}[],
      healthy: ran.data['healthy'] as boolean,
    }
  }

  const killed = async (repo = 'demo') => {
    const {pid} = await sandbox.start(repo)
    await end(know(pid as number)!)
  }

  it('finds nothing wrong with a graph and its server, and leaves nothing behind', async () => {
    await sandbox.start()
    expect(await look()).to.deep.include({codes: [], exit: 0, healthy: true})
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['demo'])
    const ran = await sandbox.run(['doctor'], {env: {PATH: '/usr/bin:/bin'}})
    expect(ran.code).to.equal(0)
    expect(ran.stdout)
      .to.match(/^ok {7}Node\.js/)
      .and.match(/No problems found\.\n$/)
  })

  it('works without a data directory, without HOME, and with a file in its place', async () => {
    expect(await look(['--data-dir', join(sandbox.dir, 'none')])).to.deep.include({
      codes: ['data-dir-missing'],
      exit: 0,
    })
    expect(existsSync(join(sandbox.dir, 'none'))).to.equal(false)
    expect((await look([], {env: {HOME: undefined, LOGSEQ_CLI_DATA_DIR: undefined}})).exit).to.be.oneOf([0, 1])
    writeFileSync(join(sandbox.dir, 'file'), '')
    expect(await look(['--data-dir', join(sandbox.dir, 'file')])).to.deep.include({
      codes: ['data-dir-unusable'],
      exit: 1,
    })
  })

  it('names a lock file of a dead server; --fix removes it and nothing else', async () => {
    await killed()
    const database = readFileSync(join(sandbox.graphDir(), 'db.sqlite'))
    expect(await look()).to.deep.include({codes: ['unclean-end', 'stale-record'], exit: 1})
    expect(sandbox.record()).not.to.equal(undefined)

    const fixed = await look(['--fix'])
    expect(fixed).to.deep.include({codes: ['unclean-end'], exit: 1})
    expect(fixed.fixes).to.deep.equal([{done: true, message: 'Removed the lock file of demo'}])
    expect(sandbox.record()).to.equal(undefined)
    expect(readFileSync(join(sandbox.graphDir(), 'db.sqlite'))).to.deep.equal(database)

    await check()
    expect(await look(['--fix'])).to.deep.include({codes: [], exit: 0, fixes: []})
  })

  it('removes leftovers of dead processes with --fix, each with a line, and keeps what may be at work', async () => {
    await sandbox.start()
    await stop()
    const put = (name: string, hours: number) => {
      const path = join(sandbox.graphDir(), name)
      writeFileSync(path, 'x')
      const then = Date.now() / 1000 - hours * 3600
      utimesSync(path, then, then)
      return path
    }

    mkdirSync(join(sandbox.graphDir(), 'backups'), {recursive: true})
    const old = [
      put(`db-worker.lock.${UUID}.tmp`, 2),
      put(`db.sqlite.${UUID}.incoming`, 2),
      put('copy.sqlite.1a2b3c4d.part', 2),
      put('backups/20261124T115903123Z.sqlite.1a2b3c4d.part', 2),
    ]
    const kept = [put(`db-worker.guard.${UUID}.tmp`, 0), put('notes.tmp', 2), put(`db-worker.guard.${UUID}.aside`, 2)]
    const seen = await look()
    expect(seen.codes).to.deep.equal([...old.map(() => 'leftover-file'), 'file-aside'])
    expect(seen.fixes).to.deep.equal([])

    const ran = await sandbox.run(['doctor', '--fix'], {env: {PATH: '/usr/bin:/bin'}})
    expect(ran.code).to.equal(0)
    expect([...ran.stdout.matchAll(/^fixed {4}Removed (.*)$/gm)].map(([, path]) => path)).to.have.members(old)
    for (const path of old) expect(existsSync(path), path).to.equal(false)
    for (const path of kept) expect(existsSync(path), path).to.equal(true)
  })

  it('calls no server a leftover whose lock file cannot be read', async function () {
    needsRoot(this)
    const {pid} = await sandbox.start()
    process.kill(pid as number, 'SIGSTOP')
    const record = join(sandbox.graphDir(), 'db-worker.lock')
    chownSync(record, NOBODY, NOBODY)
    expect((await look()).codes).to.deep.equal(['unreadable-record'])
    chownSync(record, 0, 0)
    process.kill(pid as number, 'SIGCONT')
    expect((await look()).codes).to.deep.equal([])
  })

  it('finds a server that no lock file names, and neither ends it nor clears what it may own', async () => {
    const {pid} = await sandbox.start()
    const known = know(pid as number)!
    process.kill(known.pid, 'SIGSTOP') // or it sees that its record is gone, and ends
    sandbox.writeRecord('not JSON')
    const seen = await look(['--fix'])
    expect(seen.codes).to.have.members(['orphan-server', 'corrupt-record'])
    expect(seen.fixes).to.have.length(1)
    expect(seen.fixes[0]).to.include({done: false})
    expect(seen.findings.find(({code}) => code === 'orphan-server')).to.include({graph: 'demo', pid})
    expect(lives(known)).to.equal(true)
    await start() // as the hint says
    expect(lives(known)).to.equal(false)
    expect(await look()).to.deep.include({codes: [], exit: 0})
  })

  it('removes a lock file that is not valid, where no server lives', async () => {
    await sandbox.start()
    await stop()
    sandbox.writeRecord('not JSON')
    expect((await look()).codes).to.deep.equal(['corrupt-record'])
    expect(await look(['--fix'])).to.deep.include({codes: [], exit: 0})
    expect(sandbox.record()).to.equal(undefined)
  })

  it('names a suspended server, one of another build, and a file of tomorrow', async () => {
    const {pid} = await sandbox.ok(['server', 'start', '--create', '-r', 'other'], {
      cli: otherBuild(sandbox, 'otherbuild'),
    })
    sandbox.track(pid as number)
    const started = await sandbox.start()
    process.kill(started['pid'] as number, 'SIGSTOP')
    const tomorrow = Date.now() / 1000 + 86_400
    utimesSync(join(sandbox.graphDir('other'), 'db-worker.guard'), tomorrow, tomorrow)
    const {codes, exit} = await look(['--fix'])
    expect(codes).to.have.members(['server-unresponsive', 'server-other-build', 'future-dated'])
    expect(exit).to.equal(1)
    process.kill(started['pid'] as number, 'SIGCONT')
    expect(await sandbox.ok(['server', 'status', '-r', 'demo'])).to.include({pid: started['pid'], status: 'ready'})
  })

  it('says which program the name leads to', async () => {
    const dir = join(sandbox.dir, 'bin')
    writeFileSync(join(dir, 'logseq'), '#!/bin/sh\n', {mode: 0o755})
    writeFileSync(join(dir, 'package.json'), '{"name": "@logseq/cli", "version": "0.4.2"}')
    const {findings} = await look([], {env: {PATH: `${dir}:/usr/bin:/bin`}})
    expect(findings.find(({code}) => code === 'other-program')!['message']).to.contain('@logseq/cli 0.4.2')
  })

  it('detects that completion is set up', async () => {
    const codes = async (shell: string) =>
      (await look([], {env: {SHELL: shell}})).findings.map(({code}) => code as string)
    expect(await codes('/bin/bash')).to.include('completion-not-installed')
    expect(await codes('/bin/tcsh')).not.to.include('completion-not-installed')
    writeFileSync(join(sandbox.dir, '.bashrc'), 'eval "$(logseq completion bash)"\n')
    expect(await codes('/bin/bash')).not.to.include('completion-not-installed')
  })

  it('judges the rest where processes are hidden', async function () {
    const hide = 'mount -t tmpfs tmpfs /proc && exec "$0" "$@"'
    const ran = spawnSync('unshare', ['-m', 'sh', '-c', hide, process.execPath, CLI, 'doctor', '--json'], {
      encoding: 'utf8',
      env: {HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, PATH: process.env['PATH']},
    })
    if (!ran.stdout.startsWith('{')) {
      console.log('      skipped: /proc cannot be hidden here')
      this.skip()
    }

    const {data} = JSON.parse(ran.stdout) as {data: Record<string, any>}
    conform(schema, data)
    expect((data['findings'] as {code: string}[]).map(({code}) => code)).to.include('scan-failed')
    expect((data['checks'] as {check: string; outcome: string}[]).find(({check}) => check === 'locks')).to.include({
      outcome: 'ok',
    })
  })

  it('reports a broken configuration, and looks at all the rest', async () => {
    const config = join(sandbox.dir, 'config')
    mkdirSync(join(config, 'logseq'), {recursive: true})
    writeFileSync(join(config, 'logseq', 'config.json'), '{')
    const found = await look([], {env: {XDG_CONFIG_HOME: config}})
    expect(found).to.deep.include({codes: ['config-invalid'], exit: 1})
    expect(found.findings[0]).to.include({path: join(config, 'logseq', 'config.json')})
  })

  it('does not hang with a disk that does not respond', async function () {
    const library = join(sandbox.dir, 'silent-disk.so')
    const built = spawnSync('cc', ['-shared', '-fPIC', '-w', '-o', library, fixtureProgram('silent-disk.c')])
    if (process.platform !== 'linux' || built.status !== 0) {
      console.log('      skipped: no C compiler here')
      this.skip()
    }

    const began = performance.now()
    const ran = await sandbox.run(['doctor'], {env: {LD_PRELOAD: library, PATH: '/usr/bin:/bin'}})
    expect(ran.code).to.equal(1)
    expect(ran.stdout).to.match(/^error {4}.* does not respond/m)
    expect(ran.stderr).to.match(/^Looking for problems\.\.\.$/m)
    expect(performance.now() - began).to.be.below(30_000)
    await until(() => mentioning(sandbox.dataDir).length === 0, 10_000, 'the end of the process that hangs')
  })
})
