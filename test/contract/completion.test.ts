import {execFile, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect} from 'chai'

import {until} from '../support/processes.js'
import {cleanEnv, CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** How each shell is started such that it has our script, says so, and shows which words a command line came to. */
const SHELLS = {
  bash: {
    args: ['--norc', '--noprofile', '-i'],
    setUp: `bind 'set bell-style none'; eval "$(command logseq completion bash)"; logseq() { printf 'WORDS'; printf '<%s>' "$@"; echo; }`,
  },
  fish: {
    args: ['--no-config', '-i'],
    setUp: `set -g fish_autosuggestion_enabled 0; command logseq completion fish | source; function logseq; printf WORDS; printf '<%s>' $argv; echo; end`,
  },
  zsh: {
    args: ['-f', '-i'],
    setUp: `autoload -U compinit; compinit -u -D; eval "$(command logseq completion zsh)"; logseq() { printf WORDS; printf '<%s>' "$@"; echo; }`,
  },
}

type Shell = keyof typeof SHELLS

describe('completion', function () {
  this.timeout(180_000)
  const sandbox = useSandbox('suite')
  let env: NodeJS.ProcessEnv

  before(() => {
    const bin = join(sandbox.dir, 'bin')
    mkdirSync(bin)
    symlinkSync(CLI, join(bin, 'logseq'))
    for (const graph of ['demo', 'my notes']) {
      mkdirSync(sandbox.graphDir(graph))
      writeFileSync(join(sandbox.graphDir(graph), 'db.sqlite'), '')
    }

    mkdirSync(join(sandbox.graphDir(), 'backups'))
    writeFileSync(join(sandbox.graphDir(), 'backups', '20261124T115903123Z.sqlite'), '')
    mkdirSync(join(sandbox.dir, 'work'))
    mkdirSync(join(sandbox.dir, 'work', 'folder'))
    writeFileSync(join(sandbox.dir, 'work', 'file-here.txt'), '')
    env = {
      ...cleanEnv(),
      HOME: sandbox.dir,
      LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
      PATH: `${bin}:${process.env['PATH']}`,
      TERM: 'dumb',
    }
  })

  /** A shell on a terminal. Its start takes longer than a completion: one is for all lines. */
  async function openShell(shell: Shell) {
    const {args, setUp} = SHELLS[shell]
    const child = spawn('script', ['-qec', [shell, ...args].join(' '), '/dev/null'], {
      cwd: join(sandbox.dir, 'work'),
      env,
    })
    sandbox.track(child.pid)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    child.stdin.write(`${setUp}\necho IS-"READY"\n`)
    await until(() => output.includes('IS-READY') || undefined, 20_000, `${shell} to be ready: ${output}`)
    return {
      /** The words of a line after TAB. */
      async complete(line: string): Promise<string> {
        output = ''
        child.stdin.write(`${line}\t`)
        // The line comes back in pieces, and one may end with a space: its last word has to be there. Not every completion ends so.
        const last = line.split(' ').at(-1)!
        await until(() => output.includes(last) && /[ /]$/.test(output), 3000, 'TAB').catch(() => {})
        child.stdin.write('\n')
        const words = await until(
          () => /WORDS(<.*>)\r?\n/.exec(output)?.[1], // a shell may write word by word: the line has to be complete
          10_000,
          () => `the words of ${line}: ${output}`,
        )
        child.stdin.write('echo IS-"BACK"\n')
        await until(() => output.includes('IS-BACK'), 10_000, 'the prompt') // what comes later is not the next line's
        return words
      },
      async end(): Promise<void> {
        child.stdin.end('exit\n')
        if (child.exitCode === null) await once(child, 'exit')
      },
    }
  }

  for (const shell of Object.keys(SHELLS) as Shell[]) {
    describe(`in ${shell}`, () => {
      let opened: Awaited<ReturnType<typeof openShell>> | undefined

      before(async function () {
        const missing = [shell, 'script'].find((program) => spawnSync(program, ['--version']).error)
        if (missing !== undefined) {
          console.log(`      skipped: there is no ${missing} here`)
          return this.skip()
        }

        opened = await openShell(shell)
      })

      after(() => opened?.end())

      for (const [line, words] of [
        ['logseq serv', '<server>'],
        ['logseq server sto', '<server><stop>'],
        ['logseq server start --repo d', '<server><start><--repo><demo>'],
        ['logseq server start --repo=d', '<server><start><--repo=demo>'],
        ['logseq server start -rd', '<server><start><-rdemo>'],
        ['logseq server start -r=d', '<server><start><-r=demo>'],
        ['logseq graph backup remove a -r demo 2', '<graph><backup><remove><a><-r><demo><20261124T115903123Z>'],
        ['logseq server start --timeout 5s -r m', '<server><start><--timeout><5s><-r><my notes>'],
        ['logseq server start --owner-source=el', '<server><start><--owner-source=electron>'],
        ['logseq graph restore -r demo 2', '<graph><restore><-r><demo><20261124T115903123Z>'],
        ['logseq invoke transa', '<invoke><transact>'],
        ['logseq graph export file-h', '<graph><export><file-here.txt>'],
        ['logseq server list --data-dir fol', '<server><list><--data-dir><folder>'],
      ] as const) {
        it(`${line} becomes ${words}`, async () => {
          expect((await opened!.complete(line)).replace('/>', '>')).to.equal(words) // zsh takes a slash away again
        })
      }
    })
  }

  it('is asked for in a moment, and never fails', async () => {
    const run = promisify(execFile)
    for (const words of [
      [],
      [''],
      ['bash'],
      ['zsh', 'server', 'start', '--repo', ''],
      ['fish', '--data-dir', '/nope', '-r', ''],
    ]) {
      const {stderr, stdout} = await run('logseq', ['__complete', ...words], {env})
      expect(stderr).to.equal('')
      expect(stdout).to.match(/^(words|files|directories)\n/)
    }
  })

  for (const [shell, question, answer] of [
    ['bash', 'complete -p logseq', /-F \w+ logseq/],
    ['fish', 'complete -C "logseq serv"', /^server\b/],
    ['zsh', 'print -- $_comps[logseq]', /^_logseq_complete$/m],
  ] as const)
    it(`is set up by a line for ${shell}, in a home where it never ran`, async function () {
      if (spawnSync(shell, ['--version']).error) {
        console.log(`      skipped: there is no ${shell} here`)
        return this.skip()
      }

      const home = join(sandbox.dir, `home-of-${shell}`)
      mkdirSync(home)
      const options = {encoding: 'utf8', env: {...env, HOME: home}} as const
      const {stdout} = await promisify(execFile)('logseq', ['completion'], options)
      const line = new RegExp(`^ +${shell} +(.*)$`, 'm').exec(stdout)![1]!
      for (const word of [shell, 'sh']) {
        const set = spawnSync(word, ['-c', line], options)
        expect(set, set.stderr).to.include({status: 0, stderr: ''})
        const asked = spawnSync(shell, ['-ic', question], options)
        expect(asked.stdout, asked.stderr).to.match(answer)
        expect(asked.stderr).not.to.match(/not found|compdef|No such/)
      }
    })
})
