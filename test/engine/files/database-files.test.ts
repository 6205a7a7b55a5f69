import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {contentMark} from '../../../src/engine/files/content-mark.js'
import {SESSION} from '../../../src/lib/files/names.js'
import {useSandbox} from '../../support/use.js'
import {datomOf} from '../index/support.js'
import {type Opened, openGraph} from '../storage/support.js'

/** Sizes in a log: its header, and a page with the header of its own. */
const HEADER = 32
const FRAME = 24 + 4096

describe('the files of an open database', () => {
  const sandbox = useSandbox()
  let log: string
  let opened: Opened

  beforeEach(async () => {
    opened = await openGraph(join(sandbox.dir, 'graph'))
    log = join(opened.dir, 'db.sqlite-wal')
    for (let i = 0; i < 5; i++) opened.kvs.writeTail([[datomOf(i)]])
    expect(statSync(log).size).to.be.greaterThan(HEADER + 3 * FRAME)
  })

  const status = () => opened.store.files.status().is

  function overwrite(position: number, bytes: Uint8Array): void {
    const fd = openSync(log, 'r+')
    writeSync(fd, bytes, 0, bytes.length, position)
    closeSync(fd)
  }

  it('are its own when only a time changes', () => {
    expect(status()).to.equal('ours')
    utimesSync(log, 1, 1)
    expect(status()).to.equal('ours')
    opened.kvs.writeTail([[datomOf(9)]])
    expect(status()).to.equal('ours')
  })

  it('are its own where the log ends with half a page that a killed server was writing', async () => {
    const copy = join(sandbox.dir, 'copy')
    mkdirSync(copy)
    for (const name of ['db.sqlite', 'db.sqlite-wal']) copyFileSync(join(opened.dir, name), join(copy, name))
    appendFileSync(join(copy, 'db.sqlite-wal'), Buffer.alloc(FRAME / 2, 7))
    const next = await openGraph(copy)
    for (let i = 0; i < 2; i++) {
      utimesSync(join(copy, 'db.sqlite-wal'), 1, 1)
      expect(next.store.files.status().is).to.equal('ours')
      next.kvs.writeTail([[datomOf(i)]])
    }

    next.store.close()
  })

  it('may be out of reach after a commit: memory then follows the file all the same', () => {
    const away = join(sandbox.dir, 'away')
    renameSync(opened.dir, away)
    symlinkSync(opened.dir, opened.dir) // a look at a file in it fails, and SQLite has its files open
    expect(() => opened.kvs.writeTail([[datomOf(7)]])).to.not.throw()
    expect(() => status()).to.throw('ELOOP')
    rmSync(opened.dir)
    renameSync(away, opened.dir)
    expect(opened.kvs.readTail()).to.deep.equal([[datomOf(7)]])
    expect(status(), 'what was written then is ours').to.equal('ours')
    appendFileSync(log, 'x')
    expect(status(), 'later changes are seen').to.equal('changed')
  })

  it('may be out of reach after the log was written back', () => {
    const away = join(sandbox.dir, 'away')
    const back = opened.store.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
    opened.store.files.checkpointing()
    back.get()
    renameSync(opened.dir, away)
    symlinkSync(opened.dir, opened.dir)
    expect(() => opened.store.files.checkpointed()).to.not.throw()
    expect(() => status()).to.throw('ELOOP')
    rmSync(opened.dir)
    renameSync(away, opened.dir)
    expect(status()).to.equal('ours')
    opened.kvs.writeTail([[datomOf(9)]])
    expect(status()).to.equal('ours')
  })

  it('are not named by an old mark when the database was out of reach after the log was written back', () => {
    const session = join(opened.dir, SESSION)
    const away = join(sandbox.dir, 'away')
    opened.store.files.checkpointing()
    opened.store.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    renameSync(opened.dir, away)
    symlinkSync(opened.dir, opened.dir)
    opened.store.files.checkpointed()
    rmSync(opened.dir)
    renameSync(away, opened.dir)
    opened.kvs.writeTail([[datomOf(8)]])
    expect(existsSync(session), 'its content is not known').to.equal(false)
    expect(status()).to.equal('ours')
    opened.kvs.writeTail([[datomOf(9)]])
    const fd = openSync(join(opened.dir, 'db.sqlite'), 'r')
    expect(JSON.parse(readFileSync(session, 'utf8'))).to.include({database: contentMark(fd)})
    closeSync(fd)
  })

  const CHANGES: [what: string, position: number, bytes: Uint8Array][] = [
    ['a byte of the first page', HEADER + 24 + 1000, Buffer.of(0x5a)],
    ['the salts of a page in the middle', HEADER + FRAME + 8, Buffer.alloc(8)],
    ['the number of a page', HEADER + 3, Buffer.of(0x5a)],
    ['the checksum of a page', HEADER + 16, Buffer.alloc(8)],
    ['a hole in the middle', HEADER + FRAME, Buffer.alloc(FRAME)],
    ['the page size', 8, Buffer.of(0xff)],
  ]
  for (const [what, position, bytes] of CHANGES) {
    it(`are changed by another program when it overwrites in the log ${what}`, () => {
      const {atime, mtime} = statSync(log)
      overwrite(position, bytes)
      utimesSync(log, atime, mtime) // as a copy does that keeps times
      expect(status()).to.equal('changed')
      expect(opened.store.close()).to.include('-wal was changed by another program')
    })
  }
})
