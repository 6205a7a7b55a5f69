import {spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {readRecord, recordPath, removeRecord, writeRecord} from '../../../src/lib/lock/record-file.js'
import {formatRecord, type LockRecord} from '../../../src/lib/lock/record.js'
import {compiled} from '../../support/compiled.js'
import {Peer} from '../../support/fake-peer.js'
import {evaluate, needsRoot, NOBODY} from '../../support/fake-user.js'
import {needsDisk} from '../../support/mounts.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

const RECORD: LockRecord = {
  repo: 'logseq_db_demo',
  pid: 42,
  'lock-id': 'l',
  'owner-source': 'cli',
  'auth-token': 'secret',
}

const RECORD_FILE = fileURLToPath(new URL('../../../src/lib/lock/record-file.ts', import.meta.url))

describe('the file of a record', () => {
  const sandbox = useSandbox()
  let dir: string
  let path: string

  beforeEach(() => {
    dir = sandbox.graphDir()
    path = sandbox.recordPath()
    mkdirSync(dir)
  })

  it('is written and read whole, and is readable by its owner only', () => {
    writeRecord(dir, RECORD)
    expect(recordPath(dir)).to.equal(path)
    expect(readRecord(dir)).to.deep.equal({kind: 'present', record: RECORD})
    expect(readFileSync(path, 'utf8')).to.equal(formatRecord(RECORD))
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(namesIn(dir)).to.deep.equal(['db-worker.lock'])
  })

  it('is readable by its owner only, whatever the file before it allowed', () => {
    writeFileSync(path, '{}', {mode: 0o644})
    writeRecord(dir, RECORD)
    expect(statSync(path).mode & 0o777).to.equal(0o600)
  })

  const IN_ITS_PLACE: [what: string, make: () => void, problem: RegExp][] = [
    ['an empty file', () => writeFileSync(path, ''), /empty/],
    ['garbage', () => writeFileSync(path, 'garbage'), /not JSON/],
    ['a truncated record', () => writeFileSync(path, formatRecord(RECORD).slice(0, 40)), /not JSON/],
    ['zeros, as after a power cut', () => writeFileSync(path, Buffer.alloc(120)), /not JSON/],
    ['a directory', () => mkdirSync(path), /directory/],
    ['a symbolic link to a record', () => linkToRecord(), /symbolic link/],
    ['a symbolic link to nothing', () => symlinkSync(join(dir, 'nothing'), path), /symbolic link/],
    ['a symbolic link to itself', () => symlinkSync(path, path), /symbolic link/],
    ['a FIFO', () => makeFifo(), /regular file/],
    ['a huge file', () => makeHuge(), /longer than 64\.0 KiB/],
  ]

  function linkToRecord(): void {
    writeFileSync(join(dir, 'other'), formatRecord(RECORD))
    symlinkSync(join(dir, 'other'), path)
  }

  function makeFifo(): void {
    expect(spawnSync('mkfifo', [path]).status).to.equal(0)
  }

  function makeHuge(): void {
    writeFileSync(path, '')
    truncateSync(path, 2 ** 40) // a sparse file: whoever reads it whole runs out of memory
  }

  for (const [what, make, problem] of IN_ITS_PLACE) {
    it(`${what} in its place is corrupt, and is replaced by a record`, () => {
      make()
      expect(readRecord(dir)).to.have.property('kind', 'corrupt')
      expect(readRecord(dir)).to.have.property('problem').that.matches(problem)
      writeRecord(dir, RECORD)
      expect(readRecord(dir)).to.deep.equal({kind: 'present', record: RECORD})
    })

    it(`${what} in its place can be removed`, () => {
      make()
      removeRecord(dir)
      expect(readRecord(dir)).to.deep.equal({kind: 'absent'})
    })
  }

  it('a socket in its place is corrupt, and can be removed', async () => {
    const server = createServer().listen(path)
    await once(server, 'listening')
    try {
      expect(readRecord(dir)).to.have.property('kind', 'corrupt')
      removeRecord(dir)
      expect(readRecord(dir)).to.deep.equal({kind: 'absent'})
    } finally {
      server.close()
    }
  })

  it('a directory in its place is kept aside with all that is in it', () => {
    for (const act of [() => writeRecord(dir, RECORD), () => removeRecord(dir)]) {
      rmSync(path, {force: true})
      mkdirSync(path)
      writeFileSync(join(path, 'precious'), 'kept')
      act()
      const aside = readdirSync(dir).find((name) => name.endsWith('.aside'))
      expect(readFileSync(join(dir, aside!, 'precious'), 'utf8')).to.equal('kept')
      rmSync(join(dir, aside!), {recursive: true})
    }
  })

  it('the target of a link in its place stays as it was', () => {
    linkToRecord()
    writeRecord(dir, {...RECORD, pid: 43})
    expect(readFileSync(join(dir, 'other'), 'utf8')).to.equal(formatRecord(RECORD))
    removeRecord(dir)
    expect(existsSync(join(dir, 'other'))).to.equal(true)
  })

  it('is absent where there is no graph directory, and where that is a file', () => {
    expect(readRecord(join(dir, 'none'))).to.deep.equal({kind: 'absent'})
    writeFileSync(join(dir, 'file'), '')
    expect(readRecord(join(dir, 'file'))).to.deep.equal({kind: 'absent'})
  })

  it('is removed even when it has just gone', () => {
    removeRecord(dir)
    expect(readRecord(dir)).to.deep.equal({kind: 'absent'})
  })

  it('of another user is unreadable, not corrupt, with that user', function () {
    needsRoot(this)
    writeRecord(dir, RECORD)
    for (const open of [sandbox.dir, sandbox.dataDir, dir]) chmodSync(open, 0o755)
    const read = () => evaluate(['lib/lock/record-file.ts'], `m0.readRecord(${JSON.stringify(dir)})`, NOBODY)
    expect(read()).to.deep.equal({kind: 'unreadable', uid: 0})
    chmodSync(dir, 0o700)
    expect(read()).to.deep.equal({kind: 'unreadable'})
  })

  it('is never seen torn by another process, in 2000 rewrites', async () => {
    const quick = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'logseq-server-test-'))
    try {
      const long: LockRecord = {...RECORD, 'x-padding': 'ü'.repeat(8000)}
      writeRecord(quick, RECORD)
      const reader = new Peer(sandbox, 'record-reader.ts', quick)
      await reader.next()
      for (let i = 0; i < 2000; i++) {
        writeRecord(quick, i % 2 === 0 ? long : RECORD)
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }

      reader.tell('stop')
      const seen = await reader.next<Record<string, number>>()
      expect(Object.keys(seen)).to.deep.equal(['present'])
      expect(seen['present']).to.be.greaterThan(100)
      expect(namesIn(quick)).to.deep.equal(['db-worker.lock'])
    } finally {
      rmSync(quick, {force: true, recursive: true})
    }
  })

  it('is left as it was when the disk is full', function () {
    const mount = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, mount, '16k')
    try {
      writeRecord(mount, RECORD)
      expect(() => {
        for (;;) writeFileSync(join(mount, 'filler'), Buffer.alloc(4096), {flag: 'a'})
      }).to.throw('ENOSPC')
      expect(() => writeRecord(mount, {...RECORD, pid: 43})).to.throw('ENOSPC')
      expect(readRecord(mount)).to.deep.equal({kind: 'present', record: RECORD})
      expect(namesIn(mount)).to.deep.equal(['db-worker.lock', 'filler'])
    } finally {
      disk.unmount()
    }
  })

  it('is left as it was when only a part of a new one can be written', function () {
    if (spawnSync('prlimit', ['--version']).status !== 0) {
      console.log('      skipped: no prlimit to limit the size of files with')
      this.skip()
    }

    writeRecord(dir, RECORD)
    const script = `
      import {spawnSync} from 'node:child_process'
      import {writeRecord} from ${JSON.stringify(RECORD_FILE)}
      const [dir, record] = process.argv.slice(2)
      process.on('SIGXFSZ', () => {}) // what is written beyond the limit fails, as on a full disk
      spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=64'])
      writeRecord(dir, JSON.parse(record))`
    const args = [compiled(script), dir, JSON.stringify({...RECORD, pid: 43})]
    const ran = spawnSync(process.execPath, args, {encoding: 'utf8'})
    expect(ran.stderr).to.include('EFBIG')
    expect(readRecord(dir)).to.deep.equal({kind: 'present', record: RECORD})
    expect(namesIn(dir)).to.deep.equal(['db-worker.lock'])
  })
})
