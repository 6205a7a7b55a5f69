import {spawnSync} from 'node:child_process'
import {copyFileSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {operationsIn} from '../support/operations.js'
import {cleanEnv, CLI, CODE_CACHE} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** Codes of a line that is wrong as it stands. */
const WRONG_LINE = new Set(['usage', 'unknown-command', 'unknown-method', 'invalid-graph-name', 'missing-repo'])

/** Placeholders, which a person replaces. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {DIR: 'graphs', NAME: 'demo'}

describe('the commands in hints', function () {
  this.timeout(180_000)
  const sandbox = useSandbox('suite')
  let notes: string

  before(async () => {
    mkdirSync(join(sandbox.dir, 'bin'))
    symlinkSync(CLI, join(sandbox.dir, 'bin/logseq'))
    notes = join(sandbox.dir, 'notes')
    for (const name of ['logseq', 'pages', 'journals']) mkdirSync(join(notes, name), {recursive: true})
    writeFileSync(join(notes, 'logseq/config.edn'), '{}')
    for (const name of ['spare', 'second']) {
      mkdirSync(sandbox.graphDir(name))
      writeFileSync(join(sandbox.graphDir(name), 'db.sqlite'), '')
    }

    await sandbox.start()
    await operationsIn(sandbox).backUp()
    const {created} = await operationsIn(sandbox).backUp()
    const backups = join(sandbox.graphDir(), 'backups')
    copyFileSync(join(sandbox.graphDir(), 'db.sqlite'), join(backups, 'before-restore-20261124T115903123Z.sqlite'))
    expect(created).to.be.a('string')
  })

  /** Runs a line as a person's shell does. */
  function paste(line: string): {code: string | undefined; status: null | number; text: string} {
    const {status, stderr, stdout} = spawnSync('bash', ['-c', line], {
      cwd: sandbox.dir,
      encoding: 'utf8',
      env: {
        ...cleanEnv(),
        HOME: sandbox.dir,
        LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
        PATH: `${join(sandbox.dir, 'bin')}:${process.env['PATH']}`,
        XDG_CACHE_HOME: CODE_CACHE,
      },
      input: '',
    })
    const text = stdout + stderr
    const [, code] = /^Error \((.+?)\):/m.exec(stderr) ?? []
    return {code, status, text}
  }

  /** A line that fails, or whose text has a hint, and the commands that it has to give. */
  const LINES: readonly (readonly [line: string, commands: readonly string[]])[] = [
    ['graph switch dem', ['graph switch demo']],
    ['graph switch -- --dem', ['graph list']],
    ['server status --repo dem', ['server status --repo demo']],
    ["invoke pul '[*]' 1 --repo demo", ["invoke pull '[*]' 1 --repo demo", 'invoke --help']],
    [
      "invoke --repo demo --query-timeout 5s pul '[*]' 1",
      ["invoke --repo demo --query-timeout 5s pull '[*]' 1", 'invoke --help'],
    ],
    ['invoke datoms :foo --repo demo', ['invoke --help']],
    ['invoke export-edn 7 --repo demo', ['invoke --help']],
    ['server foo', ['server --help']],
    ['graph backup foo', ['graph backup --repo foo']],
    ['foo', ['help']],
    ['graph rename -- -x --repo spare', ['graph rename --repo spare -- -x']],
    ['graph rename -- other --repo second', ['graph rename --repo second other']],
    ['server status -- --repo demo', ['server status --repo demo']],
    ['server stop --repo zzz', ['graph list']],
    ['server status --repo zzz', ['graph list']],
    ['server logs --repo zzz', ['graph list']],
    ['server env --repo zzz', ['graph list']],
    ['graph info --repo zzz', ['graph list']],
    ['graph check --repo zzz', ['graph list']],
    ['graph remove --yes --repo zzz', ['graph list']],
    ['server run --repo yyy', ['graph list', 'server run --repo yyy --create']],
    ['server start --repo yyy', ['graph list', 'server start --repo yyy --create']],
    ['graph switch zzz', ['graph list']],
    ['server start --repo demo --create=false', ['server start --repo demo']],
    ['server start --create=yes --repo demo', ['server start --create --repo demo']],
    ['server start --repo other --worker-script /nope.js', []],
    ['server start --repo demo --quite', ['server start --help']],
    ['graph list --data-dir notes', []],
    ['server list --all --data-dir notes', []],
    ['server list --data-dir notes', []],
    ['server run --repo demo', ['server stop --repo demo', 'server run --repo demo --replace']],
    ['doctor', ['graph backup --list --repo demo', 'graph backup remove BACKUP --repo demo']],
  ]

  for (const [line, commands] of LINES)
    it(`of \`logseq ${line}\` run`, () => {
      const failed = paste(`logseq ${line}`)
      const advised = [...failed.text.matchAll(/`logseq ([^`]+)`/g)].map(([, command]) => command!)
      expect(advised, failed.text).to.include.members([...commands])
      if (line !== 'doctor') expect(advised).to.have.length(commands.length) // what it finds depends on the machine
      for (const command of advised) {
        if (/^server (?:run|stop)\b/.test(command)) continue // other tests run these
        const words = command.split(' ').map((word) => PLACEHOLDERS[word] ?? word)
        const pasted = paste(`logseq ${words.join(' ')}`)
        expect(WRONG_LINE, `${command}: ${pasted.text}`).not.to.include(pasted.code)
        if (failed.code !== undefined) expect(pasted.text, command).not.to.equal(failed.text)
      }
    })
})
