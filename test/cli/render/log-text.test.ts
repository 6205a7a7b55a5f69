import {expect} from 'chai'

import {readerOf} from '../../../src/cli/flag-values.js'
import {logLineText, logText} from '../../../src/cli/render/log-text.js'
import type {LogLine} from '../../../src/lib/lifecycle/log-lines.js'

describe('a line of a log', () => {
  const time = '2026-01-01T00:00:00.000Z'
  const ROWS: [line: LogLine, text: string][] = [
    [{level: 'info', msg: 'ready', pid: 7, port: 4000, time}, `${time} info  ready port=4000`],
    [{level: 'error', msg: 'failed', time, why: 'no room left'}, `${time} error failed why="no room left"`],
    [{level: 'warn', last: {pid: 7}, msg: 'm', time}, `${time} warn  m last={"pid":7}`],
    [{msg: '    at main (x.js:1)'}, '    at main (x.js:1)'],
    [{msg: 'a\u001B[2J', time, 'x\u202E': 'y\u0007'}, String.raw`${time}       "a\u001b[2J" "x\u202e"="y\u0007"`],
  ]
  for (const [line, text] of ROWS) it(text, () => expect(logLineText(line)).to.equal(text))

  it('is replaced by a sentence when the log has no lines', () => {
    const none = {graph: 'demo', lines: [], repo: 'logseq_db_demo'}
    expect(logText(none)).to.deep.equal(['No server of demo has written a log yet.'])
    expect(logText({...none, log: '/d/log'})).to.deep.equal(['No matching lines in /d/log.'])
  })
})

describe('--since', () => {
  const read = (text: string) => readerOf('since')!.read(text) as number | undefined

  for (const [text, ms] of [
    ['30s', 30_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['3d', 259_200_000],
  ] as const) {
    it(`${text} is so long ago`, () => expect(Date.now() - read(text)!).to.be.within(ms - 1000, ms + 5000))
  }

  it('is a day, or a time, here or with a zone', () => {
    expect(read('2026-01-02')).to.equal(new Date(2026, 0, 2).getTime())
    expect(read('2026-01-02T03:04')).to.equal(new Date(2026, 0, 2, 3, 4).getTime())
    expect(read('2026-01-02T03:04:05Z')).to.equal(Date.UTC(2026, 0, 2, 3, 4, 5))
  })

  for (const text of ['', '10', '10x', '-5m', 'yesterday', '2026', '2026-13-01', 'm', '1e3s'])
    it(`${JSON.stringify(text)} is refused`, () => expect(read(text)).to.equal(undefined))
})
