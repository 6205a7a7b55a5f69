import {copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {findProblems} from '../../../src/engine/integrity/whole-file.js'

import {CREATE_REQUESTS} from '../../../src/engine/storage/requests.js'
import {CREATE_KVS} from '../../../src/engine/storage/shape.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {openSqlite} from '../../../src/lib/sqlite.js'
import {unpackGraph} from '../../support/graphs.js'
import {useSandbox} from '../../support/use.js'

describe('the check of a graph file', () => {
  const sandbox = useSandbox()
  let dir: string
  let path: string
  beforeEach(() => {
    dir = join(sandbox.dir, 'odd %41 ?#é')
    mkdirSync(dir)
    path = join(dir, 'copy.sqlite')
    unpackGraph('fresh', path)
  })
  const check = () => runSync(findProblems(path, NO_LIMITS))
  const problem = () => check()[0]?.what

  function run(sql: string): void {
    const db = openSqlite(path)
    db.exec(sql)
    db.close()
  }

  /** Gives the table of the graph another description of a column. */
  function remake(content: string): void {
    const sql = `${CREATE_KVS.replace('content TEXT', content)}; INSERT INTO kvs SELECT * FROM old; DROP TABLE old`
    run(`PRAGMA foreign_keys = OFF; ALTER TABLE kvs RENAME TO old; ${sql}`)
  }

  function setByte(at: number, byte: number): void {
    const bytes = readFileSync(path)
    bytes[at] = byte
    writeFileSync(path, bytes)
  }

  for (const mode of [1, 2])
    it(`finds a file sound that SQLite shrinks by itself: auto_vacuum ${mode}`, () => {
      run(`PRAGMA auto_vacuum = ${mode}; VACUUM; PRAGMA user_version = 7; PRAGMA application_id = 8`)
      expect(readFileSync(path).readUInt32BE(64)).to.equal(mode - 1)
      expect(check()).to.deep.equal([])
    })

  it('finds a sound file sound, and changes no byte of it', () => {
    const before = readFileSync(path)
    expect(check()).to.deep.equal([])
    expect(readFileSync(path).equals(before)).to.equal(true)
    expect(readdirSync(dir)).to.deep.equal(['copy.sqlite'])
  })

  it('makes no log beside a file that had one', () => {
    run('PRAGMA journal_mode = WAL; UPDATE kvs SET addr = addr; PRAGMA wal_checkpoint(TRUNCATE)')
    const other = join(dir, 'wal.sqlite')
    copyFileSync(path, other)
    expect(readFileSync(other)[18]).to.equal(2)
    expect(runSync(findProblems(other, NO_LIMITS))).to.deep.equal([])
    expect(readdirSync(dir).filter((name) => name.startsWith('wal.'))).to.deep.equal(['wal.sqlite'])
  })

  const DAMAGES: Record<string, [() => void, RegExp]> = {
    'a file that is not a database': [() => writeFileSync(path, 'x'.repeat(10_000)), /not a database/],
    'a version that SQLite does not write': [() => setByte(18, 3), /^unsupported file format$/],
    'a version that SQLite does not read': [() => setByte(19, 3), /not a database/],
    'a schema of an unknown format': [() => setByte(47, 5), /^unsupported file format$/],
    'reserved bytes that are none': [() => setByte(20, 8), /malformed/],
    'another encoding than that of its texts': [() => setByte(59, 2), /malformed database schema/],
    'an empty file': [() => truncateSync(path, 0), /holds no graph/],
    'a file that was cut': [() => truncateSync(path, 40_960), /malformed|missing|Page|SQLite/],
    'another database': [() => run('DROP TABLE kvs; CREATE TABLE other (a)'), /not a Logseq graph/],
    'a trigger': [
      () => run('CREATE TRIGGER t AFTER INSERT ON kvs BEGIN DELETE FROM kvs; END'),
      /holds the trigger "t"/,
    ],
    'a view': [() => run('CREATE VIEW v AS SELECT 1'), /holds the view "v"/],
    'an index of another name': [() => run('CREATE INDEX i ON kvs (content)'), /holds the index "i"/],
    'another table': [() => run('CREATE TABLE notes (a)'), /holds the table "notes"/],
    'a constraint that rows have to meet': [
      () => remake('content TEXT CHECK (length(content) < 1000000)'),
      /"kvs" with a/,
    ],
    'a reference to other rows': [() => remake('content TEXT REFERENCES kvs (addr)'), /"kvs" with a constraint/],
    'a reference from another table': [
      () => run('CREATE TABLE logseq_server_other (addr INTEGER REFERENCES kvs (addr))'),
      /"logseq_server_other" with a constraint/,
    ],
    'a fourth column': [() => run('ALTER TABLE kvs ADD COLUMN more'), /not a Logseq graph/],
    'a text that is not UTF-8': [
      () => run("UPDATE kvs SET content = CAST(X'ff' || content AS TEXT) WHERE addr > 1000010"),
      /no text in UTF-8/,
    ],
    'a root that is not UTF-8': [
      () => run("UPDATE kvs SET content = CAST(X'ff' || content AS TEXT) WHERE addr = 0"),
      /no text in UTF-8/,
    ],
    'bytes in place of a text': [
      () => run('UPDATE kvs SET content = CAST(content AS BLOB) WHERE addr > 1000010'),
      /no text in UTF-8/,
    ],
    'addresses that are not UTF-8': [
      () => run("UPDATE kvs SET addresses = CAST(X'fe' AS TEXT) WHERE addresses IS NOT NULL"),
      /addresses that are not a text/,
    ],
    'a missing row': [() => run('DELETE FROM kvs WHERE addr = 1000010'), /is missing/],
  }

  for (const [name, [damage, what]] of Object.entries(DAMAGES)) {
    it(`reports ${name}`, () => {
      damage()
      expect(problem()).to.match(what)
    })
  }

  it('accepts the tables that this program and SQLite keep', () => {
    run(`${CREATE_REQUESTS}; CREATE TABLE logseq_server_later (id TEXT PRIMARY KEY); ANALYZE`)
    expect(problem()).to.equal(undefined)
  })

  for (const sql of [
    'CREATE TABLE logseq_server_requests (id TEXT PRIMARY KEY, result TEXT)',
    CREATE_REQUESTS.replace(/\)$/, ', more TEXT NOT NULL)'),
    CREATE_REQUESTS.replace(/\)$/, ') STRICT'),
    CREATE_REQUESTS.replace(/\)$/, ') WITHOUT ROWID'),
    CREATE_REQUESTS.replace(/\)$/, ", CHECK (method <> 'x'))"),
    'CREATE VIEW logseq_server_requests AS SELECT 1 AS id',
    `${CREATE_REQUESTS}; CREATE TRIGGER logseq_server_t BEFORE INSERT ON logseq_server_requests BEGIN DELETE FROM kvs; END`,
    `${CREATE_REQUESTS}; CREATE UNIQUE INDEX logseq_server_i ON logseq_server_requests (method)`,
    'CREATE UNIQUE INDEX logseq_server_i ON kvs (content)',
  ]) {
    it(`refuses ${sql}`, () => {
      run(sql)
      expect(problem()).to.match(/logseq_server_\w+"?(, which a Logseq graph does not have| in another form)/)
    })
  }
})
