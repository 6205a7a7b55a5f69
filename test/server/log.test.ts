import {appendFileSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openDailyLog, superfluousLogs} from '../../src/server/log.js'
import {fillDisk, needsDisk} from '../support/mounts.js'
import {namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

describe('the server’s log', () => {
  const sandbox = useSandbox()
  const evening = new Date(2026, 2, 31, 23, 59, 59)
  const midnight = new Date(2026, 3, 1, 0, 0, 0)

  const linesOf = (name: string) =>
    readFileSync(join(sandbox.dataDir, name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  it('is one file a day, in local time, readable by its owner alone', () => {
    openDailyLog(sandbox.dataDir, () => evening)
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['db-worker-node-20260331.log'])
    expect((statSync(join(sandbox.dataDir, 'db-worker-node-20260331.log')).mode % 0o1000).toString(8)).to.equal('600')
  })

  it('never has the token, wherever it stands', () => {
    const log = openDailyLog(sandbox.dataDir, () => evening, {secret: 'Secret-Token_1'})
    log.error(
      {err: new Error('a Secret-Token_1'), url: '/v1/events?access_token=Secret-Token_1'},
      'Bearer Secret-Token_1',
    )
    const text = readFileSync(join(sandbox.dataDir, 'db-worker-node-20260331.log'), 'utf8')
    expect(text).to.include('[token]').and.not.include('Secret-Token_1')
  })

  it('has a JSON line for each event, with its level in words, on disk at once', () => {
    const log = openDailyLog(sandbox.dataDir, () => evening)
    log.info({pid: 7}, 'ready')
    log.warn('careful')
    log.error({err: new Error('it broke')}, 'failed')
    const [ready, careful, failed] = linesOf('db-worker-node-20260331.log')
    expect(Object.keys(ready!)).to.deep.equal(['level', 'time', 'pid', 'msg'])
    expect(ready).to.include({level: 'info', msg: 'ready', pid: 7})
    expect(new Date(ready!['time'] as string).toISOString()).to.equal(ready!['time'])
    expect(careful).to.include({level: 'warn', msg: 'careful'})
    expect(failed).to.include({level: 'error'}).and.to.have.nested.property('err.message', 'it broke')
    expect(failed).to.have.nested.property('err.stack')
  })

  for (const [level, written] of [
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const) {
    it(`writes messages of level ${level} and above`, () => {
      const log = openDailyLog(sandbox.dataDir, () => evening, {level})
      for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each]('a message')
      expect(linesOf('db-worker-node-20260331.log').map((line) => line['level'])).to.deep.equal(written)
    })
  }

  it('goes on where the day’s file ends', () => {
    writeFileSync(join(sandbox.dataDir, 'db-worker-node-20260331.log'), '{"msg":"of an earlier server"}\n')
    openDailyLog(sandbox.dataDir, () => evening).info('mine')
    expect(linesOf('db-worker-node-20260331.log').map(({msg}) => msg)).to.deep.equal(['of an earlier server', 'mine'])
  })

  it('is not written through a hard link, which stays aside', () => {
    const text = join(sandbox.dir, 'text')
    writeFileSync(text, 'mine')
    linkSync(text, join(sandbox.dataDir, 'db-worker-node-20260331.log'))
    openDailyLog(sandbox.dataDir, () => evening).info('ready')
    expect(readFileSync(text, 'utf8')).to.equal('mine')
    expect(linesOf('db-worker-node-20260331.log')).to.have.length(1)
  })

  it('rolls over at midnight, and not before', () => {
    let now = evening
    const log = openDailyLog(sandbox.dataDir, () => now)
    log.info('before')
    now = midnight
    log.info('after')
    log.info('later')
    expect(linesOf('db-worker-node-20260331.log').map(({msg}) => msg)).to.deep.equal(['before'])
    expect(linesOf('db-worker-node-20260401.log').map(({msg}) => msg)).to.deep.equal(['after', 'later'])
  })

  it('goes back to the file of the day when the clock was set back', () => {
    let now = midnight
    const log = openDailyLog(sandbox.dataDir, () => now)
    now = evening
    log.info('before')
    expect(linesOf('db-worker-node-20260331.log').map(({msg}) => msg)).to.deep.equal(['before'])
  })

  it('keeps the newest seven files, and touches nothing else', () => {
    const others = ['db-worker-node-2026.log', 'db-worker-node-20260101.log.gz', 'db.sqlite', 'notes-20260101.log']
    for (const name of others) writeFileSync(join(sandbox.dataDir, name), '')
    for (let day = 1; day <= 9; day++) writeFileSync(join(sandbox.dataDir, `db-worker-node-2026020${day}.log`), '')
    let now = evening
    const log = openDailyLog(sandbox.dataDir, () => now)
    const logs = () => namesIn(sandbox.dataDir).filter((name) => /^db-worker-node-\d{8}\.log$/.test(name))
    expect(logs())
      .to.have.length(7)
      .and.include('db-worker-node-20260331.log')
      .and.not.include('db-worker-node-20260203.log')
    now = midnight
    log.info('a line')
    expect(logs())
      .to.have.length(7)
      .and.include('db-worker-node-20260401.log')
      .and.not.include('db-worker-node-20260204.log')
    expect(namesIn(sandbox.dataDir)).to.include.members(others)
  })

  it('in use is kept when all others are dated later, and those of later dates go first', () => {
    for (let day = 1; day <= 9; day++) writeFileSync(join(sandbox.dataDir, `db-worker-node-2099020${day}.log`), '')
    for (const day of ['20260330', '20260329']) writeFileSync(join(sandbox.dataDir, `db-worker-node-${day}.log`), '')
    openDailyLog(sandbox.dataDir, () => evening).info('mine')
    const logs = () => namesIn(sandbox.dataDir).map((name) => name.slice(15, 23))
    expect(logs()).to.deep.equal(['20260329', '20260330', '20260331', '20990206', '20990207', '20990208', '20990209'])
    expect(linesOf('db-worker-node-20260331.log').map(({msg}) => msg)).to.deep.equal(['mine'])
  })

  it('in use is kept when the clock has fallen back before all others', () => {
    const names = Array.from({length: 9}, (_, day) => `db-worker-node-2026020${day + 1}.log`)
    const current = 'db-worker-node-19700101.log'
    const gone = superfluousLogs([...names, 'db.sqlite', current], current, new Date(0), () => 0)
    expect(gone.sort()).to.deep.equal(names.slice(0, 3))
  })

  it('of a server with another local time is kept as long as others of its age', () => {
    const names = Array.from({length: 9}, (_, day) => `db-worker-node-2026020${day + 1}.log`)
    const now = new Date('2026-02-08T20:00:00Z')
    expect(superfluousLogs(names, 'db-worker-node-20260208.log', now, () => 0)).to.deep.equal(names.slice(0, 2))
  })

  it('that cannot be opened ends nothing', () => {
    mkdirSync(join(sandbox.dataDir, 'db-worker-node-20260331.log'))
    let now = evening
    const log = openDailyLog(sandbox.dataDir, () => now)
    log.info('lost')
    now = midnight
    log.info('kept')
    expect(linesOf('db-worker-node-20260401.log').map(({msg}) => msg)).to.deep.equal(['kept'])
    rmSync(sandbox.dataDir, {recursive: true})
    now = new Date(2026, 3, 2)
    log.info('lost, too')
  })

  it('on a full disk loses what does not fit, and goes on when there is room', function () {
    const disk = needsDisk(this, sandbox.dataDir, '64k')
    try {
      const log = openDailyLog(sandbox.dataDir, () => evening)
      fillDisk(sandbox.dataDir)
      log.info('lost')
      rmSync(join(sandbox.dataDir, 'filler'))
      appendFileSync(join(sandbox.dataDir, 'db-worker-node-20260331.log'), '')
      log.info('kept')
      expect(linesOf('db-worker-node-20260331.log').map(({msg}) => msg)).to.deep.equal(['kept'])
    } finally {
      disk.unmount()
    }
  })
})
