import {once} from 'node:events'
import {mkdirSync, writeFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {darwinTable, parsePsLine} from '../../../src/lib/process/table-darwin.js'
import {linuxTable} from '../../../src/lib/process/table-linux.js'
import {useSandbox} from '../../support/use.js'
import {makeZombie} from '../../support/zombie.js'

describe('a line of ps', () => {
  it('reports start, state, user, memory and the joined arguments', () => {
    const line = 'Mon Nov 23 14:45:49 2026     Ss     501  23456 node /a b/db-worker-node.js --repo x  --graph-id y'
    expect(parsePsLine(7, line)).to.deep.equal({
      commandLine: 'node /a b/db-worker-node.js --repo x  --graph-id y',
      pid: 7,
      rss: 23_456 * 1024,
      start: 'Mon Nov 23 14:45:49 2026',
      uid: 501,
      zombie: false,
    })
  })

  it('reports the same start with any padding', () => {
    const [one, other] = ['Mon Nov  2 04:05:09 2026 S 0 0 x', '  Mon  Nov 2 04:05:09  2026   S  0 0 x'].map((line) =>
      parsePsLine(1, line),
    )
    expect(one?.start).to.equal('Mon Nov 2 04:05:09 2026').and.to.equal(other?.start)
  })

  for (const [state, zombie] of [
    ['Z', true],
    ['Z+', true],
    ['S', false],
    ['R+', false],
    ['T', false],
    ['U', false],
  ] as const) {
    it(`a process in state ${state} is ${zombie ? 'a zombie' : 'alive'}`, () => {
      expect(parsePsLine(1, `Mon Nov 23 14:45:49 2026 ${state} 0 0 (node)`)?.zombie).to.equal(zombie)
    })
  }

  it('of a process whose arguments hold a line break is still one process', () => {
    expect(parsePsLine(1, 'Mon Nov 23 14:45:49 2026 S 0 0 node a\nb')?.commandLine).to.equal('node a\nb')
  })

  it('of a process that shows no arguments is still one process', () => {
    expect(parsePsLine(1, 'Mon Nov 23 14:45:49 2026 S 0 0')).to.deep.include({
      start: 'Mon Nov 23 14:45:49 2026',
      uid: 0,
    })
  })

  for (const line of ['', 'ps: illegal argument', 'STARTED STAT UID RSS ARGS']) {
    it(`${JSON.stringify(line)} is refused`, () => {
      expect(parsePsLine(1, line)).to.equal(undefined)
    })
  }
})

describe('the process table of macOS, with the ps that is here', () => {
  const table = darwinTable(async () => 'boot')
  const sandbox = useSandbox()

  before(function () {
    if (process.platform === 'linux') return
    console.log('      skipped: what ps tells is compared with /proc')
    this.skip()
  })

  it('returns the same fields of a process as /proc', async () => {
    const child = sandbox.spawn('sleep', ['600'])
    const exact = (await linuxTable().getProcess(child.pid))!
    const seen = (await table.getProcess(child.pid))!
    expect(seen).to.deep.include({commandLine: 'sleep 600', pid: child.pid, uid: exact.uid, zombie: false})
    expect(seen.start).to.match(/^\w{3} \w{3} \d+ \d\d:\d\d:\d\d \d{4}$/)
    expect(Math.abs(Date.parse(`${seen.start} UTC`) - Date.now())).to.be.lessThan(60_000)
    expect((await table.getProcess(child.pid))!.start).to.equal(seen.start)
    const {rss} = (await table.getProcess(process.pid))!
    expect(rss! / process.memoryUsage().rss).to.be.within(0.5, 2)
  })

  it('reports the same start in every time zone and language', async () => {
    const before = {LC_ALL: process.env['LC_ALL'], TZ: process.env['TZ']}
    const first = await table.getProcess(process.pid)
    try {
      Object.assign(process.env, {LC_ALL: 'de_DE.UTF-8', TZ: 'Asia/Tokyo'})
      expect((await table.getProcess(process.pid))?.start).to.equal(first?.start)
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })

  it('shows a graph id whole, however long the line and whatever stands before it', async () => {
    const id = 'f'.repeat(64)
    const args = [
      '-e',
      'process.send("there"); setInterval(() => {}, 1e6)',
      '--',
      'x'.repeat(4000),
      '日本\n語',
      '--graph-id',
      id,
    ]
    const child = sandbox.spawn(process.execPath, args, {stdio: ['ignore', 'ignore', 'inherit', 'ipc']})
    await once(child, 'message')
    for (const line of [
      (await table.getProcess(child.pid))?.commandLine,
      (await table.list()).find(({pid}) => pid === child.pid)?.commandLine,
    ]) {
      expect(line?.split(' ').slice(-2)).to.deep.equal(['--graph-id', id])
    }
  })

  it('recognises a missing process, and a zombie', async () => {
    const child = sandbox.spawn('true', [])
    await once(child, 'exit')
    expect(await table.getProcess(child.pid)).to.equal(undefined)

    const pid = await makeZombie(sandbox)
    expect((await table.getProcess(pid))?.zombie).to.equal(true)
  })

  it('lists us', async () => {
    expect((await table.list()).map(({pid}) => pid)).to.include(process.pid)
  })

  for (const [what, script] of [
    ['empty', '#!/bin/sh\n'],
    ['without us', '#!/bin/sh\necho "    1     0     0  0.0  0.0 Mon Nov 23 14:02:22 2026 init /sbin/init"\n'],
  ] as const) {
    it(`a list that is ${what} is an error, never "no processes"`, async () => {
      const bin = join(sandbox.dir, 'bin')
      mkdirSync(bin)
      writeFileSync(join(bin, 'ps'), script, {mode: 0o755})
      const {PATH} = process.env
      process.env['PATH'] = bin
      try {
        const listed = await table.list().then(
          () => 'listed',
          (error: unknown) => error,
        )
        expect(listed).to.be.instanceOf(Error)
      } finally {
        process.env['PATH'] = PATH
      }
    })
  }

  it('derives the host identity from the boot and the host', async () => {
    expect(await table.hostIdentity()).to.deep.equal({'boot-id': 'boot', 'machine-id': hostname()})
    expect(table.scans).to.equal(true)
    expect(table.listens(process.pid, 1)).to.equal(undefined)
  })
})
