import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {checkLine} from '../../../src/cli/line/check.js'
import {type Request, resolveLine} from '../../../src/cli/line/resolve.js'
import {type CommandSpec, spellingsOf} from '../../../src/cli/line/spec.js'
import {unknownCommand} from '../../../src/cli/line/suggest.js'
import {outputFormat, readTokens} from '../../../src/cli/line/tokens.js'
import {ServerError} from '../../../src/lib/errors.js'

const {commands: byId} = JSON.parse(readFileSync(new URL('../../../oclif.manifest.json', import.meta.url), 'utf8')) as {
  commands: Record<string, CommandSpec>
}
const COMMANDS: CommandSpec[] = Object.values(byId)

const words = (line: string) => line.split(' ').filter((word) => word !== '')

describe('the flags of all commands', () => {
  it('mean the same everywhere, so that a line can be read before its command is known', () => {
    const types = new Map<string, string>()
    for (const command of COMMANDS) {
      for (const [spelling, {name, type}] of spellingsOf([command])) {
        const meaning = `${name} ${type}`
        expect(types.get(spelling) ?? meaning, `${spelling} of ${command.id}`).to.equal(meaning)
        types.set(spelling, meaning)
      }
    }
  })
})

describe('what a command line asks for', () => {
  function shortly(request: Request): string {
    switch (request.kind) {
      case 'command':
        return `${request.command.id} | ${request.rest.join(' ')}`
      case 'help':
        return `help of ${request.path.join(' ')}${request.nested ? ', nested' : ''}`
      case 'incomplete':
        return `incomplete ${request.path.join(' ')}`
      case 'unknown':
        return `unknown ${request.word} behind ${request.path.join(' ')}`
      case 'version':
        return 'version'
    }
  }

  const ROWS: [line: string, asks: string][] = [
    ['server start --repo q1', 'server:start | --repo q1'],
    ['server --repo q1 start', 'server:start | --repo q1'],
    ['--repo q1 server start', 'server:start | --repo q1'],
    ['-r q1 server -g=q2 start', 'server:start | -r q1 -g=q2'],
    ['-rq1 server --json start', 'server:start | -rq1 --json'],
    ['server --repo start start', 'server:start | --repo start'],
    ['server --debug start --quiet', 'server:start | --debug --quiet'],
    ['server --bogus start', 'server:start | --bogus'],
    ['server --repo=start', 'incomplete server'],
    ['server --repo q1', 'incomplete server'],
    ['--repo q1', 'incomplete '],
    ['--bogus', 'incomplete '],
    ['-- server start', 'incomplete '],
    ['', 'help of '],
    ['server', 'help of server'],
    ['-h', 'help of '],
    ['--help', 'help of '],
    ['help', 'help of '],
    ['help -n', 'help of , nested'],
    ['help -n server', 'help of server, nested'],
    ['server logs -n 5', 'server:logs | -n 5'],
    ['help help', 'help of '],
    ['help server', 'help of server'],
    ['help server start', 'help of server start'],
    ['server -h start', 'help of server start'],
    ['server start --help', 'help of server start'],
    ['server start --repo --help', 'help of server start'],
    ['server start --bogus --help', 'help of server start'],
    ['--repo q1 --help server stop', 'help of server stop'],
    ['help bogus', 'unknown bogus behind '],
    ['bogus --help', 'unknown bogus behind '],
    ['server bogus', 'unknown bogus behind server'],
    ['server:start', 'unknown server:start behind '],
    ['--version', 'version'],
    ['-v', 'version'],
    ['-V', 'version'],
    ['server start --version', 'server:start | --version'],
    ['version', 'version | '],
    ['server start demo', 'server:start | demo'],
    ['graph backup demo', 'graph:backup | demo'],
    ['graph backup remote', 'graph:backup | remote'],
    ['graph backup rm', 'unknown rm behind graph backup'],
    ['query -- --help', 'query | -- --help'],
    ['query x -i -1', 'query | x -i -1'],
    ['invoke q -1', 'invoke | q -1'],
  ]
  for (const [line, asks] of ROWS) {
    it(`${line || 'nothing'}: ${asks}`, () => {
      expect(shortly(resolveLine(COMMANDS, words(line), false))).to.equal(asks)
    })
  }

  it('is never help where --json is to have an answer about a topic', () => {
    for (const line of ['--json', 'server --json', '--json server'])
      expect(resolveLine(COMMANDS, words(line), true).kind, line).to.equal('incomplete')
  })
})

describe('whether JSON is asked for', () => {
  for (const [line, expected] of [
    ['server list --json', true],
    ['--json=1', true],
    ['server --json=false list', true],
    ['server list -- --json', false],
    ['server list --jsonx', false],
    ['server list --repo=--json', false],
    ['', false],
  ] as const) {
    it(`${line || 'nothing'}: ${expected ? 'yes' : 'no'}`, () => {
      expect(outputFormat(words(line)) === 'json').to.equal(expected)
    })
  }
})

describe('flags and words of a line', () => {
  it('are distinguished as oclif distinguishes them', () => {
    const shown = readTokens(
      spellingsOf(COMMANDS),
      words('-r a -aq --timeout=1s -i -1 - -5 --nope=1 --repo --json x -- -y'),
    )
    expect(shown.behindDashes).to.deep.equal(['-y'])
    expect(
      shown.tokens.map((token) =>
        token.kind === 'flag' ? [token.flag.name, token.value] : token.kind === 'word' ? token.text : [token.spelled],
      ),
    ).to.deep.equal([
      ['repo', 'a'],
      ['all', undefined],
      ['-q'],
      ['timeout', '1s'],
      ['input', '-1'],
      '-',
      '-5',
      ['--nope'],
      ['repo', undefined],
      ['json', undefined],
      'x',
    ])
  })
})

describe('a line that a command cannot take', () => {
  const check = (line: string[], env = {}) => {
    const request = resolveLine(COMMANDS, line, false)
    if (request.kind !== 'command') throw new Error(request.kind)
    return checkLine(request.command, request.rest, env)
  }

  const ROWS: [line: string, message: string, env?: Record<string, string>][] = [
    ['server start --timeout 5x', '"5x" is not a valid --timeout; use 30s, 500ms or 2m'],
    ['server start', '"5x" is not a valid LOGSEQ_CLI_TIMEOUT_MS; use 30s, 500ms or 2m', {LOGSEQ_CLI_TIMEOUT_MS: '5x'}],
    ['server list --owner-source robot', '"robot" is not a valid --owner-source; use cli or electron'],
    [
      'server list',
      '"robot" is not a valid LOGSEQ_CLI_OWNER_SOURCE; use cli or electron',
      {LOGSEQ_CLI_OWNER_SOURCE: 'robot'},
    ],
    ['server start --owner-pid abc', '"abc" is not a valid --owner-pid; use a whole number, 1 or more'],
    ['server list --data-dir=', '"" is not a valid --data-dir; use a path that is not empty'],
    ['server start --timeout', '--timeout needs a value: 30s, 500ms or 2m'],
    ['server start --repo --json', '--repo needs a value: NAME'],
    ['server start -r', '-r needs a value: NAME'],
    ['graph export x --format', '--format needs a value: sqlite, edn or datoms'],
    ['server list --all=yes', '--all takes no value, got "yes"'],
    ['server list --json=1', '--json takes no value, got "1"'],
    ['server stop -r a --graph b', '-r "a" and --graph "b" cannot be combined'],
    ['server list --bogus', '`server list` has no flag "--bogus"'],
    ['server list -x', '`server list` has no flag "-x"'],
    ['server start —repo demo', '"—repo" is not a flag: it begins with "—" (U+2014), expected hyphens'],
    ['server —repo demo start', '"—repo" is not a flag'],
    ['server start –r demo', '"–r" is not a flag: it begins with "–" (U+2013), expected hyphens'],
    ['server start −−timeout=5s', '"−−timeout=5s" is not a flag'],
    ['server start -—repo demo', '"-—repo" is not a flag'],
    ['graph import —force x.edn', '"—force" is not a flag'],
    ['query (task) —help', '"—help" is not a flag'],
    ['server start —bogus', 'Unexpected argument "—bogus"'],
    ['server start demo', 'Unexpected argument "demo": `server start` takes no arguments'],
    ['server start -- --json', 'Unexpected argument "--json": `server start` takes no arguments'],
    ['query a b', 'Unexpected argument "b": `query` takes only QUERY'],
    ['graph export', '`graph export` needs the argument FILE: the file to write'],
    ['invoke', '`invoke` needs the argument METHOD: name of the method; the prefix `thread-api/` is optional'],
  ]
  for (const [line, message, env] of ROWS) {
    it(`${line}${env ? `, with ${JSON.stringify(env)}` : ''}: ${message}`, () => {
      expect(() => check(words(line), env))
        .to.throw(ServerError)
        .with.property('message')
        .that.satisfies((text: string) => text.startsWith(message))
    })
  }

  it('with a value that is not valid says once what is valid', () => {
    const hintOf = (line: string, env?: Record<string, string>) => {
      try {
        check(words(line), env)
      } catch (error) {
        return (error as ServerError).hint
      }
    }

    expect(hintOf('server list --owner-source robot')).to.equal(
      'Run `logseq COMMAND --help` to see its flags and examples.',
    )
    expect(hintOf('server list', {LOGSEQ_CLI_OWNER_SOURCE: 'robot'})).to.equal(
      'Correct the environment variable LOGSEQ_CLI_OWNER_SOURCE, or unset it.',
    )
  })

  it('is not one where a flag overrides the variable, or a variable is empty', () => {
    expect(() => check(words('server start --timeout 5s'), {LOGSEQ_CLI_TIMEOUT_MS: 'soon'})).not.to.throw()
    expect(() => check(words('server start'), {LOGSEQ_CLI_TIMEOUT_MS: ''})).not.to.throw()
  })

  it('with other dashes says how the line is typed', () => {
    expect(() => check(['server', 'start', '—repo', 'my notes', '--create', '–-timeout=5s', '--data-dir', '—repo']))
      .to.throw(ServerError)
      .with.property(
        'hint',
        "Type hyphens: `logseq server start --repo 'my notes' --create --timeout=5s --data-dir '—repo'`.",
      )
  })

  for (const [line, hint] of [
    ['server start --create=false --repo x', 'Without the flag it is off: `logseq server start --repo x`.'],
    ['server start --create=OFF', 'Without the flag it is off: `logseq server start`.'],
    ['server start --create=yes --repo x', 'Leave "=yes" out: `logseq server start --create --repo x`.'],
    ['graph rename --json=0 -- -x', 'Without the flag it is off: `logseq graph rename -- -x`.'],
    [
      'graph rename -- -x --repo ZZZ',
      'Words after "--" are not read as flags: `logseq graph rename --repo ZZZ -- -x`.',
    ],
    ['graph rename -- --repo ZZZ x', 'Words after "--" are not read as flags: `logseq graph rename --repo ZZZ x`.'],
    [
      'server stop --debug -- --repo x',
      'Words after "--" are not read as flags: `logseq server stop --debug --repo x`.',
    ],
  ] as const)
    it(`of \`${line}\` names the line that was meant`, () => {
      expect(() => check(words(line)))
        .to.throw(ServerError)
        .with.property('hint', hint)
    })

  it('with a word too many says how the graph is named, and keeps the rest', () => {
    expect(() => check(['server', 'start', 'my notes', '--create', '--timeout', '5s']))
      .to.throw(ServerError)
      .with.property(
        'hint',
        "Name the graph with a flag: `logseq server start --create --timeout 5s --repo 'my notes'`.",
      )
  })

  it('with `help` behind the command says how its help is shown, not how a graph of that name is', () => {
    expect(() => check(words('server stop help')))
      .to.throw(ServerError)
      .with.property('hint', 'Run `logseq COMMAND --help` to see its flags and examples.')
  })

  it('with a flag that is nearly one says which', () => {
    expect(() => check(words('server list --quite')))
      .to.throw(ServerError)
      .with.property('hint')
      .that.includes('--quiet')
    expect(() => check(words('server list --bogus')))
      .to.throw(ServerError)
      .with.property('hint')
      .that.not.includes('mean')
  })
})

describe('a word that is not a command', () => {
  const hint = (line: string) => {
    const request = resolveLine(COMMANDS, words(line), false)
    if (request.kind !== 'unknown') throw new Error(request.kind)
    return unknownCommand(COMMANDS, request.path, request.word, request.rest).hint
  }

  for (const [line, command] of [
    ['server strat', 'server start'],
    ['server stpo --repo x', 'server stop --repo x'],
    ['sever list', 'server list'],
    ['sevrer strat --repo q', 'server start --repo q'],
    ['server lst', 'server list'],
    ['server stat', 'server status'],
    ['server help', 'help server'],
    ['graph help', 'help graph'],
    ['start', 'server start'],
    ['stop --repo x', 'server stop --repo x'],
    ['restart', 'server restart'],
    ['status', 'server status'],
    ['strat', 'server start'],
    ['ls', 'graph list'],
    ['graph ls', 'graph list'],
    ['server ls', 'server list'],
    ['ps', 'server list'],
    ['server ps', 'server list'],
    ['kill', 'server stop'],
    ['server kill', 'server stop'],
    ['up', 'server start'],
    ['down', 'server stop'],
    ['server rm', 'server stop'],
    ['server delete', 'server stop'],
    ['create', 'graph create'],
    ['new', 'graph create'],
    ['graph new', 'graph create'],
    ['graph start', 'server start'],
    ['server backup', 'graph backup'],
    ['restore', 'graph restore'],
    ['graph resotre', 'graph restore'],
    ['graph restor', 'graph restore'],
    ['LIST', 'server list'],
    ['start demo', 'server start --repo demo'],
    ['strat demo --create', 'server start --create --repo demo'],
    ['check demo --repo q', 'graph check --repo q'],
    ['start server', 'server start'],
    ['list graphs', 'graph list'],
    ['ls servers', 'server list'],
    ['ls demo', 'graph list'],
    ['restore 2026 --repo x', 'graph restore 2026 --repo x'],
    ['server:start', 'server start'],
    ['server.start --repo x', 'server start --repo x'],
    ['graph:backup:remove', 'graph backup remove'],
    ['server:strat', 'server start'],
    ['graph backup rm', 'graph backup remove'],
    ['graph backup delete a --repo x', 'graph backup remove a --repo x'],
    ['graph backup remvoe', 'graph backup remove'],
    ['graph backup ls --repo x', 'graph backup --list --repo x'],
    ['graph backup list', 'graph backup --list'],
    ['graph backup create', 'graph backup'],
    ['transact x --repo q', 'invoke transact x --repo q'],
    ['pull', 'invoke pull'],
    ['validate', 'graph check'],
    ['diagnose', 'doctor'],
    ['graph mv', 'graph rename'],
    ['graph renmae x', 'graph rename x'],
    ['graph show', 'graph info'],
    ['use demo', 'graph switch demo'],
    ['graph open demo', 'server start --repo demo'],
    ['autocomplete bash', 'completion bash'],
  ] as const) {
    it(`${line} leads to ${command}`, () => {
      expect(hint(line)).to.equal(`Did you mean \`logseq ${command}\`?`)
    })
  }

  for (const line of [
    'delete',
    'rm',
    'remove',
    'graph delete',
    'graph rm',
    'graph drop',
    'destroy',
    'graph erase',
    'graph wipe',
    'purge demo',
  ]) {
    it(`${line} says how a graph is removed, and suggests nothing that cannot be undone`, () => {
      expect(hint(line)).to.include('logseq graph list').and.not.include('restore').and.not.include('backup')
    })
  }

  it('of logs means those of the server', () => {
    for (const line of ['logs', 'log', 'server log', 'graph logs']) expect(hint(line), line).to.include('server logs')
    for (const line of ['bogus', 'graph store', 'graph restart', 'graph rest', 'server zzz', '']) {
      if (line !== '') expect(hint(line), line).not.to.include('restore')
    }
  })

  it('is never taken for a command that replaces or removes data, whatever the word', () => {
    for (const word of ['destroy', 'reset', 'resume', 'retire', 'revert', 'undo', 'move', 'resolve', 'rewind', 'store'])
      for (const line of [word, `graph ${word}`, `server ${word}`])
        expect(hint(line), line).not.to.match(/restore|backup remove|import/)
  })
})
