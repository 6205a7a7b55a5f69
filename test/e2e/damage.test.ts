import {execFileSync, spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {serverStatus} from '../../src/lib/index.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {callJson, callTransit, valueOf} from '../support/calls.js'
import {commandsIn} from '../support/commands.js'
import {unpackGraph} from '../support/graphs.js'
import {errorOf, operationsIn, UUID} from '../support/operations.js'
import {lives, until} from '../support/processes.js'
import {rounds, todays} from '../support/rounds.js'
import {http} from '../support/sandbox.js'
import {SEED} from '../support/seed.js'
import {useSandbox} from '../support/use.js'
import {endOf, serve, type Served} from '../support/workers.js'

const SQLITE = new URL('../../dist/lib/sqlite.js', import.meta.url).href

describe('a damaged graph', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const operations = operationsIn(sandbox)
  const {ok} = commandsIn(sandbox)
  beforeEach(() => {
    mkdirSync(sandbox.graphDir())
    unpackGraph('fresh', path())
  })
  const mark = () => join(sandbox.graphDir(), 'db-worker.running')
  const path = (ending = '') => join(sandbox.graphDir(), `db.sqlite${ending}`)
  const write = (server: Served, title = 'a title') =>
    callTransit(
      server,
      'transact',
      '"demo"',
      `[{:block/uuid #uuid "${UUID}" :block/title "${title}"}]`,
      '{:skip-validate-db? true}',
    )
  const titles = (server: Served) =>
    valueOf(server, 'q', '"demo"', `[[:find [?t ...] :where [?e :block/uuid #uuid "${UUID}"] [?e :block/title ?t]]]`)
  const damage = async (server: Served) => (await http(server.port, '/healthz')).json.damage as string | undefined

  async function stop(server: Served): Promise<void> {
    process.kill(server.pid, 'SIGTERM')
    await until(() => !lives(server.known), 15_000, 'the server to stop')
  }

  async function kill(server: Served): Promise<void> {
    process.kill(server.pid, 'SIGKILL')
    await until(() => !lives(server.known), 15_000, 'the server to be gone')
  }

  /**
   * Runs SQL on a copy of a database, and puts that into its place, which is another change than to write into the file.
   * @returns the rows of a SELECT
   */
  function inDatabase(file: string, sql: string): Record<string, unknown>[] {
    const work = join(mkdtempSync(join(sandbox.dir, 'sql-')), 'db.sqlite')
    for (const ending of ['', '-wal']) if (existsSync(file + ending)) copyFileSync(file + ending, work + ending)
    const db = openSqlite(work)
    try {
      if (sql.startsWith('SELECT')) return db.all(sql)
      db.exec(`${sql}; PRAGMA wal_checkpoint(TRUNCATE)`)
    } finally {
      db.close()
    }

    copyFileSync(work, file)
    for (const ending of ['-wal', '-shm']) rmSync(file + ending, {force: true})
    return []
  }

  const run = (sql: string) => {
    inDatabase(path(), sql)
  }

  /** Replaces the graph's database by another of the same size: its bytes go where the old ones are. */
  function writeOther(): void {
    const other = path('.other')
    unpackGraph('fresh', other)
    inDatabase(other, 'PRAGMA user_version = 7')
    const before = existsSync(path()) ? statSync(path()).size : undefined
    copyFileSync(other, path())
    rmSync(other)
    if (before !== undefined) expect(statSync(path()).size).to.equal(before)
  }

  function leafOf(index: 'aevt' | 'avet'): number {
    const rows = inDatabase(path(), 'SELECT addr, content, addresses FROM kvs')
    const root = String(rows.find(({addr}) => addr === 0)!['content'])
    let address = Number(new RegExp(`"~:${index}",(\\d+)`).exec(root)![1])
    for (;;) {
      const row = rows.find(({addr}) => addr === address)!
      if (row['addresses'] === null) return address
      address = (JSON.parse(String(row['addresses'])) as number[]).at(-1)!
    }
  }

  const backups = () =>
    existsSync(join(sandbox.graphDir(), 'backups')) ? readdirSync(join(sandbox.graphDir(), 'backups')) : []

  async function expectReadOnly(server: Served, reason: RegExp): Promise<void> {
    const refused = await write(server)
    expect(refused.status).to.equal(403)
    expect(refused.json.error).to.include({code: 'graph-read-only'})
    expect(refused.json.error.message).to.match(reason)
    expect(refused.json.error.details?.reason ?? refused.json.error.reason ?? refused.json.error.message).to.match(
      reason,
    )
    expect(await damage(server)).to.match(reason)
    expect(await titles(server)).to.deep.equal([])
  }

  it('is not written, although the write does not touch the damage; until a restart finds it sound', async () => {
    const address = leafOf('avet')
    copyFileSync(path(), join(sandbox.dir, 'sound.sqlite'))
    run(`DELETE FROM kvs WHERE addr = ${address}`)
    let server = await serve(sandbox)
    expect(await damage(server)).to.equal(undefined)
    const first = await write(server)
    expect([first.status, first.json.error.code]).to.be.deep.oneOf([
      [403, 'graph-read-only'],
      [500, 'graph-damaged'],
    ])
    await expectReadOnly(server, new RegExp(`row ${address} of the graph is missing`))
    expect(backups()).to.deep.equal([])
    await stop(server)

    server = await serve(sandbox)
    await until(() => damage(server), 10_000, 'the check after a session that found damage')
    await expectReadOnly(server, /is missing/)
    await stop(server)

    copyFileSync(join(sandbox.dir, 'sound.sqlite'), path())
    server = await serve(sandbox)
    expect((await write(server)).status).to.equal(200)
    expect(await damage(server)).to.equal(undefined)
    expect(await titles(server)).to.deep.equal(['a title'])
    expect(backups().length).to.equal(1)
  })

  const MEETINGS: Record<string, (server: Served) => Promise<unknown>> = {
    'a check': (server) => callJson(server, 'graph/check', 'demo'),
    'a read': (server) => callTransit(server, 'datoms', '"demo"', ':aevt'),
  }

  for (const [task, meet] of Object.entries(MEETINGS)) {
    it(`is read-only once ${task} has met the damage`, async () => {
      run(`UPDATE kvs SET content = CAST(X'ff' || content AS TEXT) WHERE addr = ${leafOf('aevt')}`)
      const server = await serve(sandbox)
      await meet(server)
      expect(await damage(server)).to.match(/UTF-8/)
      const status = await serverStatus({dataDir: sandbox.dataDir, repo: 'demo'})
      expect(status).to.include({status: 'ready'})
      expect(status.damage).to.match(/UTF-8/)
      expect(status.hint).to.contain('`logseq graph restore --repo demo`')
      expect((await sandbox.run(['server', 'status', '--repo', 'demo'])).stdout).to.match(/Damage .*UTF-8/)
      await expectReadOnly(server, /UTF-8/)
      expect(backups()).to.deep.equal([])
    })
  }

  it('is found after a kill, before any request', async () => {
    let server = await serve(sandbox)
    expect((await write(server)).status).to.equal(200)
    await kill(server)
    expect(existsSync(path('-wal'))).to.equal(true)
    run('PRAGMA wal_checkpoint(TRUNCATE)')
    const sound = readFileSync(path())
    run(`DELETE FROM kvs WHERE addr = ${leafOf('avet')}`)
    server = await serve(sandbox)
    await until(() => damage(server), 10_000, 'the check after an unclean end')
    await stop(server)

    writeFileSync(path(), sound)
    const started = await ok(['server', 'start', '--repo', 'demo'])
    expect(started['unclean-end'])
      .to.have.property('reason')
      .that.matches(/is missing/)
    expect(started['warnings'].join(' ')).to.match(/ended, and the graph may be damaged: .*is missing/)
    await ok(['server', 'stop', '--repo', 'demo'])
    expect(existsSync(mark())).to.equal(false)
    server = await serve(sandbox)
    expect((await write(server, 'another')).status).to.equal(200)
    expect(await titles(server)).to.deep.equal(['another'])
  })

  describe('at a start', () => {
    const files = () =>
      Object.fromEntries(
        ['', '-wal', '-shm', '-journal']
          .filter((ending) => existsSync(path(ending)))
          .map((ending) => [
            ending,
            createHash('sha256')
              .update(readFileSync(path(ending)))
              .digest('hex'),
          ]),
      )

    const UNFIT: Record<string, [() => void, RegExp]> = {
      'a trigger': [() => run('CREATE TRIGGER t AFTER INSERT ON kvs BEGIN DELETE FROM kvs; END'), /trigger "t"/],
      'a view': [() => run('CREATE VIEW v AS SELECT 1'), /view "v"/],
      'an index': [() => run('CREATE INDEX i ON kvs (content)'), /index "i"/],
      'another table': [() => run('CREATE TABLE notes (a)'), /table "notes"/],
      'another column': [() => run('ALTER TABLE kvs ADD COLUMN more'), /not a Logseq graph/],
      'a root that is not transit': [() => run("UPDATE kvs SET content = '{' WHERE addr = 0"), /not understood/],
      'a root that is not UTF-8': [
        () => run("UPDATE kvs SET content = CAST(X'fffe' AS TEXT) WHERE addr = 0"),
        /not understood/,
      ],
      'no tail': [() => run('DELETE FROM kvs WHERE addr = 1'), /tail is missing/],
      'a depth that cannot be': [
        () => run(`UPDATE kvs SET content = replace(content, '"~:shift",2', '"~:shift",77') WHERE addr = 0`),
        /77 levels/,
      ],
      'a file that is not a database': [() => writeFileSync(path(), 'x'.repeat(9000)), /not a database/],
      'a file that was cut': [() => truncateSync(path(), 8192), /./],
      'an empty file': [() => truncateSync(path(), 0), /has not been created .*`logseq server start --create/],
    }

    async function expectRefused(reason: RegExp): Promise<void> {
      const before = files()
      const started = await errorOf(operations.start('demo', false))
      expect(started.exit).to.equal(6)
      expect(`${started.message} ${started.hint} ${started['log-tail']}`).to.match(reason)
      expect(files()).to.deep.equal(before)
    }

    for (const [row, [what, [spoil, reason]]] of Object.entries(UNFIT).entries()) {
      it(`is refused with a word for ${what}, and no byte of it changes`, async () => {
        spoil()
        await expectRefused(reason)
        // Each day for other rows: what is wrong is the same.
        const isTurn = rounds((row + SEED) % 3, 0) === 0
        if (isTurn && !existsSync(path('-wal')) && readFileSync(path()).length > 4096) {
          const bytes = readFileSync(path())
          bytes[18] = 2 // the same in the mode in which Logseq leaves it
          bytes[19] = 2
          writeFileSync(path(), bytes)
          await expectRefused(/./)
        }
      })
    }

    /** Kills a program in the middle of a transaction, which leaves a rollback journal. @param statements a transaction of many pages */
    function killMidway(file: string, statements: string): void {
      const program = `
        import {openSqlite} from ${JSON.stringify(SQLITE)}
        const [file, statements] = process.argv.slice(1)
        const db = openSqlite(file)
        db.exec('PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; BEGIN IMMEDIATE; ' + statements)
        process.kill(process.pid, 'SIGKILL')`
      const killed = spawnSync(process.execPath, ['--input-type=module', '--eval', program, file, statements])
      expect(killed.signal).to.equal('SIGKILL')
      expect(statSync(`${file}-journal`).size).to.be.greaterThan(20_000)
    }

    it('is refused by the command, with what to run for this graph', async () => {
      truncateSync(path(), 0)
      const started = await sandbox.fails(['server', 'start', '--repo', 'demo'])
      expect(started.exit).to.equal(6)
      expect(`${started.message} ${started.hint}`).to.contain('`logseq server start --create --repo demo`')
    })

    it('is refused when a rollback journal of another database lies beside it, and served when that is gone', async () => {
      const other = join(sandbox.dir, 'other.sqlite')
      inDatabase(other, 'CREATE TABLE t (a, b)')
      inDatabase(other, `INSERT INTO t SELECT value, zeroblob(900) FROM json_each('[${'1,'.repeat(299)}1]')`)
      killMidway(other, 'UPDATE t SET b = randomblob(900)')
      for (const mode of [1, 2]) {
        const bytes = readFileSync(path())
        bytes[18] = mode
        bytes[19] = mode
        writeFileSync(path(), bytes)
        copyFileSync(`${other}-journal`, path('-journal'))
        await expectRefused(/db\.sqlite-journal does not belong to the database beside it/)
        expect(readdirSync(sandbox.graphDir()).filter((name) => name.includes('.tmp'))).to.deep.equal([])
      }

      rmSync(path('-journal'))
      const server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
    })

    /** The journal of a transaction that began with an empty database: https://sqlite.org/fileformat.html, 3. */
    function journalOfCreation(): Buffer {
      const header = Buffer.alloc(512)
      Buffer.from('d9d505f920a163d7', 'hex').copy(header)
      header.writeUInt32BE(512, 20) // the size of a sector; no pages, of a database of no pages
      header.writeUInt32BE(4096, 24)
      return header
    }

    for (const mode of ['WAL', 'DELETE']) {
      it(`is created by the next start when a server was killed while it created the graph: ${mode}`, async () => {
        rmSync(path())
        inDatabase(path(), `PRAGMA journal_mode = ${mode}; PRAGMA user_version = 1; PRAGMA user_version = 0`)
        expect(statSync(path()).size).to.equal(4096)
        writeFileSync(path('-journal'), journalOfCreation())
        const server = await serve(sandbox)
        expect((await write(server)).status).to.equal(200)
        expect(existsSync(path('-journal'))).to.equal(false)
        expect((await callJson(server, 'graph/check', 'demo')).json.result).to.include({':ok': true})
      })
    }

    it('is refused when the journal of the creation of another graph lies beside it', async () => {
      writeFileSync(path('-journal'), journalOfCreation())
      await expectRefused(/db\.sqlite-journal does not belong to the database beside it/)
    })

    it('is served as it was before a transaction of another program that was killed midway', async () => {
      killMidway(path(), "UPDATE kvs SET content = content || ' ' WHERE addr > 1")
      const server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      expect(existsSync(path('-journal'))).to.equal(false)
      expect((await callJson(server, 'graph/check', 'demo')).json.result).to.include({':ok': true})
    })

    it('keeps the log of a server that was killed, too', async () => {
      const server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await kill(server)
      const wal = readFileSync(path('-wal'))
      run('CREATE TRIGGER t AFTER INSERT ON kvs BEGIN DELETE FROM kvs; END')
      rmSync(join(sandbox.graphDir(), 'db-worker.session'))
      writeFileSync(path('-wal'), wal)
      await expectRefused(/./)
    })

    it('is refused when its log belongs to another database, and served when the right one is back', async () => {
      let server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await kill(server)
      const right = readFileSync(path())
      renameSync(path(), path('.mine'))
      writeOther()
      await expectRefused(/db\.sqlite-wal holds writes to another database/)
      await expectRefused(/was replaced or changed since/)
      rmSync(path())
      const made = await errorOf(operations.start())
      expect(made.message).to.match(/db\.sqlite is missing or empty/)
      expect(Object.keys(files())).to.deep.equal(['-wal'])

      renameSync(path('.mine'), path())
      expect(readFileSync(path()).equals(right)).to.equal(true)
      server = await serve(sandbox)
      expect(await titles(server)).to.deep.equal(['a title'])
    })

    it('is refused in a copy of its directory whose log is of a later state than its database', async () => {
      const server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await callJson(server, 'close-db', 'demo')
      mkdirSync(sandbox.graphDir('a copy'))
      const copy = (name: string) =>
        copyFileSync(join(sandbox.graphDir(), name), join(sandbox.graphDir('a copy'), name))
      copy('db.sqlite') // as `cp -r` does while the server writes
      expect((await write(server, 'a later title')).status).to.equal(200)
      await callJson(server, 'close-db', 'demo')
      expect((await write(server, 'a still later title')).status).to.equal(200)
      for (const name of ['db.sqlite-wal', 'db-worker.session']) copy(name)
      const error = await sandbox.fails(['server', 'start', '--repo', 'a copy'])
      expect(error.message).to.match(/db\.sqlite was replaced or changed since, or copied before/)
      execFileSync('sh', ['-c', /`(mv [^`]+)`/.exec(error.hint!)![1]!])
      await sandbox.ok(['graph', 'check', '--repo', 'a copy'])
      expect(await operations.titleOf('a copy')).to.equal('a title')
      expect(await operations.titleOf()).to.equal('a still later title')
    })

    for (const [what, lose] of Object.entries({
      cut: () => truncateSync(path('-wal'), 20),
      emptied: () => truncateSync(path('-wal')),
      removed: () => rmSync(path('-wal')),
    })) {
      it(`says that writes are lost if its log was ${what} after a kill, once`, async () => {
        const server = await serve(sandbox)
        expect((await write(server)).status).to.equal(200)
        await kill(server)
        lose()
        const start = ['server', 'start', '--repo', 'demo']
        const {'unclean-end': end, warnings} = await ok(start)
        expect(end)
          .to.include({pid: server.pid})
          .and.property('reason')
          .matches(/db\.sqlite-wal.+lost/)
        expect(warnings.join('\n')).to.match(/they are lost/)
        await ok(['server', 'stop', '--repo', 'demo'])
        expect(await ok(start)).not.to.have.property('unclean-end')
      })
    }

    it('is refused when the log beside it is not the one that the last server wrote', async () => {
      const server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await kill(server)
      const wal = readFileSync(path('-wal'))
      wal[19]! ^= 1 // in its salt
      writeFileSync(path('-wal'), wal)
      await expectRefused(/the last server wrote another log/)
    })

    it('is served when a copy of its database comes back, as of cp', async () => {
      let server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await kill(server)
      execFileSync('cp', [path(), path('.copy')])
      writeOther()
      await expectRefused(/was replaced or changed since/)
      rmSync(path())
      renameSync(path('.copy'), path())
      server = await serve(sandbox)
      expect(await titles(server)).to.deep.equal(['a title'])
    })

    it('keeps its log beside it when the two make no sound graph, and nothing says why', async () => {
      const address = leafOf('avet')
      const text = String(inDatabase(path(), `SELECT content FROM kvs WHERE addr = ${address}`)[0]!['content'])
      let server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await kill(server)
      const bytes = readFileSync(path())
      const at = bytes.indexOf(text.slice(0, 200))
      expect(at).to.be.greaterThan(0)
      bytes[at + 100] = 0xff
      writeFileSync(path(), bytes)
      rmSync(join(sandbox.graphDir(), 'db-worker.session'))
      const before = files()
      server = await serve(sandbox)
      await until(() => damage(server), 15_000, 'the check after an unclean end')
      await stop(server)
      expect(files()).to.deep.equal(before)
    })

    it('is served from a copy of a directory that a killed server left', async () => {
      const server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
      await kill(server)
      mkdirSync(sandbox.graphDir('copy'))
      for (const name of ['db.sqlite', 'db.sqlite-wal', 'db-worker.session'])
        copyFileSync(join(sandbox.graphDir(), name), join(sandbox.graphDir('copy'), name))
      await operations.start('copy')
      expect(await operations.titleOf('copy')).to.equal('a title')
    })
  })

  describe('whose files another program changes', () => {
    let server: Served
    beforeEach(async () => {
      server = await serve(sandbox)
      expect((await write(server)).status).to.equal(200)
    })

    const CHANGES: Record<string, [() => void, unknown[] | undefined]> = {
      'the log is removed': [() => rmSync(path('-wal')), ['a title']],
      'another file takes the place of the log': [
        () => {
          rmSync(path('-wal'))
          writeFileSync(path('-wal'), 'another')
        },
        ['a title'],
      ],
      'the log is emptied': [() => truncateSync(path('-wal')), []],
      'the database is written over': [writeOther, []],
      'the database is cut': [() => truncateSync(path(), 40_960), undefined],
    }

    const inPlace = (file: string) => writeFileSync(file, readFileSync(file), {flag: 'r+'})
    const TIMES: Record<string, () => void> = {
      'the database is touched': () => execFileSync('touch', [path()]),
      'the log is touched': () => execFileSync('touch', [path('-wal')]),
      'all its files are touched': () => execFileSync('sh', ['-c', 'touch *'], {cwd: sandbox.graphDir()}),
      'they get a time long ago': () => execFileSync('touch', ['-d', '2001-01-01', path(), path('-wal')]),
      'they get a time far ahead': () => execFileSync('touch', ['-d', '2099-01-01', path(), path('-wal')]),
      'their access changes': () => execFileSync('chmod', ['600', path(), path('-wal')]),
      'the same bytes are written over the database': () => inPlace(path()),
      'the same bytes are written over the log': () => inPlace(path('-wal')),
      'they are copied with their times': () => {
        execFileSync('cp', ['-a', sandbox.graphDir(), mkdtempSync(join(sandbox.dir, 'copied-'))])
        execFileSync('tar', ['-C', sandbox.graphDir(), '-cf', join(sandbox.dir, 'copied.tar'), '.'])
      },
    }

    it('is served on when any of that happens', async () => {
      for (const [what, change] of Object.entries(TIMES)) {
        change()
        expect((await write(server, what)).status, what).to.equal(200)
        expect(await titles(server)).to.deep.equal([what])
      }

      expect(lives(server.known)).to.equal(true)
    })

    for (const [what, change] of todays(Object.entries(TIMES), 2)) {
      it(`is served on when ${what}, and loses nothing at a kill, a stop or a start after that`, async () => {
        change()
        expect((await write(server, 'second')).status).to.equal(200)
        change()
        expect((await write(server, 'third')).status).to.equal(200)
        expect(lives(server.known)).to.equal(true)
        await kill(server)
        change()
        server = await serve(sandbox)
        expect(await titles(server)).to.deep.equal(['third'])
        change()
        expect((await write(server, 'fourth')).status).to.equal(200)
        await stop(server)
        server = await serve(sandbox)
        expect(await titles(server)).to.deep.equal(['fourth'])
        expect(readdirSync(sandbox.graphDir()).filter((name) => name.endsWith('.aside'))).to.deep.equal([])
      })
    }

    for (const [what, change] of Object.entries({
      'all its files are touched': () => execFileSync('sh', ['-c', 'touch *'], {cwd: sandbox.graphDir()}),
      'its directory is copied by hard links': () => {
        for (const name of ['db.sqlite', 'db.sqlite-wal'])
          linkSync(join(sandbox.graphDir(), name), join(mkdtempSync(join(sandbox.dir, 'linked-')), name))
      },
    }))
      it(`is served on with an empty log when ${what}`, async () => {
        await stop(server)
        server = await serve(sandbox)
        expect(statSync(path('-wal')).size).to.equal(0)
        change()
        expect((await write(server, 'second')).status).to.equal(200)
        expect(lives(server.known)).to.equal(true)
      })

    it('is not written once one byte of the database has changed, under the same time', async () => {
      const {atime, mtime} = statSync(path())
      const fd = openSync(path(), 'r+')
      writeSync(fd, 'x', 20_000)
      closeSync(fd)
      utimesSync(path(), atime, mtime) // not to the nanosecond
      expect((await write(server, 'lost')).json.error.code).to.equal('repo-locked')
      await until(() => !lives(server.known), 15_000, 'the server to end itself')
    })

    it('is not written once a byte has changed under the same time to the nanosecond', async () => {
      const ended = endOf(server.child)
      execFileSync('touch', ['-r', path(), path('.time')])
      const fd = openSync(path(), 'r+')
      writeSync(fd, 'x', 200_000)
      closeSync(fd)
      execFileSync('touch', ['-r', path('.time'), path()])
      expect((await write(server, 'lost')).json.error.code).to.equal('repo-locked')
      await until(() => !lives(server.known), 15_000, 'the server to end itself')
      expect(await ended).to.deep.equal({code: 0, signal: null})
    })

    for (const [what, [change, left]] of Object.entries(CHANGES)) {
      it(`is not written once ${what}, and the server ends`, async () => {
        const ended = endOf(server.child)
        change()
        const overwritten = readFileSync(path())
        const refused = await write(server, 'lost')
        expect([refused.status, refused.json.error.code]).to.deep.equal([409, 'repo-locked'])
        await until(() => !lives(server.known), 15_000, 'the server to end itself')
        expect(await ended).to.deep.equal({code: 0, signal: null})
        expect(JSON.parse(readFileSync(mark(), 'utf8')).reason).to.contain('db.sqlite')
        if (left === undefined || what.includes('over')) expect(readFileSync(path()).equals(overwritten)).to.equal(true)
        if (left === undefined) return
        const next = await serve(sandbox)
        expect(await titles(next)).to.deep.equal(left)
        expect((await write(next, 'next')).status).to.equal(200)
        expect(await titles(next)).to.deep.equal(['next'])
      })
    }
  })
})
