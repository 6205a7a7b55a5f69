import {execFileSync} from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {stripVTControlCharacters} from 'node:util'
import {expect} from 'chai'

import {type Backup, describeGraphs, removeBackups} from '../../src/lib/index.js'
import {openSqlite} from '../../src/lib/sqlite.js'
import {commandsIn} from '../support/commands.js'
import {unpackGraph} from '../support/graphs.js'
import {needsDisk} from '../support/mounts.js'
import {errorOf, operationsIn} from '../support/operations.js'
import {until} from '../support/processes.js'
import {todays} from '../support/rounds.js'
import {cleanEnv, CLI, namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']

/** Statements after which a server does not open a graph, though SQLite and the nodes may be sound. */
const UNOPENABLE = {
  'no root': 'DELETE FROM kvs WHERE addr = 0',
  'no tail': 'DELETE FROM kvs WHERE addr = 1',
  'no rows': 'DELETE FROM kvs',
  'another database of Logseq': `UPDATE kvs SET content = replace(content, '"db"', '"dx"')`,
}

describe('backups', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  // Commands are run where they are what a test is about; the others are operations of the library in this process.
  const {backUp, backups, check, exportTo, importAs, restore, start, stop, titleOf, write} = operationsIn(sandbox)
  const {fails, ok} = commandsIn(sandbox)

  beforeEach(async () => {
    mkdirSync(sandbox.graphDir())
    const database = join(sandbox.graphDir(), 'db.sqlite')
    unpackGraph('fresh', database)
    chmodSync(database, 0o600) // as a server makes it
    await start()
  })

  const directory = () => join(sandbox.graphDir(), 'backups')
  const command = (name: string, ...args: string[]) => ok(['graph', name, ...args, ...DEMO])

  /** Restores on a terminal, where a person types the answer. */
  const onTerminal = (answer: string, ...flags: string[]) => {
    const words = [process.execPath, CLI, 'graph', 'restore', ...DEMO, ...flags].map((word) => `'${word}'`)
    const env = {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir}
    try {
      const input = answer === '' ? undefined : answer
      return execFileSync('script', ['-qec', words.join(' '), '/dev/null'], {encoding: 'utf8', env, input})
    } catch (error) {
      const {status, stdout} = error as {status: number; stdout: string}
      return `${stdout}exit ${status}`
    }
  }

  /** Copies a backup under other names, as if it had been made then. */
  function plant(path: string, ...names: string[]): void {
    for (const name of names) copyFileSync(path, join(directory(), `${name}.sqlite`))
  }

  /** Loses a row of a database that nobody has open. */
  function damage(path: string): void {
    const db = openSqlite(path)
    db.exec('PRAGMA busy_timeout = 5000') // a process holds its locks a little beyond its end
    db.exec('DELETE FROM kvs WHERE addr = 1000040')
    db.close()
  }

  /** Waits for the check of the backups, and for what the thinning after it has left. */
  const settled = (thinned: (automatic: string[]) => boolean = () => true) =>
    until(
      () => {
        const names = readdirSync(directory())
        const automatic = names.filter((name) => name.startsWith('auto-'))
        return names.every((name) => !/unchecked|part/.test(name)) && thinned(automatic)
      },
      20_000,
      'the check of the backups',
    )

  describe('of a clock that was ahead', () => {
    const ahead = Array.from({length: 9}, (_, i) => `2099010${i + 1}T000000000Z`)

    it('do not push out the one that is made now', async () => {
      plant((await backUp()).backups[0]!.path, ...ahead)
      const made = await command('backup')
      expect(made['created']).to.equal('20990109T000000001Z')
      expect(made['backups'][0]).to.include({damaged: false, kind: 'own', name: made['created']})
      expect(existsSync(made['backups'][0]['path'] as string)).to.equal(true)
      expect(Math.abs(Date.parse(made['backups'][0]['time'] as string) - Date.now())).to.be.lessThan(60_000)
      await write('two') // and the automatic one, before it
      await settled() // its check gives it another name
      expect((await command('restore'))['backup']).to.equal('auto-20990109T000000002Z')
    })

    it('do not push out the one before the first write', async () => {
      plant((await backUp()).backups[0]!.path, ...ahead.map((name) => `auto-${name}`))
      await write('one')
      await settled((automatic) => !automatic.includes('auto-20990101T000000000Z.sqlite'))
      const names = backups()
        .filter(({kind}) => kind === 'automatic')
        .map(({name}) => name)
      expect(names).to.include('auto-20990109T000000001Z').and.to.include('auto-20990109T000000000Z')
      expect(names).not.to.include('auto-20990101T000000000Z')
    })
  })

  it('of a person stay until they are removed; automatic ones are thinned', async () => {
    const {created} = await backUp()
    const {path} = backups()[0]!
    plant(path, ...Array.from({length: 9}, (_, i) => `2026010${i + 1}T000000000Z`))
    plant(path, ...Array.from({length: 9}, (_, i) => `auto-20260201T00000${i}000Z`))
    await write('one')
    await settled((automatic) => automatic.length === 3)
    const kinds = ((await sandbox.ok(['graph', 'backup', '--list', ...DEMO]))['backups'] as Backup[]).map(
      ({kind}) => kind,
    )
    expect(kinds.filter((kind) => kind === 'own')).to.have.length(10)
    expect(kinds.filter((kind) => kind === 'automatic')).to.have.length(3)

    const unknown = await fails(['graph', 'backup', 'remove', created!, 'nonsense', ...DEMO])
    expect(unknown).to.include({code: 'backup-not-found', exit: 2})
    expect(backups()).to.have.length(13)
    const removed = await command('backup', 'remove', created!, '20260101T000000000Z')
    expect(removed['removed']).to.deep.equal([created, '20260101T000000000Z'])
    const kept = await command('backup', '--keep', '3')
    expect((kept['backups'] as Backup[]).filter(({kind}) => kind === 'own').map(({name}) => name)).to.deep.equal([
      kept['created'],
      '20260109T000000000Z',
      '20260108T000000000Z',
    ])
    expect((await command('backup', 'remove', '--keep', '1'))['removed']).to.have.length(2)
    expect(backups().map(({kind}) => kind)).to.deep.equal(['own', 'automatic', 'automatic', 'automatic'])
    for (const wrong of [
      ['remove'],
      ['remove', '--keep', '0'],
      ['remove', '--frob'],
      ['--keep', '0'],
      ['--keep', '1', '--list'],
    ])
      expect([wrong, (await fails(['graph', 'backup', ...wrong, ...DEMO])).exit]).to.deep.equal([wrong, 2])
  })

  it('of a damaged graph are marked, and do not replace a good one', async () => {
    await write('one')
    const good = await backUp()
    await settled()
    await stop()
    damage(join(sandbox.graphDir(), 'db.sqlite'))
    const made = await command('backup', '--keep', '1')
    expect(made['created']).to.match(/^\d{8}T\d{9}Z-damaged$/)
    expect(made['warnings'][0]).to.match(/demo is damaged/)
    expect(backups().map(({damaged, name}) => [name, damaged])).to.deep.include.members([
      [made['created'], true],
      [good.created, false],
    ])

    const {pid} = sandbox.record()!
    const refused = await fails(['graph', 'restore', made['created'] as string, ...DEMO])
    expect(refused).to.include({code: 'graph-damaged', exit: 6})
    expect(sandbox.record()!['pid']).to.equal(pid)
    expect(namesIn(sandbox.graphDir()).filter((name) => /incoming|replacing/.test(name))).to.deep.equal([])

    // Without a name, the newest that is not damaged.
    expect((await restore()).backup).to.equal(good.created)
    await check()
    const aside = backups().find(({kind}) => kind === 'before-restore')
    expect(aside).to.include({damaged: true})

    const forced = await command('restore', made['created'] as string, '--force')
    expect(forced['warnings'][0]).to.match(/damaged/)
  })

  it('are not mixed up with other things in their directory, which stay', async () => {
    mkdirSync(join(directory(), '20260101T000000000Z.sqlite'), {recursive: true})
    mkdirSync(join(directory(), 'auto-20260101T000000000Z.sqlite.part'))
    writeFileSync(join(directory(), 'thesis.part'), 'mine')
    writeFileSync(join(sandbox.dir, 'elsewhere'), 'mine')
    symlinkSync(join(sandbox.dir, 'elsewhere'), join(directory(), 'auto-20260101T000000001Z.sqlite'))
    execFileSync('mkfifo', [join(directory(), 'auto-20260101T000000002Z.sqlite')])
    execFileSync('mkfifo', [join(directory(), 'auto-20260101T000000003Z-unchecked.sqlite')])
    const before = namesIn(directory())
    await write('one')
    const {created} = await backUp()
    await until(
      () => !namesIn(directory()).some((name) => /unchecked/.test(name) && !before.includes(name)),
      20_000,
      'the check',
    )
    expect(namesIn(directory())).to.include.members(before)
    expect(backups().map(({name}) => name))
      .to.include(created)
      .and.to.have.length(2)
    expect(readFileSync(join(sandbox.dir, 'elsewhere'), 'utf8')).to.equal('mine')
    for (const name of ['20260101T000000000Z', 'auto-20260101T000000001Z', 'auto-20260101T000000002Z'])
      expect((await errorOf(removeBackups({dataDir: sandbox.dataDir, names: [name], repo: 'demo'}))).code).to.equal(
        'backup-not-found',
      )
  })

  describe('are restored', () => {
    it('and what a restore has replaced is listed, and can be restored', async () => {
      await write('one')
      const {created} = await backUp()
      await write('two')
      const {'set-aside': aside} = await command('restore', created!)
      expect(await titleOf()).to.equal('one')
      const listed = backups().find(({kind}) => kind === 'before-restore')!
      expect(listed).to.include({damaged: false, path: aside})
      expect(lstatSync(aside as string).mode & 0o777).to.equal(0o600)
      expect((await restore({backup: listed.name})).backup).to.equal(listed.name)
      expect(await titleOf()).to.equal('two')
      // What was replaced last is not what a restore without a name goes back to.
      await stop() // and nothing is started
      expect(await restore()).to.include({backup: created, restarted: false})
    })

    it('when they are older than the checks, or have names of earlier versions', async () => {
      await write('one')
      const {path} = (await backUp()).backups[0]!
      plant(path, 'before-restore-1500000000000', 'auto-20260101T000000000Z-unchecked')
      await write('two')
      await stop()
      for (const name of ['before-restore-1500000000000', 'auto-20260101T000000000Z'])
        expect((await restore({backup: name})).backup).to.equal(name)
      await start()
      expect(await titleOf()).to.equal('one')
    })

    it('when they are a file, which stays unchanged', async () => {
      await write('one')
      const file = join(sandbox.dir, 'copy.sqlite')
      await exportTo(file)
      const bytes = readFileSync(file)
      await write('two')
      expect(await command('restore', '--file', 'copy.sqlite'))
        .to.include({file, restarted: true})
        .and.not.to.have.property('backup')
      expect(await titleOf()).to.equal('one')
      await write('three')
      expect(await command('restore', file)).to.include({file})
      expect(await titleOf()).to.equal('one')
      expect(readFileSync(file).equals(bytes)).to.equal(true)
      expect(statSync(join(sandbox.graphDir(), 'db.sqlite')).mode & 0o777).to.equal(0o600)
    })

    it('only when the file is a sound graph that is not in use', async () => {
      await write('one')
      const {pid} = sandbox.record()!
      const file = (name: string) => join(sandbox.dir, name)
      writeFileSync(file('text'), 'this is not a database, but long enough to be looked at'.repeat(100))
      writeFileSync(file('empty'), '')
      execFileSync('mkfifo', [file('pipe')])
      const {path} = (await backUp()).backups[0]!
      copyFileSync(path, file('damaged'))
      damage(file('damaged'))
      for (const [name, change] of Object.entries(UNOPENABLE)) {
        copyFileSync(path, file(name))
        const db = openSqlite(file(name))
        db.exec(change)
        db.close()
      }

      for (const [name, code] of [
        [file('text'), 'graph-damaged'],
        [file('empty'), 'graph-damaged'],
        [file('damaged'), 'graph-damaged'],
        ...Object.keys(UNOPENABLE).map((name) => [file(name), 'graph-damaged'] as const),
        [file('pipe'), 'usage'],
        [file('nowhere'), 'usage'],
        [sandbox.dir, 'usage'],
        [join(sandbox.graphDir(), 'db.sqlite'), 'repo-locked'],
      ] as const) {
        const error = await errorOf(restore({file: name}))
        expect([name, error.code]).to.deep.equal([name, code])
        expect(JSON.stringify(error), 'it names the file of the user').not.to.include('.incoming')
      }

      const refused = await sandbox.fails(['graph', 'restore', '--file', 'text', ...DEMO])
      expect(refused).to.include({code: 'graph-damaged', exit: 6})

      // No server could open these: they never take the place of a graph.
      for (const args of [
        ['restore', ...DEMO],
        ['import', '--repo', 'new'],
      ])
        for (const name of ['text', 'empty', ...Object.keys(UNOPENABLE)])
          expect(await fails(['graph', ...args, file(name), '--force']))
            .to.include({code: 'graph-damaged'})
            .and.property('hint')
            .match(/no server could open this one/)
      expect(existsSync(sandbox.graphDir('new'))).to.equal(false)

      expect((await fails(['graph', 'restore', 'a', '--file', 'b', ...DEMO])).code).to.equal('usage')
      expect(sandbox.record()!['pid']).to.equal(pid)
      expect(await titleOf()).to.equal('one')
    })

    it('with a warning when they are of another graph, also before the question', async () => {
      await write('one')
      await backUp()
      await start('other') // with an ID of its own
      await write('of other', 'other')
      const {path} = (await backUp('other')).backups[0]!
      const said = /is from another graph: expected one with the ID [\da-f-]{36}, got [\da-f-]{36}/
      for (const kind of ['running', 'stopped', 'damaged'] as const) {
        if (kind === 'stopped') await stop()
        if (kind === 'damaged') damage(join(sandbox.graphDir(), 'db.sqlite'))
        const shown = stripVTControlCharacters(onTerminal('n\n', '--file', path))
        expect(shown, kind).to.match(new RegExp(`Warning: ${path} ${said.source}.*will replace demo.*\\[y/N\\]`, 's'))
        expect(shown.match(/from another graph/g), kind).to.have.length(1)
      }

      const own = backups().find(({damaged}) => !damaged)!
      expect((await restore({backup: own.name})).warnings).to.deep.equal([])
      const {warnings} = await command('restore', '--file', path)
      expect(warnings).to.have.length(1)
      expect((warnings as string[])[0]).to.match(said)
      await start()
      expect(await titleOf()).to.equal('of other')
      await stop()
      expect((await restore({file: path})).warnings, 'it is that graph now').to.deep.equal([])
      expect((await restore({backup: own.name})).warnings, 'a backup of what it was').to.have.length(1)
    })

    it('not on a read-only disk, which the error names', async function () {
      await write('one')
      await backUp()
      await stop()
      const dataDir = join(sandbox.dir, 'disk')
      const disk = needsDisk(this, dataDir, '8m')
      try {
        execFileSync('cp', ['-r', sandbox.graphDir(), join(dataDir, 'demo')])
        disk.remount('ro')
        const source = backups()[0]!.path
        for (const args of [[], ['--file', source]]) {
          const error = await fails(['graph', 'restore', ...args, ...DEMO, '--data-dir', dataDir])
          expect(error).to.include({code: 'data-dir-permission', errno: 'EROFS', path: join(dataDir, 'demo')})
        }
      } finally {
        disk.unmount()
      }
    })

    it('on a terminal only when the person or --yes confirms', async () => {
      await write('one')
      await backUp()
      await write('two')
      expect(onTerminal('n\n'))
        .to.match(/will replace demo.*\[y\/N\]/)
        .and.to.match(/Nothing was changed.*exit 130$/s)
      // The error does not continue the line of the question. A terminal shows Ctrl-D as ^D.
      expect(stripVTControlCharacters(onTerminal('\u0004'))).to.match(
        /\[y\/N\] (?:\^D[\b]*)?\r?\n(?!\r?\n).*Nothing was changed/s,
      )
      expect(await titleOf()).to.equal('two')
      expect(onTerminal('yes\n')).to.contain('Graph restored')
      expect(await titleOf()).to.equal('one')
      await stop()
      expect(onTerminal('', '--yes')).to.contain('Graph restored').and.not.to.contain('[y/N]')
    })

    it('twice at once, one after the other', async () => {
      await write('one')
      const {created} = await backUp()
      await write('two')
      const both = await Promise.all([
        sandbox.json(['graph', 'restore', created!, ...DEMO]),
        sandbox.json(['graph', 'restore', created!, ...DEMO]),
      ])
      expect(both.map(({status}) => status)).to.deep.equal(['ok', 'ok'])
      expect(await titleOf()).to.equal('one')
      expect(backups().filter(({kind}) => kind === 'before-restore')).to.have.length(2)
    })

    it('or not at all, when the restore is killed; the next command goes on from there', async () => {
      await write('one')
      const {created} = await backUp()
      await write('two')
      for (const ms of todays([300, 500, 700, 900, 1100], 2)) {
        await sandbox.run(['graph', 'restore', created!, ...DEMO], {
          onSpawn: (child) => setTimeout(() => child.kill('SIGKILL'), ms).unref(),
        })
        await check() // which starts the server where the restore has not
        expect(await titleOf()).to.be.oneOf(['one', 'two'])
      }

      await restore({backup: created!})
      expect(await titleOf()).to.equal('one')
      expect(namesIn(sandbox.graphDir()).filter((name) => /incoming|replacing/.test(name))).to.deep.equal([])
    })
  })

  describe('and other database files are imported', () => {
    let file: string

    beforeEach(async () => {
      await write('one')
      file = join(sandbox.dir, 'copy.sqlite')
      await exportTo(file)
    })

    it('as a new graph, which a check finds sound', async () => {
      const bytes = readFileSync(file)
      const imported = await sandbox.ok(['graph', 'import', file, '--repo', 'my copy'])
      expect(imported).to.deep.include({dir: sandbox.graphDir('my copy'), file, graph: 'my copy', warnings: []})
      expect(sandbox.servers()).to.have.length(1)
      expect(namesIn(sandbox.graphDir('my copy')).filter((name) => !name.startsWith('db-worker'))).to.deep.equal([
        'db.sqlite',
      ])
      expect(statSync(join(sandbox.graphDir('my copy'), 'db.sqlite')).mode & 0o777).to.equal(0o600)
      await check('my copy')
      expect(await titleOf('my copy')).to.equal('one')
      expect(readFileSync(file).equals(bytes)).to.equal(true)
    })

    it('only under a new name, and once when many import at once', async () => {
      expect(await fails(['graph', 'import', file, ...DEMO])).to.include({code: 'graph-exists', exit: 2})
      expect(await titleOf()).to.equal('one')
      const all = await Promise.all([1, 2, 3].map(() => sandbox.json(['graph', 'import', file, '--repo', 'new'])))
      expect(all.map(({error, status}) => error?.code ?? status).sort()).to.deep.equal([
        'graph-exists',
        'graph-exists',
        'ok',
      ])
    })

    it('only when they are sound graphs; nothing is left of others', async () => {
      const damaged = join(sandbox.dir, 'damaged.sqlite')
      copyFileSync(file, damaged)
      damage(damaged)
      const beside = (name: string) => join(sandbox.dir, name)
      writeFileSync(beside('facts.edn'), '{:schema {} :datoms []}')
      writeFileSync(beside('empty.edn'), '{}')
      writeFileSync(beside('text.edn'), '[:pages-and-blocks]')
      for (const [name, code] of [
        [damaged, 'graph-damaged'],
        [beside('facts.edn'), 'usage'],
        [beside('empty.edn'), 'usage'],
        [beside('text.edn'), 'usage'],
        [beside('nowhere'), 'usage'],
        [join(sandbox.graphDir(), 'db.sqlite'), 'repo-locked'],
      ] as const)
        expect([name, (await errorOf(importAs('new', name))).code]).to.deep.equal([name, code])
      expect(namesIn(sandbox.dataDir)).to.deep.equal(['demo'])
      // The commands of a hint are about the graph that there is, and never about the one that is not.
      const served = await fails(['graph', 'import', join(sandbox.graphDir(), 'db.sqlite'), '--repo', 'new'])
      expect(served.hint).to.include('logseq graph export copy.sqlite --repo demo').and.not.include('new')
      expect((await errorOf(importAs('new', damaged))).hint).not.to.include('backup')
      mkdirSync(join(sandbox.dataDir, 'notes', 'pages'), {recursive: true})
      expect((await fails(['graph', 'import', file, '--repo', 'notes'])).code).to.equal('not-a-db-graph')
      expect(namesIn(sandbox.graphDir('notes'))).to.deep.equal(['pages'])
      const forced = await ok(['graph', 'import', damaged, '--repo', 'new', '--force'])
      expect(forced['warnings']).to.have.length(1)
    })

    it('only where there is room, which is checked before anything is copied', async () => {
      const file = join(sandbox.dir, 'sparse.sqlite')
      writeFileSync(file, '')
      truncateSync(file, 2 ** 43)
      const error = await sandbox.fails(['graph', 'import', file, '--repo', 'new'])
      expect(error).to.include({code: 'disk-full'})
      expect(error.ms).to.be.lessThan(60_000)
      expect(existsSync(sandbox.graphDir('new'))).to.equal(false)
    })

    it('until Ctrl-C, which ends the copy of a large file and leaves nothing of it', async () => {
      const file = join(sandbox.dir, 'large.sqlite')
      writeFileSync(file, '')
      truncateSync(file, 2 ** 33)
      const ran = await sandbox.json(['graph', 'import', file, '--repo', 'new'], {
        onSpawn: async (child) => {
          const begun = () =>
            existsSync(sandbox.graphDir('new')) &&
            namesIn(sandbox.graphDir('new')).some((name) => name.endsWith('.incoming'))
          await until(begun, 20_000, 'the copy')
          child.kill('SIGINT')
        },
      })
      expect(ran).to.include({code: 130})
      expect(ran.error.code).to.equal('interrupted')
      expect(existsSync(sandbox.graphDir('new'))).to.equal(false)
    })

    it('whole or not at all, whenever it is cancelled', async () => {
      const edn = join(sandbox.dir, 'copy.edn')
      await exportTo(edn, {format: 'edn'})
      for (const source of [file, edn]) {
        let cancelled = 0
        for (let isDone = false; !isDone; cancelled++) {
          isDone = await importAs('new', source, {signal: abortedAt(cancelled)}).then(
            () => true,
            () => false,
          )
          expect(existsSync(sandbox.graphDir('new')), `${source}, look ${cancelled}`).to.equal(isDone)
        }

        expect(cancelled, 'looks').to.be.greaterThan(5)
        expect(namesIn(sandbox.graphDir('new')).filter((name) => /incoming/.test(name))).to.deep.equal([])
        rmSync(sandbox.graphDir('new'), {recursive: true})
      }
    })

    it('whole or not at all, when the import is killed', async () => {
      for (const ms of todays([150, 250, 350, 450, 550], 2)) {
        await sandbox.run(['graph', 'import', file, '--repo', 'new'], {
          onSpawn: (child) => setTimeout(() => child.kill('SIGKILL'), ms).unref(),
        })
        const {graphs} = describeGraphs(sandbox.dataDir)
        if (!graphs.some(({graph}) => graph === 'new')) continue
        expect(readFileSync(join(sandbox.graphDir('new'), 'db.sqlite')).length).to.equal(readFileSync(file).length)
        rmSync(sandbox.graphDir('new'), {recursive: true})
      }

      await importAs('new', file)
      expect(namesIn(sandbox.graphDir('new')).filter((name) => /incoming/.test(name))).to.deep.equal([])
    })
  })
})

/** A signal that is aborted when an operation has looked so many times whether it is. */
function abortedAt(look: number): AbortSignal {
  const controller = new AbortController()
  const {signal} = controller
  let looks = 0
  return Object.assign(signal, {
    throwIfAborted() {
      if (looks++ === look) controller.abort()
      AbortSignal.prototype.throwIfAborted.call(signal)
    },
  })
}
