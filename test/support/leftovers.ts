import {spawnSync} from 'node:child_process'
import {statSync} from 'node:fs'
import {expect} from 'chai'

const SQLITE = new URL('../../dist/lib/sqlite.js', import.meta.url).href

/** A program that is killed with a transaction in the log of a database, of which the database itself has nothing. */
const IN_LOG = 'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; '

/** A program that is killed in a transaction of many pages, some of which are in the database. */
const IN_JOURNAL = 'PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; BEGIN IMMEDIATE; '

/** Leaves `FILE-wal` beside a database. @param statements what the killed program wrote */
export function leaveLog(file: string, statements = "UPDATE kvs SET content = content || ' '"): void {
  killWriting(file, IN_LOG + statements)
  expect(statSync(`${file}-wal`).size).to.be.greaterThan(4096)
}

/** Leaves a hot `FILE-journal` beside a database, and the database half written. */
export function leaveJournal(file: string, statements = "UPDATE kvs SET content = content || '  '"): void {
  killWriting(file, IN_JOURNAL + statements)
  expect(statSync(`${file}-journal`).size).to.be.greaterThan(4096)
}

function killWriting(file: string, statements: string): void {
  const program = `
    import {openSqlite} from ${JSON.stringify(SQLITE)}
    const [file, statements] = process.argv.slice(1)
    openSqlite(file).exec(statements)
    process.kill(process.pid, 'SIGKILL')`
  const {signal, stderr} = spawnSync(process.execPath, ['--input-type=module', '--eval', program, file, statements])
  expect(signal, String(stderr)).to.equal('SIGKILL')
}
