import {appendFileSync, closeSync, mkdirSync, statSync, truncateSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {isLogFile, logFileName} from '../../../src/lib/files/names.js'
import {openLog, tailLog} from '../../../src/lib/lifecycle/log-file.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

describe('the log of a server', () => {
  const sandbox = useSandbox()
  let path: string

  beforeEach(() => {
    path = join(sandbox.dir, 'a.log')
  })

  for (const [date, name] of [
    [new Date(2026, 0, 2, 0, 0), 'db-worker-node-20260102.log'],
    [new Date(2026, 11, 31, 23, 59, 59), 'db-worker-node-20261231.log'],
  ] as const) {
    it(`of ${date.toDateString()} is ${name}`, () => {
      expect(logFileName(date)).to.equal(name)
      expect(isLogFile(name)).to.equal(true)
    })
  }

  for (const name of [
    'db-worker-node-2026010.log',
    'db-worker-node-20260102.log.1',
    'x-db-worker-node-20260102.log',
    'db-worker.lock',
    '',
  ]) {
    it(`${JSON.stringify(name)} is not a log`, () => {
      expect(isLogFile(name)).to.equal(false)
    })
  }

  it('is opened to be added to, by its user alone, and its size is known', () => {
    const first = openLog(sandbox.dir)
    expect(first.size).to.equal(0)
    writeSync(first.fd!, 'one\n')
    closeSync(first.fd!)
    const second = openLog(sandbox.dir)
    expect(second).to.include({path: first.path, size: 4})
    writeSync(second.fd!, 'two\n')
    closeSync(second.fd!)
    expect(namesIn(sandbox.dir)).to.deep.equal([logFileName(new Date()), 'graphs'])
    expect(statSync(first.path).mode & 0o777).to.equal(0o600)
    expect(tailLog(second.path, second.size)).to.deep.equal(['two'])
  })

  it('that cannot be opened prevents no start', () => {
    mkdirSync(join(sandbox.dir, logFileName(new Date())))
    expect(openLog(sandbox.dir)).to.deep.equal({path: join(sandbox.dir, logFileName(new Date())), size: 0})
    expect(openLog(join(sandbox.dir, 'none'))).not.to.have.property('fd')
  })

  it('is quoted by its last twenty lines that are not empty', () => {
    writeFileSync(path, Array.from({length: 30}, (_, i) => `line ${i}\n\n`).join(''))
    expect(tailLog(path, 0)).to.deep.equal(Array.from({length: 20}, (_, i) => `line ${10 + i}`))
  })

  it('is quoted only from the first line of the new server', () => {
    writeFileSync(path, 'an earlier server\n')
    const since = statSync(path).size
    expect(tailLog(path, since)).to.deep.equal([])
    appendFileSync(path, 'the new one')
    expect(tailLog(path, since)).to.deep.equal(['the new one'])
  })

  it('is read by its end, however long it is', () => {
    writeFileSync(path, '')
    truncateSync(path, 2 ** 33)
    appendFileSync(path, '\nthe end\n')
    const lines = tailLog(path, 0)
    expect(lines.at(-1)).to.equal('the end')
    expect(Buffer.byteLength(lines.join('\n'))).to.be.at.most(16_384)
  })

  it('that has shrunk or gone has no lines', () => {
    writeFileSync(path, 'x\n')
    expect(tailLog(path, 1000)).to.deep.equal([])
    expect(tailLog(join(sandbox.dir, 'none'), 0)).to.deep.equal([])
    expect(tailLog(sandbox.dir, 0)).to.deep.equal([])
  })

  for (const [line, shown] of [
    ['{"level":"info","time":"2026-11-23T12:00:00.000Z","pid":7,"msg":"ready"}', '2026-11-23T12:00:00.000Z info ready'],
    ['{"msg":"ready"}', 'ready'],
    ['Error: no such file', 'Error: no such file'],
    ['    at x (file.js:1:2)', '    at x (file.js:1:2)'],
    ['{"level":"info","msg":"cut o', '{"level":"info","msg":"cut o'],
    ['{"another":"program"}', '{"another":"program"}'],
    ['{}', '{}'],
    ['null', 'null'],
    ['5', '5'],
    ['"text"', '"text"'],
    ['[]', '[]'],
  ] as const) {
    it(`${line} is shown as ${shown}`, () => {
      writeFileSync(path, `${line}\n`)
      expect(tailLog(path, 0)).to.deep.equal([shown])
    })
  }
})
