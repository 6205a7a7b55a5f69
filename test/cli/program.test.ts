import {execFileSync, spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import fc from 'fast-check'

import type {CommandSpec} from '../../src/cli/line/spec.js'
import {asCalledBy, describeRun} from '../../src/cli/program.js'
import {shellQuote} from '../../src/lib/shell-quote.js'

const {commands: byId} = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as {
  commands: Record<string, CommandSpec>
}
const commands = Object.values(byId)
const LOGSEQ = {bin: 'logseq', commands, topicSeparator: ' '}

const isInstalled = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`], {stdio: 'ignore'}).status === 0

/** What a text becomes in a run of `server start` with these words behind it. */
function reported(text: string, argv: string[], environment = {}, program = LOGSEQ): string {
  return asCalledBy(program, text, describeRun(commands, byId['server:start'], argv, environment))
}

describe('a command in a text', () => {
  for (const [text, argv, expected] of [
    ['`logseq server stop`', ['--repo', 'demo'], '`logseq server stop --repo demo`'],
    ['`logseq server stop`', ['-g', 'my notes'], "`logseq server stop --repo 'my notes'`"],
    ['`logseq server stop`', ['--repo=--all'], '`logseq server stop --repo=--all`'],
    ['`logseq server stop --repo NAME`', ['--repo=--all'], '`logseq server stop --repo=--all`'],
    ['`logseq server stop`', ['--repo=-r -x'], "`logseq server stop --repo='-r -x'`"],
    ['`logseq graph check --validity --repo --all`', [], '`logseq graph check --validity --repo=--all`'],
    [
      '`logseq server start --repo NAME --json`',
      ['--repo=-x\t'],
      '`logseq server start --repo="$(printf \'\\055x\\011\')" --json`',
    ],
    ['`logseq server stop --repo NAME`', ['--repo=demo'], '`logseq server stop --repo demo`'],
    ['`logseq server stop --repo NAME`', [], '`logseq server stop --repo NAME`'],
    ['`logseq server stop`', [], '`logseq server stop --repo NAME`'],
    ['`logseq server status --json`', ['--data-dir', '/d'], '`logseq server status --json --repo NAME --data-dir /d`'],
    ['`logseq query --help`', ['--repo', 'demo', '--data-dir', '/d'], '`logseq query --help`'],
    [
      '`logseq graph export copy.sqlite --repo other --data-dir /e`',
      ['--repo', 'demo', '--data-dir', '/d'],
      '`logseq graph export copy.sqlite --repo other --data-dir /e`',
    ],
    ['`logseq graph list`', ['--repo', 'demo'], '`logseq graph list`'],
    ['`logseq graph list`', ['--data-dir', '/a b'], "`logseq graph list --data-dir '/a b'`"],
    [
      '`logseq server stop`',
      ['--repo', 'demo', '--owner-source', 'electron', '--owner-id', 'p1', '--debug'],
      '`logseq server stop --repo demo --owner-source electron --owner-id p1`',
    ],
    ['`logseq help`', ['--repo', 'demo'], '`logseq help`'],
    ['`logseq COMMAND --force`', ['--repo', 'a b', '--create'], "`logseq server start --repo 'a b' --create --force`"],
    ['`logseq COMMAND --timeout 2m`', ['--timeout=1s', '--repo', 'x'], '`logseq server start --repo x --timeout 2m`'],
    ['`logseq server restart --outdated`', ['--data-dir', '/d'], '`logseq server restart --outdated --data-dir /d`'],
    ['`logseq server stop --all`', ['--repo', 'x'], '`logseq server stop --all`'],
    ['`logseq COMMAND --keep 3`', ['--repo', 'x'], '`logseq server start --repo x`'], // it has no such flag
    ['`logseq COMMAND --repo new`', ['-r', 'old', '--json'], '`logseq server start --json --repo new`'],
    [
      '`logseq server stop`',
      ['--repo', '`logseq graph remove`'],
      '`logseq server stop --repo "$(printf \'\\140logseq graph remove\\140\')"`',
    ],
    ['`logseq COMMAND --help`', ['--bogus', '--repo', 'x'], '`logseq server start --help`'],
  ] as const) {
    it(`${text} behind ${argv.join(' ') || 'nothing'} is ${expected}`, () => {
      expect(reported(text, [...argv])).to.equal(expected)
    })
  }

  it('is about the graph that the environment names, too', () => {
    expect(reported('`logseq server stop`', [], {LOGSEQ_CLI_REPO: 'work'})).to.equal('`logseq server stop --repo work`')
  })

  for (const [id, argv, text, expected] of [
    ['graph:switch', ['dem', '--json'], '`logseq COMMAND --repo demo`', '`logseq graph switch demo --json`'],
    ['graph:switch', ['--', '-x'], "`logseq COMMAND --repo 'my notes'`", "`logseq graph switch 'my notes'`"],
    ['graph:switch', ['dem', '--json'], '`logseq COMMAND --repo -x`', '`logseq graph switch --json -- -x`'],
    ['invoke', ['pul', '[*]', '-1', '-r', 'x'], '`logseq invoke pull`', "`logseq invoke pull '[*]' -1 -r x`"],
    ['invoke', ['-r', 'x', 'pul', '--', '-a'], '`logseq invoke pull`', '`logseq invoke -r x pull -- -a`'],
    ['invoke', ['pul', '-r', 'x'], '`logseq invoke --help`', '`logseq invoke --help`'],
    ['query', ['[:find]', '-r', 'x'], '`logseq invoke pull`', '`logseq invoke pull --repo x`'],
  ] as const)
    it(`${text} in a run of ${id} ${argv.join(' ')} is ${expected}`, () => {
      expect(asCalledBy(LOGSEQ, text, describeRun(commands, byId[id], argv, {}))).to.equal(expected)
    })

  it('is written as another program has it', () => {
    const host = {bin: 'host', commands, topicSeparator: ':'}
    expect(reported('Try `logseq server list --all`, or `logseq help`.', [], {}, host)).to.equal(
      'Try `host server:list --all`, or `host help`.',
    )
  })
})

describe('a word for a shell', () => {
  for (const [word, quoted] of [
    ['demo', 'demo'],
    ['my notes', "'my notes'"],
    ["it's", String.raw`'it'\''s'`],
    ['', "''"],
    ['$HOME', "'$HOME'"],
    ['~/x', "'~/x'"],
    ['--a=b', '--a=b'],
    ['[:a]', "'[:a]'"],
    [String.raw`a\b`, String.raw`'a\b'`],
    ['%self', "'%self'"],
    ['a\nb', String.raw`"$(printf 'a\012b')"`],
    ['`id`', String.raw`"$(printf '\140id\140')"`],
    ["`a'b\\", String.raw`"$(printf '\140a\047b\134')"`],
    ['5% \u202Eevil', String.raw`"$(printf '5%% \342\200\256evil')"`],
    ['--a\t', String.raw`"$(printf '\055-a\011')"`],
    ['a\n\n', `"$(printf 'a')"'\n\n'`],
  ] as const) {
    it(`${JSON.stringify(word)} is ${quoted}`, () => {
      expect(shellQuote(word)).to.equal(quoted)
    })
  }

  for (const shell of ['sh', 'bash', 'zsh', 'fish'].filter((name) => isInstalled(name)))
    it(`is read by ${shell} as it was`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.string({unit: fc.constantFrom(...`ab%0- '"\\$\`!*?~#;&|<>(){}[]\n\t\u202Eé日`)}), {
            maxLength: 300,
            minLength: 300,
          }),
          (list) => {
            const line = `printf '%s\\0' ${list.map((word) => shellQuote(word)).join(' ')}`
            const out = execFileSync(shell, ['-c', line], {
              encoding: 'utf8',
              stdio: ['ignore', 'pipe', 'pipe'],
              env: {LC_ALL: 'C.UTF-8', PATH: process.env['PATH']},
            })
            expect(out.split('\0').slice(0, -1)).to.deep.equal(list)
          },
        ),
        {numRuns: 1},
      )
    })
})
