import type {ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {hostname} from 'node:os'
import {dirname, join} from 'node:path'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'

import {linuxTable} from '../../../src/lib/process/table-linux.js'
import {closedPort, listen} from '../../support/fake-listener.js'
import {know, until} from '../../support/processes.js'
import {useSandbox} from '../../support/use.js'
import {makeZombie} from '../../support/zombie.js'

const WAIT = 'process.send("there"); setInterval(() => {}, 1e6)'

describe('the process table of Linux', () => {
  before(function () {
    if (process.platform === 'linux') return
    console.log('      skipped: there is no /proc here')
    this.skip()
  })

  const table = linuxTable()
  const sandbox = useSandbox()

  /** A Node.js process that waits, with these arguments. */
  async function waiting(
    args: string[],
    options: {argv0?: string; cwd?: string} = {},
  ): Promise<ChildProcess & {pid: number}> {
    const child = sandbox.spawn(process.execPath, ['-e', WAIT, ...args], {
      ...options,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(child, 'message')
    return child
  }

  it('reports that a zombie holds its files until its last thread has ended', async () => {
    for (let round = 0; round < 5; round++) {
      const {pid} = await waiting([])
      process.kill(pid, 'SIGKILL')
      const until = performance.now() + 10_000
      // Without a turn of the event loop, in which Node.js would reap the child.
      for (
        let facts = await table.getProcess(pid);
        !facts!.zombie || facts!.holdsFiles;
        facts = await table.getProcess(pid)
      )
        expect(performance.now()).to.be.lessThan(until)
      expect(readdirSync(`/proc/${pid}/task`)).to.deep.equal([String(pid)])
    }
  })

  for (const args of [
    ['--repo', 'My Notes', '--data-dir', '/a b/c'],
    ['', 'a', '', ''],
    ['a\nb', '日本語', 'e\u0301', '😀', '"quoted" \'text\' $HOME \\'],
    ['x'.repeat(100_000)],
  ]) {
    it(`returns the exact arguments: ${JSON.stringify(args).slice(0, 60)}`, async () => {
      const child = await waiting(['--', ...args])
      const expected = [process.execPath, '-e', WAIT, '--', ...args]
      expect((await table.getProcess(child.pid))?.argv).to.deep.equal(expected)
      const listed = (await table.list()).find(({pid}) => pid === child.pid)
      expect(listed?.argv).to.deep.equal(expected)
    })
  }

  it('reports the identity of a process, its namespace, and its start', async () => {
    const {pid} = await waiting([], {argv0: 'another name', cwd: sandbox.dataDir})
    const seen = await table.getProcess(pid)
    expect(seen).to.deep.include({
      cwd: sandbox.dataDir,
      exe: realpathSync(process.execPath),
      mountNamespace: readlinkSync('/proc/self/ns/mnt'),
      pid,
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
      start: know(pid)!.start,
      uid: process.getuid!(),
      zombie: false,
    })
    expect(seen?.argv?.[0]).to.equal('another name')
    expect(seen?.rss).to.be.within(1_000_000, 1_000_000_000)
  })

  it('reads what few callers need when they ask for it', async () => {
    const proc = join(sandbox.dir, 'proc')
    mkdirSync(join(proc, '7', 'ns'), {recursive: true})
    writeFileSync(join(proc, '7', 'stat'), `7 (node) S ${'1 '.repeat(18)}99`)
    const seen = await linuxTable(proc).getProcess(7)
    symlinkSync('/srv', join(proc, '7', 'cwd'))
    symlinkSync('mnt:[1]', join(proc, '7', 'ns', 'mnt'))
    symlinkSync('pid:[1]', join(proc, '7', 'ns', 'pid'))
    writeFileSync(join(proc, '7', 'status'), 'Uid:\t12\t12\nVmRSS:\t  5 kB\n')
    expect(seen).to.deep.include({cwd: '/srv', mountNamespace: 'mnt:[1]', pidNamespace: 'pid:[1]', rss: 5120, uid: 12})
  })

  it('is not led astray by the name of a program', async () => {
    const program = join(sandbox.dir, ') Z 1 (x y')
    copyFileSync('/bin/sleep', program)
    const {pid} = sandbox.spawn(program, ['600'])
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z 1 (x y)'), 5000, 'the program to run')
    const seen = await table.getProcess(pid)
    expect(seen).to.deep.include({argv: [program, '600'], exe: program, start: know(pid)!.start, zombie: false})
  })

  it('recognises a zombie, which accepts signals', async () => {
    const pid = await makeZombie(sandbox)
    expect(process.kill(pid, 0)).to.equal(true)
    const seen = await table.getProcess(pid)
    expect(seen).to.deep.include({argv: undefined, pid, zombie: true})
    expect(seen?.start).to.match(/^\d+$/)
  })

  it('recognises a missing process', async () => {
    const child = sandbox.spawn('true', [])
    await once(child, 'exit')
    expect(await table.getProcess(child.pid)).to.equal(undefined)
    expect(await table.getProcess(2 ** 31)).to.equal(undefined)
    expect(await table.getProcess(1e300)).to.equal(undefined)
  })

  it('lists us, and never calls a table that it cannot read empty', async () => {
    expect((await table.list()).map(({pid}) => pid)).to.include(process.pid)
    const proc = join(sandbox.dir, 'proc')
    const refused = () =>
      linuxTable(proc)
        .list()
        .then(
          () => 'listed',
          (error: Error) => error.message,
        )
    expect(await refused()).to.include('ENOENT')
    mkdirSync(join(proc, '1'), {recursive: true})
    expect(await refused()).to.include('does not list this process')
  })

  it('returns the host identity that all its processes share', async () => {
    const machineId = existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : ''
    expect(await table.hostIdentity()).to.deep.equal({
      'boot-id': readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      'machine-id': machineId || hostname(), // containers have none
      'pid-namespace': readlinkSync('/proc/self/ns/pid'),
    })
  })

  it('reads the host identity again until all of it is known, then keeps it', async () => {
    const [proc, machineId] = [join(sandbox.dir, 'proc'), join(sandbox.dir, 'machine-id')]
    const bootId = join(proc, 'sys', 'kernel', 'random', 'boot_id')
    mkdirSync(dirname(bootId), {recursive: true})
    mkdirSync(join(proc, 'self', 'ns'), {recursive: true})
    symlinkSync('pid:[1]', join(proc, 'self', 'ns', 'pid'))
    const made = linuxTable(proc, machineId)
    const known = {'boot-id': 'a', 'machine-id': 'm', 'pid-namespace': 'pid:[1]'}
    expect(await made.hostIdentity()).to.deep.equal({...known, 'boot-id': undefined, 'machine-id': hostname()})
    writeFileSync(bootId, 'a\n')
    expect(await made.hostIdentity()).to.deep.equal({...known, 'machine-id': hostname()})
    writeFileSync(machineId, 'm\n') // as systemd-firstboot does
    expect(await made.hostIdentity()).to.deep.equal(known)
    rmSync(machineId)
    expect(await made.hostIdentity()).to.deep.equal(known)
  })

  it('takes a process whose files cannot be read for invisible, not for dead', async () => {
    const proc = join(sandbox.dir, 'proc')
    mkdirSync(join(proc, String(process.pid), 'stat'), {recursive: true}) // as unreadable as on a failed disk
    expect(await linuxTable(proc).getProcess(process.pid)).to.deep.equal({pid: process.pid, zombie: false})
  })

  it('lacks the fields that /proc does not have, and no others', async () => {
    const proc = join(sandbox.dir, 'proc')
    mkdirSync(join(proc, '7'), {recursive: true})
    writeFileSync(join(proc, '7', 'stat'), `7 (a) b) S ${Array.from({length: 40}, (_, i) => i + 4).join(' ')}\n`)
    expect(await linuxTable(proc).getProcess(7)).to.deep.equal({
      argv: undefined,
      cwd: undefined,
      exe: undefined,
      mountNamespace: undefined,
      pid: 7,
      pidNamespace: undefined,
      rss: undefined,
      start: '22',
      uid: undefined,
      zombie: false,
    })
  })

  it('finds the process that listens on a port', async () => {
    const listener = await listen((_, response) => response.end())
    try {
      const {pid} = await waiting([])
      expect(table.listens(process.pid, listener.port)).to.equal(true)
      expect(table.listens(pid, listener.port)).to.equal(false)
      expect(table.listens(process.pid, await closedPort())).to.equal(false)
      expect(table.listens(2 ** 31, listener.port)).to.equal(undefined)
    } finally {
      await listener.close()
    }
  })

  it('a program whose file has been replaced keeps its name', async () => {
    const program = join(sandbox.dir, 'node')
    copyFileSync('/bin/sleep', program)
    const {pid} = sandbox.spawn(program, ['600'])
    await until(() => readlinkSync(`/proc/${pid}/exe`) === program, 5000, 'the program to run')
    const removed = sandbox.spawn('rm', [program], {stdio: ['ignore', 'pipe', 'pipe']})
    await text(removed.stdout!)
    await until(() => readlinkSync(`/proc/${pid}/exe`).endsWith('(deleted)'), 5000, 'the file to be gone')
    expect((await table.getProcess(pid))?.exe).to.equal(program)
  })
})
