import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {expect} from 'chai'

import {backupDirectory, backupPath, listBackups} from '../../../src/lib/graphs/backups.js'

describe('the backups of a graph', () => {
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logseq-server-test-'))
  })

  afterEach(() => rmSync(dir, {recursive: true}))

  it('are none where there is no directory of them', () => {
    expect(listBackups(dir)).to.deep.equal([])
  })

  it('are listed newest first, without whatever else is there', () => {
    const times = ['2026-11-24T11:59:03.123Z', '2025-01-01T00:00:00.000Z', '2026-11-24T11:59:03.124Z']
    mkdirSync(dirname(backupPath(dir, new Date())))
    for (const [i, time] of times.entries()) writeFileSync(backupPath(dir, new Date(time)), 'x'.repeat(i))
    for (const other of ['notes.txt', '20261124T115903123Z.sqlite.part', 'x20261124T115903123Z.sqlite'])
      writeFileSync(join(backupDirectory(dir), other), '')
    mkdirSync(backupPath(dir, new Date('2026-01-01')))
    expect(listBackups(dir).map(({name, size, time}) => [name, size, time])).to.deep.equal([
      ['20261124T115903124Z', 2, times[2]],
      ['20261124T115903123Z', 0, times[0]],
      ['20250101T000000000Z', 1, times[1]],
    ])
  })
})
