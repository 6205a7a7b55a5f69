import {randomUUID} from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openSqlite} from '../../src/lib/sqlite.js'
import {callJson} from '../support/calls.js'
import {unpackGraph} from '../support/graphs.js'
import {leaveJournal, leaveLog} from '../support/leftovers.js'
import {errorOf, operationsIn} from '../support/operations.js'
import {useSandbox} from '../support/use.js'

const FORMATS = ['sqlite', 'edn', 'datoms'] as const

/** The files of a directory, with what they contain. */
const filesIn = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir)
      .filter((name) => lstatSync(join(dir, name)).isFile())
      .map((name) => [name, readFileSync(join(dir, name)).toString('latin1')]),
  )

/** Content of a database as SQLite reads it. */
function contentOf(path: string): unknown {
  const copy = `${path}.${randomUUID()}.read` // this process would keep locks on the file itself
  for (const suffix of ['', '-wal', '-journal'])
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  const db = openSqlite(copy)
  try {
    return db.all('SELECT count(*) AS rows, sum(length(content)) AS length FROM kvs')[0]
  } finally {
    db.close()
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(copy + suffix, {force: true})
  }
}

describe('a log or journal of another program', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const {backUp, backups, exportTo, importAs, placeOf, restore, start, stop, titleOf, write} = operationsIn(sandbox)
  const path = (suffix = '') => join(sandbox.graphDir(), `db.sqlite${suffix}`)
  let dir: string
  let other: string

  beforeEach(() => {
    dir = join(sandbox.dir, 'files')
    mkdirSync(dir)
    other = join(sandbox.dir, 'other.sqlite')
    unpackGraph('fresh', other)
  })

  describe('beside the file of an export', () => {
    let file: string

    beforeEach(async () => {
      file = join(dir, 'out.sqlite')
      await start()
    })

    async function expectRefused(given: string, overwrite: boolean, leftover: string): Promise<void> {
      const before = filesIn(dir)
      const error = await errorOf(exportTo(given, {overwrite}))
      expect(error).to.include({code: 'usage', exit: 2, file: given})
      expect(error.message).to.include(given).and.to.include(leftover)
      expect(error.hint).to.include(`mv ${leftover} ${leftover}.aside`)
      expect(filesIn(dir)).to.deep.equal(before)
    }

    it('refuses to replace a database with a log, which would be applied to the new one', async () => {
      copyFileSync(other, file)
      leaveLog(file)
      expect((await errorOf(exportTo(file))).code).to.equal('file-exists')
      await expectRefused(file, true, `${file}-wal`)
      const refused = await sandbox.fails(['graph', 'export', file, '--force', '--repo', 'demo'])
      expect(refused).to.include({code: 'usage', exit: 2})
      for (const suffix of ['-wal', '-shm']) renameSync(file + suffix, `${file + suffix}.aside`)
      await exportTo(file, {overwrite: true})
      await exportTo(join(dir, 'second'))
      expect(contentOf(file)).to.deep.equal(contentOf(join(dir, 'second')))
    })

    it('refuses where a link leads to such a database', async () => {
      copyFileSync(other, file)
      leaveLog(file)
      symlinkSync(file, join(dir, 'link'))
      await expectRefused(join(dir, 'link'), true, `${file}-wal`)
    })

    for (const [what, leave, suffix] of [
      ['log', leaveLog, '-wal'],
      ['journal', leaveJournal, '-journal'],
    ] as const) {
      it(`refuses a new file beside a ${what} that was left there`, async () => {
        leave(other)
        renameSync(other + suffix, file + suffix)
        for (const overwrite of [false, true]) await expectRefused(file, overwrite, file + suffix)
      })

      it(`is refused by the server, too: a ${what}`, async () => {
        leave(other)
        renameSync(other + suffix, file + suffix)
        const {body, status} = await callJson(placeOf(), 'backup-db-sqlite', 'demo', file)
        expect(status).to.equal(400)
        expect(body).to.include(`out.sqlite${suffix}`)
        expect(readdirSync(dir)).to.deep.equal([`out.sqlite${suffix}`])
      })
    }

    it('does not matter to text', async () => {
      writeFileSync(`${file}-wal`, 'mine')
      for (const format of FORMATS.slice(1)) await exportTo(file, {format, overwrite: true})
      expect(readFileSync(`${file}-wal`, 'utf8')).to.equal('mine')
    })
  })

  describe('where a graph is to be', () => {
    for (const [what, leave, suffix] of [
      ['log', leaveLog, '-wal'],
      ['journal', leaveJournal, '-journal'],
    ] as const)
      it(`is set aside by an import: a ${what}`, async () => {
        unpackGraph('fresh', join(dir, 'source.sqlite'))
        leave(other)
        mkdirSync(sandbox.graphDir())
        renameSync(other + suffix, path(suffix))
        const left = readFileSync(path(suffix))
        await importAs('demo', join(dir, 'source.sqlite'))
        expect(existsSync(path(suffix))).to.equal(false)
        const aside = readdirSync(sandbox.graphDir()).filter((name) => name.endsWith('.aside'))
        expect(aside).to.have.length(1)
        expect(readFileSync(join(sandbox.graphDir(), aside[0]!)).equals(left)).to.equal(true)
        expect(readFileSync(path()).equals(readFileSync(join(dir, 'source.sqlite')))).to.equal(true)
        await start('demo', false)
        await write('a page')
      })
  })

  describe('beside a file that is imported', () => {
    it('is a part of it: what a killed program had written half is undone in the copy', async () => {
      const source = join(dir, 'source.sqlite')
      unpackGraph('fresh', source)
      const content = contentOf(source)
      leaveJournal(source)
      const before = filesIn(dir)
      await importAs('demo', source)
      expect(filesIn(dir)).to.deep.equal(before)
      expect(contentOf(path())).to.deep.equal(content)
      expect(readdirSync(sandbox.graphDir()).filter((name) => name.startsWith('db.sqlite'))).to.deep.equal([
        'db.sqlite',
      ])
    })
  })

  describe('beside a database that a restore replaces', () => {
    beforeEach(async () => {
      await start()
      await write('in the backup')
      await backUp()
      await stop()
    })

    for (const [what, size] of [
      ['an empty database', 0],
      ['one that is no database any more', 100],
    ] as const)
      for (const [log, leave, suffix] of [
        ['log', leaveLog, '-wal'],
        ['journal', leaveJournal, '-journal'],
      ] as const)
        it(`is kept beside ${what}, and not applied to the new one: a ${log}`, async () => {
          leave(other)
          const left = readFileSync(other + suffix)
          if (size === 0) truncateSync(path(), 0)
          else writeFileSync(path(), 'x'.repeat(size))
          renameSync(other + suffix, path(suffix))
          const {'set-aside': aside} = await restore()
          expect(existsSync(path(suffix))).to.equal(false)
          expect(readFileSync(aside + suffix).equals(left)).to.equal(true)
          expect(backups().find((backup) => backup.path === aside)).to.include({damaged: true, size})
          await start('demo', false)
          expect(await titleOf()).to.equal('in the backup')
        })
  })
})
