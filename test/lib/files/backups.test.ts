import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {backupText} from '../../../src/cli/render/graph-text.js'
import {
  backupDirectory,
  findBackup,
  listBackups,
  markChecked,
  newBackupPath,
  publicBackup,
  thinBackups,
} from '../../../src/lib/files/backups.js'

const NOW = Date.UTC(2026, 10, 24, 12)

describe('the backups of a graph', () => {
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logseq-server-test-'))
  })

  afterEach(() => rmSync(dir, {recursive: true}))

  const make = (...names: string[]) => {
    mkdirSync(backupDirectory(dir), {recursive: true})
    for (const name of names) writeFileSync(join(backupDirectory(dir), name), 'x')
  }

  const nameOfNext = (now = NOW) => newBackupPath(dir, 'own', now).slice(backupDirectory(dir).length + 1)

  it('never get the name of a log that has lost its backup', () => {
    for (const suffix of ['-wal', '-journal']) {
      make(`20261124T120000000Z-unchecked.sqlite${suffix}`)
      expect(nameOfNext()).to.equal('20261124T120000001Z-unchecked.sqlite')
    }
  })

  it('are none where there is no directory of them', () => {
    expect(listBackups(dir)).to.deep.equal([])
  })

  it('are listed newest first, of every kind, without whatever else is there', () => {
    make(
      '20261124T115903123Z.sqlite',
      'auto-20261124T115903124Z.sqlite',
      'auto-20261124T115903125Z-damaged.sqlite',
      'before-restore-20250101T000000000Z.sqlite',
      'before-restore-1500000000000.sqlite',
      'auto-20261124T115903126Z-unchecked.sqlite',
      'notes.txt',
      '20261124T115903123Z.sqlite.part',
      'x20261124T115903123Z.sqlite',
      '20261399T115903123Z.sqlite',

      '1500000000000.sqlite',
      'auto-1500000000000.sqlite',
      '20260231T000000000Z.sqlite',
      '99990101T000000000Z.sqlite',
    )
    mkdirSync(join(backupDirectory(dir), '20260101T000000000Z.sqlite'))
    symlinkSync('/etc/hostname', join(backupDirectory(dir), '20260101T000000001Z.sqlite'))
    expect(listBackups(dir).map(({damaged, kind, name, unchecked}) => [name, kind, damaged, unchecked])).to.deep.equal([
      ['auto-20261124T115903126Z', 'automatic', false, true],
      ['auto-20261124T115903125Z-damaged', 'automatic', true, false],
      ['auto-20261124T115903124Z', 'automatic', false, false],
      ['20261124T115903123Z', 'own', false, false],
      ['before-restore-20250101T000000000Z', 'before-restore', false, false],
      ['before-restore-1500000000000', 'before-restore', false, false],
    ])
    const [newest] = listBackups(dir).map((backup) => publicBackup(backup))
    expect(newest).to.include({damaged: false, unchecked: true})
    expect(backupText({backups: [newest!], graph: 'demo', repo: 'demo', warnings: []}).join('\n')).to.match(
      /automatic, not checked/,
    )
  })

  it('are found by their names, before and after they are checked', () => {
    make('auto-20261124T115903123Z-damaged.sqlite')
    for (const given of ['auto-20261124T115903123Z', 'auto-20261124T115903123Z-damaged.sqlite'])
      expect(findBackup(listBackups(dir), given)?.damaged).to.equal(true)
    expect(findBackup(listBackups(dir), '20261124T115903123Z')).to.equal(undefined)
  })

  it('get a name that sorts behind all others, whatever the clock says', () => {
    expect(nameOfNext()).to.equal('20261124T120000000Z-unchecked.sqlite')
    make('20261124T120000000Z.sqlite')
    expect(nameOfNext()).to.equal('20261124T120000001Z-unchecked.sqlite')
    make('auto-20991231T235959999Z-damaged.sqlite')
    expect(nameOfNext()).to.equal('21000101T000000000Z-unchecked.sqlite')
    expect(nameOfNext(0)).to.equal('21000101T000000000Z-unchecked.sqlite')
    make('99981231T235959999Z.sqlite', '99991231T235959999Z.sqlite')
    expect(nameOfNext()).to.equal('99990101T000000000Z-unchecked.sqlite')
  })

  it('have the time of their file, if the name had to be a later one', () => {
    make('20991231T235959999Z.sqlite', '20200101T000000000Z.sqlite')
    utimesSync(join(backupDirectory(dir), '20991231T235959999Z.sqlite'), NOW / 1000, NOW / 1000)
    expect(listBackups(dir).map(({time}) => time)).to.deep.equal([
      new Date(NOW).toISOString(),
      '2020-01-01T00:00:00.000Z',
    ])
  })

  it('are marked by what a check has found, and never over another file', () => {
    make('20261124T120000000Z-unchecked.sqlite')
    const good = markChecked(listBackups(dir)[0]!, true)
    expect(good).to.include({damaged: false, name: '20261124T120000000Z', unchecked: false})
    expect(markChecked(good!, false)).to.include({damaged: true, name: '20261124T120000000Z-damaged'})
    expect(readdirSync(backupDirectory(dir))).to.deep.equal(['20261124T120000000Z-damaged.sqlite'])
    expect(markChecked(good!, true)).to.equal(undefined) // it has gone
    make('20261124T120000000Z-unchecked.sqlite')
    markChecked(
      listBackups(dir).find(({unchecked}) => unchecked)!,
      false,
    )
    expect(readdirSync(backupDirectory(dir))).to.have.length(2)
  })

  it('are thinned, and nothing else is', () => {
    const others = ['20200101T000000000Z.sqlite', 'notes.txt', 'auto-x.sqlite']
    make(...others, ...Array.from({length: 9}, (_, i) => `auto-20261124T11000000${i}Z.sqlite`))
    mkdirSync(join(backupDirectory(dir), 'auto-20100101T000000000Z.sqlite'))
    thinBackups(dir)
    expect(readdirSync(backupDirectory(dir)).sort()).to.deep.equal(
      [
        ...others,
        'auto-20100101T000000000Z.sqlite',
        ...[6, 7, 8].map((i) => `auto-20261124T11000000${i}Z.sqlite`),
      ].sort(),
    )
    expect(existsSync(join(backupDirectory(dir), 'auto-20100101T000000000Z.sqlite'))).to.equal(true)
  })
})
