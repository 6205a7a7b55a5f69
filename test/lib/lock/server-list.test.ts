import {execFileSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {addToServerList, isListed, readServerList, removeFromServerList} from '../../../src/lib/lock/server-list.js'
import {realSystem, type System} from '../../../src/lib/process/system.js'
import {expectQuick} from '../../support/computing.js'
import {Peer} from '../../support/fake-peer.js'
import {evaluate, needsRoot, NOBODY} from '../../support/fake-user.js'
import {namesIn} from '../../support/sandbox.js'
import {deadProcess, LOOK_ALIKE, spawnThere} from '../../support/unrelated-programs.js'
import {useSandbox} from '../../support/use.js'

const OURS = {pid: 42, port: 4000}

describe('the list of servers', () => {
  const sandbox = useSandbox()
  let system: System

  beforeEach(async () => {
    system = await realSystem()
  })

  const path = () => join(sandbox.dir, 'server-list')
  const text = () => readFileSync(path(), 'latin1')
  const add = (ms = 5000) => addToServerList(system, sandbox.dir, OURS, {ms})
  const remove = (ms = 5000) => removeFromServerList(system, sandbox.dir, [OURS], {ms})

  const LISTS: [string, string | undefined, string, string][] = [
    ['is made when there is none, and stays empty', undefined, '42 4000\n', ''],
    ['that is empty takes the line', '', '42 4000\n', ''],
    ['keeps the lines of others', '1 2\n3 4\n', '1 2\n3 4\n42 4000\n', '1 2\n3 4\n'],
    [
      'keeps other servers of the same pid or port',
      '42 4001\n43 4000\n',
      '42 4001\n43 4000\n42 4000\n',
      '42 4001\n43 4000\n',
    ],
    [
      'keeps what it cannot read, byte for byte',
      'x\n\n\u00FF\0 y\r\n-1 7\n',
      'x\n\n\u00FF\0 y\r\n-1 7\n42 4000\n',
      'x\n\n\u00FF\0 y\r\n-1 7\n',
    ],
    ['whose last line was cut off does not swallow the line', '1 2\n3', '1 2\n3\n42 4000\n', '1 2\n3\n'],
    ['that has the line already is left as it is', '42 4000\r\n1 2\n', '42 4000\r\n1 2\n', '1 2\n'],
  ]
  it('says when a line was removed, before others may change the list; and nothing when there was none', async () => {
    const seen: string[] = []
    const written = () => {
      seen.push(`${text()}${existsSync(`${path()}.lock`) ? 'locked' : 'free'}`)
    }

    writeFileSync(path(), '1 2\n42 4000\n')
    for (let i = 0; i < 2; i++) await removeFromServerList(system, sandbox.dir, [OURS], {ms: 5000, written})
    expect(seen).to.deep.equal(['1 2\nlocked'])
  })

  for (const [what, before, withLine, without] of LISTS) {
    it(what, async () => {
      if (before !== undefined) writeFileSync(path(), before, 'latin1')
      expect(await add()).to.equal(true)
      expect(text()).to.equal(withLine)
      expect(isListed(sandbox.dir, OURS)).to.equal(true)
      expect(await remove()).to.equal(true)
      expect(text()).to.equal(without)
      expect(isListed(sandbox.dir, OURS)).to.equal(false)
      expect(namesIn(sandbox.dir)).to.deep.equal(['graphs', 'server-list'])
    })
  }

  it('reads lines of two positive numbers, and no others', () => {
    writeFileSync(path(), '1 2\n 3  4 \r\n0 5\n-1 5\n6\n7 8 9\n1.5 2\n1e3 2\n10 70000\nx y\n11 65535')
    expect(readServerList(sandbox.dir)).to.deep.equal([
      {pid: 1, port: 2},
      {pid: 3, port: 4},
      {pid: 11, port: 65_535},
    ])
  })

  it('makes no list to remove from', async () => {
    expect(await remove()).to.equal(true)
    expect(existsSync(path())).to.equal(false)
  })

  it('keeps the rights that the file has', async () => {
    writeFileSync(path(), '')
    chmodSync(path(), 0o644)
    await add()
    expect(statSync(path()).mode & 0o777).to.equal(0o644)
  })

  it('of 10,000 lines is read and written in moments', async () => {
    const lines = Array.from({length: 10_000}, (_, i) => `${i + 1000} ${i + 2000}\n`).join('')
    writeFileSync(path(), lines)
    await expectQuick(1500, async () => {
      await add()
      expect(readServerList(sandbox.dir)).to.have.length(10_001)
      await remove()
    })
    expect(text()).to.equal(lines)
  })

  const PLACES: [string, () => void][] = [
    ['a link', () => symlinkSync(join(sandbox.dir, 'elsewhere'), path())],
    ['a directory', () => mkdirSync(path())],
    ['a named pipe', () => execFileSync('mkfifo', [path()])],
    ['a file of 5 MB', () => writeFileSync(path(), Buffer.alloc(5_000_000))],
  ]
  for (const [what, put] of PLACES) {
    it(`does not use ${what} in its place`, async () => {
      writeFileSync(join(sandbox.dir, 'elsewhere'), '1 2\n')
      put()
      const error: unknown = await add().catch((error: unknown) => error)
      expect(error).to.include({code: 'data-dir-permission'})
      expect(readServerList(sandbox.dir)).to.deep.equal([])
      expect(await remove()).to.equal(true)
      expect(readFileSync(join(sandbox.dir, 'elsewhere'), 'utf8')).to.equal('1 2\n')
      expect(namesIn(sandbox.dir)).to.deep.equal(['elsewhere', 'graphs', 'server-list'])
    })
  }

  it('ignores the file of a third user', function () {
    needsRoot(this)
    chmodSync(sandbox.dir, 0o777)
    writeFileSync(path(), '1 2\n')
    execFileSync('chown', [String(NOBODY - 1), path()])
    const read = `m0.readServerList(${JSON.stringify(sandbox.dir)})`
    execFileSync('chown', [String(NOBODY - 2), sandbox.dir])
    expect(evaluate(['lib/lock/server-list.ts'], read, NOBODY)).to.deep.equal([])
  })

  describe('under its lock', () => {
    const lock = () => `${path()}.lock`
    const by = (pid: number) => JSON.stringify({pid, 'lock-id': 'theirs', 'created-at': new Date().toISOString()})

    const LEFT: [string, () => Promise<void> | void][] = [
      ['that is empty', () => writeFileSync(lock(), '')],
      ['that is garbled', () => writeFileSync(lock(), '{"pid":')],
      ['that names no number', () => writeFileSync(lock(), '{"pid":"12"}')],
      ['that names pid 0', () => writeFileSync(lock(), by(0))],
      ['that is a JSON null', () => writeFileSync(lock(), 'null')],
      ['that is a directory', () => mkdirSync(lock())],
      ['that is a link', () => symlinkSync(join(sandbox.dir, 'nowhere'), lock())],
      ['that is a named pipe', () => execFileSync('mkfifo', [lock()])],
      ['of a process that is dead', async () => writeFileSync(lock(), by((await deadProcess(sandbox)).pid))],
      ['of a process that had the pid of this one', () => writeFileSync(lock(), by(process.pid))],
      [
        'of a process whose pid has gone to a younger one',
        async () => {
          writeFileSync(lock(), by((await spawnThere(sandbox, LOOK_ALIKE, [])).pid))
          utimesSync(lock(), new Date(), new Date(Date.now() - 3_600_000))
        },
      ],
    ]
    for (const [what, put] of LEFT) {
      it(`takes over one ${what}`, async () => {
        await put()
        expect(await add()).to.equal(true)
        expect(text()).to.equal('42 4000\n')
        expect(namesIn(sandbox.dir)).to.deep.equal(['graphs', 'server-list'])
      })
    }

    it('waits for a living holder until its timeout, and does not touch the lock', async () => {
      const holder = await spawnThere(sandbox, LOOK_ALIKE, [])
      writeFileSync(lock(), by(holder.pid))
      const began = performance.now()
      expect(await add(300)).to.equal(false)
      expect(performance.now() - began).to.be.within(250, 10_000)
      expect(existsSync(path())).to.equal(false)
      expect(readFileSync(lock(), 'utf8')).to.contain('theirs')
    })

    it('is had when its holder releases it', async () => {
      const holder = await spawnThere(sandbox, LOOK_ALIKE, [])
      writeFileSync(lock(), by(holder.pid))
      const adding = add(10_000)
      await system.clock.sleep(100)
      execFileSync('rm', [lock()])
      expect(await adding).to.equal(true)
      expect(text()).to.equal('42 4000\n')
    })

    it('loses no line of many programs at once', async () => {
      writeFileSync(path(), '1 2\nx\n')
      const peers = Array.from({length: 6}, () => new Peer(sandbox, 'list-peer.ts', sandbox.dir, '30'))
      for (const peer of peers) expect(await peer.next()).to.equal('there')
      for (const peer of peers) peer.tell('go')
      for (const peer of peers) expect(await peer.next()).to.deep.equal({failed: 0})
      const [first, second, ...ours] = text().trim().split('\n')
      expect([first, second]).to.deep.equal(['1 2', 'x'])
      expect(ours.sort()).to.deep.equal(peers.map(({child}) => `${child.pid} 4000`).sort())
      expect(namesIn(sandbox.dir)).to.deep.equal(['graphs', 'server-list'])
    })
  })
})
