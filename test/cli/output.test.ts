import {PassThrough} from 'node:stream'
import {expect} from 'chai'
import fc from 'fast-check'

import {outputFormat} from '../../src/cli/line/tokens.js'
import {printable, printError, style, successJson} from '../../src/cli/output.js'
import {ServerError} from '../../src/lib/errors.js'
import {anyCharacter} from '../support/characters.js'

const LOGSEQ = {bin: 'logseq', topicSeparator: ' '} as const

/** Runs something with these variables in the environment, and none of the others that bear on colours. */
function withEnvironment<T>(environment: Record<string, string>, run: () => T): T {
  const names = ['NO_COLOR', 'FORCE_COLOR', 'TERM', 'NODE_DISABLE_COLORS']
  const before = names.map((name) => [name, process.env[name]] as const)
  for (const name of names) delete process.env[name]
  Object.assign(process.env, {TERM: 'xterm', ...environment})
  try {
    return run()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

/** What is printed while something runs. */
function printed<T>(run: () => T): {result: T; stderr: string; stdout: string} {
  const seen = {stderr: '', stdout: ''}
  const writes = {stderr: process.stderr.write, stdout: process.stdout.write}
  for (const name of ['stderr', 'stdout'] as const) {
    process[name].write = (text: string) => {
      seen[name] += text
      return true
    }
  }

  try {
    return {result: run(), ...seen}
  } finally {
    for (const name of ['stderr', 'stdout'] as const) process[name].write = writes[name]
  }
}

const stream = (isTTY: boolean) => Object.assign(new PassThrough(), {isTTY}) as unknown as NodeJS.WriteStream

describe('colours', () => {
  for (const [what, isTTY, environment, painted] of [
    ['on a terminal', true, {}, true],
    ['in a pipe', false, {}, false],
    ['on a terminal of someone who wants none', true, {NO_COLOR: '1'}, false],
    ['on a terminal with an empty NO_COLOR', true, {NO_COLOR: ''}, true],
    ['on a dumb terminal', true, {TERM: 'dumb'}, false],
  ] as const) {
    it(`${what}: ${painted ? 'yes' : 'no'}`, () => {
      const text = withEnvironment(environment, () => style('error', 'text', stream(isTTY)))
      expect(text).to.equal(painted ? '\u001B[31mtext\u001B[39m' : 'text')
    })
  }
})

describe('a text that comes from elsewhere', () => {
  for (const [text, shown] of [
    ['My Notes', 'My Notes'],
    ['日本 é 😀', '日本 é 😀'],
    ['', ''],
    ['a\nb', String.raw`"a\nb"`],
    ['\u001B[31mred', String.raw`"\u001b[31mred"`],
    ['\u009B31mred', String.raw`"\u009b31mred"`],
    ['\u007F', String.raw`"\u007f"`],
    ['\u202Egpj.exe', String.raw`"\u202egpj.exe"`],
    ['a\u2066b\u2069', String.raw`"a\u2066b\u2069"`],
    ['a\u2028b', String.raw`"a\u2028b"`],
    ['a `b` c', 'a `b` c'],
    ['`logseq graph remove`', '"\\u0060logseq graph remove`"'],
    ['say "\t"', String.raw`"say \"\t\""`],
  ] as const) {
    it(`${JSON.stringify(text)} is shown as ${shown}`, () => {
      expect(printable(text)).to.equal(shown)
    })
  }

  it('never reaches the terminal as a control character', () => {
    fc.assert(
      fc.property(fc.string({unit: anyCharacter}), (text) => {
        // eslint-disable-next-line no-control-regex -- these are what must not be there
        expect(printable(text)).not.to.match(/[\u0000-\u001F\u007F-\u009F]/)
      }),
    )
  })
})

describe('whether a command line asks for JSON', () => {
  for (const [argv, expected] of [
    [['server', 'list', '--json'], true],
    [['--json'], true],
    [['--json', 'server', 'nonsense', '--bad-flag'], true],
    [['server', 'list'], false],
    [['server', 'list', '--', '--json'], false],
    [['server', 'list', '--json', '--', 'x'], true],
    [['server', 'list', '--jsonx'], false],
    [[], false],
  ] as const) {
    it(`${argv.join(' ') || 'nothing'}: ${expected ? 'yes' : 'no'}`, () => {
      expect(outputFormat(argv) === 'json').to.equal(expected)
    })
  }
})

describe('the JSON document', () => {
  it('of a success is its data', () => {
    expect(JSON.stringify(successJson({graph: 'demo'}))).to.equal('{"status":"ok","data":{"graph":"demo"}}')
  })

  it('of a failure is code, message, hint and details', () => {
    const error = new ServerError('server-not-found', 'gone', {details: {orphans: [1], repo: 'r'}, hint: 'start'})
    expect(printed(() => printError(error, LOGSEQ, {format: 'json'})).stdout).to.equal(
      '{"status":"error","error":{"code":"server-not-found","message":"gone","hint":"start","orphans":[1],"repo":"r"}}\n',
    )
  })
})

describe('a failure', () => {
  it('names commands as the program has them that runs', () => {
    const error = new ServerError('graph-not-exists', 'none', {
      hint: 'Try `logseq server list --all` or `logseq help`.',
    })
    for (const [topicSeparator, hint] of [
      [' ', 'Try `host server list --all` or `host help`.'],
      [':', 'Try `host server:list --all` or `host help`.'],
    ] as const) {
      const program = {bin: 'host', topicSeparator}
      const {stdout} = printed(() => printError(error, program, {format: 'json'}))
      expect(JSON.parse(stdout)).to.have.nested.property('error.hint', hint)
      expect(printed(() => printError(error, program)).stderr).to.include(hint)
    }
  })

  const failed = new ServerError('server-start-failed', 'it died', {
    cause: new Error('the cause'),
    details: {log: '/l/a.log', 'log-tail': ['one', '\u001B[31mtwo'], repo: 'r'},
  })

  it('is one JSON document on stdout, with --json', () => {
    const {result, stderr, stdout} = printed(() => printError(failed, LOGSEQ, {format: 'json'}))
    expect(result).to.equal(6)
    expect(stderr).to.equal('')
    const {code, details, hint, message} = failed
    expect(stdout).to.equal(`${JSON.stringify({status: 'error', error: {code, message, hint, ...details}})}\n`)
  })

  it('is reported on stderr, with the log and what to do, without', () => {
    const {result, stderr, stdout} = printed(() => withEnvironment({NO_COLOR: '1'}, () => printError(failed, LOGSEQ)))
    expect(result).to.equal(6)
    expect(stdout).to.equal('')
    expect(stderr.split('\n')).to.deep.equal([
      'Error (server-start-failed): it died',
      '  one',
      String.raw`  "\u001b[31mtwo"`,
      'Log: /l/a.log',
      'Hint: See the log for details.',
      '',
    ])
  })

  it('has no control character but the ends of its lines', () => {
    const drawn = 'a\u001B[2J\u009Bb\r'
    const error = new ServerError('repo-locked', `${drawn}\nnext`, {details: {log: drawn}, hint: drawn})
    const {stderr} = printed(() => withEnvironment({NO_COLOR: '1'}, () => printError(error, LOGSEQ, {debug: true})))
    expect(stderr).to.include('a\\u001b[2J\\u009bb\\u000d\nnext\n')
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    expect(stderr).not.to.match(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
  })

  it('has its stack with --debug', () => {
    const {stderr} = printed(() => printError(failed, LOGSEQ, {debug: true}))
    expect(stderr).to.include('output.test')
  })

  for (const [what, thrown, code, exit] of [
    ['of ours', failed, 'server-start-failed', 6],
    [
      'of oclif about the call',
      Object.assign(new Error('Unexpected argument: x\nSee more help with --help'), {oclif: {exit: 2}}),
      'usage',
      2,
    ],
    [
      'of oclif about the call, as it is with --json',
      Object.assign(new Error('Unexpected argument: x'), {oclif: {exit: 1}}),
      'usage',
      2,
    ],
    [
      'of a file that the disk refuses',
      Object.assign(new Error('EIO: i/o error, scandir'), {code: 'EIO', errno: -5, path: '/x', syscall: 'scandir'}),
      'disk-failed',
      6,
    ],
    [
      'of a file that a network disk has lost',
      Object.assign(new Error('?'), {code: 'Unknown system error -116', errno: -116, syscall: 'read'}),
      'disk-failed',
      6,
    ],
    [
      'of a file for which the quota is exceeded',
      Object.assign(new Error('?'), {code: 'Unknown system error -122', errno: -122, path: '/x', syscall: 'write'}),
      'disk-full',
      6,
    ],
    [
      'of a descriptor for which the quota is exceeded',
      Object.assign(new Error('?'), {code: 'UNKNOWN', errno: -122, syscall: 'write'}),
      'disk-full',
      6,
    ],
    [
      'of a database that cannot be opened',
      Object.assign(new Error('unable to open database file'), {code: 'ERR_SQLITE_ERROR', errcode: 14}),
      'data-dir-permission',
      5,
    ],
    [
      'of a program that is not there',
      Object.assign(new Error('spawn x ENOENT'), {code: 'ENOENT', errno: -2, path: 'x', syscall: 'spawn x'}),
      'exception',
      1,
    ],
    ['of anything else', new TypeError('x is not a function'), 'exception', 1],
    ['that is not a error', 'a text', 'exception', 1],
    ['that is nothing', undefined, 'exception', 1],
    ['that is null', null, 'exception', 1],
  ] as const) {
    it(`${what} is ${code}`, () => {
      const {result, stdout} = printed(() => printError(thrown, LOGSEQ, {format: 'json'}))
      expect(result).to.equal(exit)
      const document = JSON.parse(stdout) as {error: {code: string; message: string}; status: string}
      expect(document.status).to.equal('error')
      expect(document.error.code).to.equal(code)
      expect(document.error.message).not.to.include('See more help')
    })
  }
})
