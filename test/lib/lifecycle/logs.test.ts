import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {changedAt, logOrder} from '../../../src/lib/files/log-order.js'
import {logFileName} from '../../../src/lib/files/names.js'
import {followLogs, readLogs} from '../../../src/lib/lifecycle/logs.js'
import {until} from '../../support/processes.js'

const line = (msg: string, time = '2026-01-01T00:00:00.000Z') => `${JSON.stringify({level: 'info', time, msg})}\n`
const TODAY = logFileName(new Date())

describe('the logs of a graph', () => {
  let dataDir: string
  let dir: string

  beforeEach(() => {
    dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'logseq-server-test-')))
    dir = join(dataDir, 'demo')
    mkdirSync(dir)
    writeFileSync(join(dir, 'db.sqlite'), '')
  })

  afterEach(() => rmSync(dataDir, {recursive: true}))

  const write = (name: string, text: string) => appendFileSync(join(dir, name), text)
  const read = (options: {lines?: number; since?: Date} = {}) =>
    readLogs({dataDir, repo: 'demo', ...options}).lines.map(({msg}) => msg)

  it('are in the order in which they were written, though a clock was ahead', () => {
    const names = ['b.log', '20260102', '20270101', '20260101', '20260103'].map((day) => `db-worker-node-${day}.log`)
    const days = logOrder(names, new Date('2026-01-02T00:00:00Z'), () => 0).map((name) => name.slice(15, 23))
    expect(days).to.deep.equal(['20260103', '20270101', '20260101', '20260102'])
  })

  it('are in that order though a server has, or had, another local time', () => {
    const now = new Date('2026-01-02T20:00:00Z')
    const order = (changes: Record<string, string>) =>
      logOrder(
        Object.keys(changes).map((day) => `db-worker-node-${day}.log`),
        now,
        (name) => Date.parse(`2026-01-${changes[name.slice(15, 23)]!}:00Z`),
      ).map((name) => name.slice(15, 23))
    const [before, earlier, later, inFuture] = ['01T20:00', '02T18:00', '02T19:00', '02T21:01']
    expect(order({'20260101': before, '20260102': earlier, '20260103': later})).to.deep.equal([
      '20260101',
      '20260102',
      '20260103',
    ])
    expect(order({'20260101': before, '20260102': later, '20260103': earlier})).to.deep.equal([
      '20260101',
      '20260103',
      '20260102',
    ])
    expect(order({'20260102': earlier, '20260103': '02T20:59'})).to.deep.equal(['20260102', '20260103'])
    expect(order({'20260102': earlier, '20260103': inFuture})).to.deep.equal(['20260103', '20260102'])
  })

  it('are read from their end, over several files', () => {
    write('db-worker-node-20200101.log', line('a') + line('b'))
    write('db-worker-node-20200102.log', line('c') + line('d'))
    write(TODAY, line('e'))
    expect(read()).to.deep.equal(['a', 'b', 'c', 'd', 'e'])
    expect(read({lines: 4})).to.deep.equal(['b', 'c', 'd', 'e'])
    expect(read({lines: 3})).to.deep.equal(['c', 'd', 'e'])
    expect(read({lines: 1})).to.deep.equal(['e'])
    expect(read({lines: 0})).to.deep.equal([])
    expect(readLogs({dataDir, repo: 'demo'}).log).to.equal(join(dir, TODAY))
  })

  it('are none before the first server', () => {
    expect(readLogs({dataDir, repo: 'demo'})).to.deep.equal({graph: 'demo', lines: [], repo: 'logseq_db_demo'})
  })

  it('are those of a graph that is there', () => {
    expect(() => readLogs({dataDir, repo: 'other'}))
      .to.throw()
      .with.property('code', 'graph-not-exists')
  })

  it('are read from a time on; a line without a time belongs to the one before it', () => {
    write('db-worker-node-20200101.log', line('a', '2020-01-01T10:00:00Z'))
    write('db-worker-node-20200102.log', line('b', '2020-01-02T10:00:00Z') + 'Error: one\n    at two\n')
    write(TODAY, line('c', '2020-01-03T10:00:00Z'))
    expect(read({since: new Date('2020-01-02T10:00:00Z')})).to.deep.equal(['b', 'Error: one', '    at two', 'c'])
    expect(read({since: new Date('2020-01-02T10:00:01Z')})).to.deep.equal(['c'])
    expect(read({since: new Date('2021-01-01')})).to.deep.equal([])
    expect(read({since: new Date('2019-01-01')})).to.have.length(5)
  })

  it('may hold anything: what is no line of a server is text', () => {
    write(
      TODAY,
      `${['plain', '{"no":"msg"}', '{"msg":7}', '[1]', 'null', '{"msg":"x"', ''].join('\n')}\n${line('good')}cut o`,
    )
    expect(read()).to.deep.equal(['plain', '{"no":"msg"}', '{"msg":7}', '[1]', 'null', '{"msg":"x"', 'good'])
  })

  it('are read without following a link', () => {
    symlinkSync('/etc/passwd', join(dir, TODAY))
    expect(() => readLogs({dataDir, repo: 'demo'}))
      .to.throw()
      .with.property('code', 'data-dir-permission')
  })

  describe('that are followed', () => {
    let ending: AbortController
    let seen: string[]
    let following: Promise<void>

    beforeEach(() => {
      ending = new AbortController()
      seen = []
    })

    afterEach(async () => {
      ending.abort()
      await following
    })

    function follow(options: {lines?: number} = {}): void {
      following = (async () => {
        for await (const {msg} of followLogs({dataDir, repo: 'demo', signal: ending.signal, ...options})) seen.push(msg)
      })()
    }

    const untilSeen = (msgs: string[]) => until(() => seen.length >= msgs.length, 20_000, `the lines ${msgs.join(',')}`)

    it('begin with the last lines, and go on', async () => {
      write(TODAY, line('a') + line('b'))
      follow({lines: 1})
      await untilSeen(['b'])
      for (const msg of ['c', 'd', 'e']) {
        write(TODAY, line(msg))
        await untilSeen([...seen, msg])
      }

      expect(seen).to.deep.equal(['b', 'c', 'd', 'e'])
    })

    it('print a line when it is complete', async () => {
      write(TODAY, line('a') + line('b').slice(0, 10))
      follow()
      await untilSeen(['a'])
      write(TODAY, line('b').slice(10) + line('c'))
      await untilSeen(['a', 'b', 'c'])
      expect(seen).to.deep.equal(['a', 'b', 'c'])
    })

    it('go over to the file of a new day, with what was written to the old one last', async () => {
      write('db-worker-node-20200101.log', line('a'))
      follow()
      await untilSeen(['a'])
      write('db-worker-node-20200101.log', line('b'))
      write(TODAY, line('c'))
      await untilSeen(['a', 'b', 'c'])
      write(TODAY, line('d'))
      await untilSeen(['a', 'b', 'c', 'd'])
      expect(seen).to.deep.equal(['a', 'b', 'c', 'd'])
    })

    it('go over to the file of a server with another local time, and back, and repeat nothing', async () => {
      const day = (hours: number) =>
        new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
      // The last one that is today somewhere, and the first one: they differ.
      const [east, west] = [day(14), day(-12)].map((date) => `db-worker-node-${date}.log`) as [string, string]
      // File systems count in ticks of some ms.
      const later = (name: string) => until(() => Date.now() > changedAt(join(dir, name)) + 20, 1000, 'a later time')
      write(east, line('a'))
      await later(east)
      write(west, line('b'))
      follow()
      await untilSeen(['a', 'b'])
      write(west, line('c'))
      await untilSeen(['a', 'b', 'c'])
      await later(west)
      write(east, line('d'))
      await untilSeen(['a', 'b', 'c', 'd'])
      await later(east)
      write(west, line('e'))
      await untilSeen(['a', 'b', 'c', 'd', 'e'])
      expect(seen).to.deep.equal(['a', 'b', 'c', 'd', 'e'])
    })

    it('begin with the first server there is', async () => {
      follow()
      write(TODAY, line('first'))
      await untilSeen(['first'])
      expect(seen).to.deep.equal(['first'])
    })

    it('begin anew when the file was cut', async () => {
      write(TODAY, line('a') + line('b'))
      follow()
      await untilSeen(['a', 'b'])
      truncateSync(join(dir, TODAY), 0)
      write(TODAY, line('c'))
      await untilSeen(['a', 'b', 'c'])
      expect(seen).to.deep.equal(['a', 'b', 'c'])
    })
  })
})
