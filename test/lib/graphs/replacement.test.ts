import {execFileSync, spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {backupDirectory, listBackups, newBackupPath} from '../../../src/lib/files/backups.js'
import {copyDatabase, settleReplacement} from '../../../src/lib/graphs/replacement.js'
import {openSqlite} from '../../../src/lib/sqlite.js'
import {compiledFile} from '../../support/compiled.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

const KILLED = fileURLToPath(new URL('../fixtures/killed-replacement.ts', import.meta.url))

describe('the replacement of a database', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  let source: string

  beforeEach(() => {
    source = join(sandbox.dir, 'source.sqlite')
    makeDatabase(source, 'new')
    mkdirSync(backupDirectory(sandbox.graphDir()), {recursive: true})
    makeDatabase(join(sandbox.graphDir(), 'db.sqlite'), 'old')
  })

  function makeDatabase(path: string, word: string): void {
    const db = openSqlite(path)
    db.exec(`CREATE TABLE kvs (word TEXT); INSERT INTO kvs VALUES ('${word}')`)
    db.close()
  }

  function wordOf(path: string): unknown {
    const db = openSqlite(path)
    try {
      return db.all('SELECT word FROM kvs')[0]?.['word']
    } finally {
      db.close()
    }
  }

  /** @returns the signal that ended it */
  function replaceUntil(step: number, refusal?: string): NodeJS.Signals | null {
    const aside = newBackupPath(sandbox.graphDir(), 'before-restore', Date.now())
    const args = [
      compiledFile(KILLED),
      sandbox.graphDir(),
      source,
      aside,
      String(step),
      ...(refusal === undefined ? [] : [refusal]),
    ]
    const {signal, status, stderr} = spawnSync(process.execPath, args)
    if (signal === null) expect(status, String(stderr)).to.equal(0)
    return signal
  }

  for (const [log, refusal] of [
    ['without a log'],
    ['with a log that could not be emptied'],
    ['without a log', 'EPERM'],
    ['with a log that could not be emptied', 'ENOTSUP'],
  ] as const) {
    const links = refusal === undefined ? '' : `, where hard links are refused with ${refusal}`
    it(`(${log}${links}) leaves the old or the new one, wherever it is killed`, () => {
      const path = join(sandbox.graphDir(), 'db.sqlite')
      const pristine = join(sandbox.dir, 'pristine')
      if (log !== 'without a log') writeFileSync(`${path}-wal`, 'not a log')
      execFileSync('cp', ['-a', sandbox.graphDir(), pristine])
      const seen: string[] = []
      for (let step = 1, ended = false; !ended; step++) {
        ended = replaceUntil(step, refusal) === null
        settleReplacement(sandbox.graphDir())
        const hasLog = existsSync(`${path}-wal`)
        const word = String(wordOf(path))
        seen.push(word)
        const asides = listBackups(sandbox.graphDir())
        const logs = asides.map((aside) => existsSync(`${aside.path}-wal`)) // SQLite may remove one that it cannot use
        const words = asides.map((aside) => wordOf(aside.path))
        // A copy is a backup, also of a database that stayed in place.
        if (word === 'new') expect(words, `step ${step}`).to.deep.equal(['old'])
        else expect(words, `step ${step}`).to.be.deep.oneOf(refusal === undefined ? [[]] : [[], ['old']])
        if (word === 'new') expect(logs, `step ${step}`).to.deep.equal([log !== 'without a log'])
        expect(hasLog, `step ${step}`).to.equal(word === 'old' && log !== 'without a log')
        expect(namesIn(sandbox.graphDir()).filter((name) => /incoming|replacing/.test(name))).to.deep.equal([])
        execFileSync('rm', ['-r', sandbox.graphDir()])
        execFileSync('cp', ['-a', pristine, sandbox.graphDir()])
      }

      expect(seen.join(' ')).to.match(/^(old )+(new ?)+$/)
      expect(seen.filter((word) => word === 'new').length).to.be.greaterThan(3)
    })
  }

  it('takes what the log of the source holds, and leaves the source as it is', async () => {
    const db = openSqlite(source)
    db.all('PRAGMA journal_mode = WAL')
    db.exec("UPDATE kvs SET word = 'newest'")
    const before = namesIn(sandbox.dir)
    const copy = join(sandbox.dir, 'copy.sqlite')
    await copyDatabase(source, copy, false)
    expect(namesIn(sandbox.dir)).to.deep.equal([...before, 'copy.sqlite'].sort())
    expect(wordOf(copy)).to.equal('newest')
    db.close()
  })

  it('is settled without a word where there is nothing to settle', () => {
    settleReplacement(sandbox.graphDir())
    mkdirSync(sandbox.graphDir('other'))
    settleReplacement(sandbox.graphDir('other'))
    expect(namesIn(sandbox.graphDir('other'))).to.deep.equal([])
    expect(wordOf(join(sandbox.graphDir(), 'db.sqlite'))).to.equal('old')
  })
})
