import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {todays} from '../support/rounds.js'
import {namesIn, Sandbox} from '../support/sandbox.js'
import {fixtureWorker} from '../support/workers.js'

interface Case {
  args: string[]
  code: string
  env?: Record<string, string>
  exit: number
  /** What the message has to name. */
  names?: string
  what: string
}

const COMMANDS = ['start', 'stop', 'restart', 'status']

/** Commands on a graph, complete but for the graph. */
const GRAPH_COMMANDS = [
  ['invoke', 'db-exists'],
  ['query', '[:find ?e :where [?e :db/ident]]'],
  ['graph', 'create'],
  ['graph', 'check'],
  ['graph', 'backup'],
  ['graph', 'backup', '--list'],
  ['graph', 'restore'],
  ['graph', 'export', 'no-such-file'],
]

const CASES: Case[] = [
  {args: ['bogus'], code: 'unknown-command', exit: 2, names: 'bogus', what: 'an unknown command'},
  {
    args: ['server', 'bogus'],
    code: 'unknown-command',
    exit: 2,
    names: 'server bogus',
    what: 'an unknown command of a topic',
  },
  {
    args: ['server', 'bogus', '--repo', 'demo'],
    code: 'unknown-command',
    exit: 2,
    what: 'an unknown command with flags',
  },
  {args: ['sever', 'start', '--repo', 'demo'], code: 'unknown-command', exit: 2, what: 'a misspelt topic'},
  {args: ['server', 'list', 'extra'], code: 'usage', exit: 2, names: 'extra', what: 'a word too many'},
  {args: ['server', 'start', 'demo'], code: 'usage', exit: 2, names: 'demo', what: 'a graph that is no flag'},
  {args: ['server', 'list', '--bogus'], code: 'usage', exit: 2, names: '--bogus', what: 'an unknown flag'},
  {args: ['server', 'list', '-x'], code: 'usage', exit: 2, names: '-x', what: 'an unknown short flag'},
  {args: ['server', 'list', '--all=yes'], code: 'usage', exit: 2, what: 'a value for a flag that takes none'},
  {
    args: ['server', 'start', '--repo', 'demo', '--owner-source', 'robot'],
    code: 'usage',
    exit: 2,
    names: 'robot',
    what: 'a wrong flag value',
  },
  {
    args: ['server', 'start', '--repo', 'demo', '--timeout', 'soon'],
    code: 'usage',
    exit: 2,
    names: 'soon',
    what: 'a timeout that is not a time',
  },
  {
    args: ['server', 'start', '--repo', 'demo', '--timeout', '0'],
    code: 'usage',
    exit: 2,
    what: 'a timeout of nothing',
  },
  {
    args: ['server', 'start', '--repo', 'demo', '--timeout', '-1s'],
    code: 'usage',
    exit: 2,
    what: 'a negative timeout',
  },
  {
    args: ['server', 'start', '--repo', 'demo', '--timeout', '999999999s'],
    code: 'usage',
    exit: 2,
    what: 'a timeout beyond any timer',
  },
  {
    args: ['server', 'start', '--repo', 'demo', '--timeout'],
    code: 'usage',
    exit: 2,
    names: 'timeout',
    what: 'a flag without its value',
  },
  {args: ['server', 'start', '--repo', 'demo', '--timeout', ''], code: 'usage', exit: 2, what: 'an empty timeout'},
  {args: ['server', 'list', '--data-dir', ''], code: 'usage', exit: 2, names: '--data-dir', what: 'an empty path'},
  {
    args: ['server', 'list'],
    code: 'usage',
    env: {LOGSEQ_CLI_OWNER_SOURCE: 'robot'},
    exit: 2,
    names: 'robot',
    what: 'a wrong owner in the environment',
  },
  {
    args: ['server', 'start', '--repo', 'demo'],
    code: 'usage',
    env: {LOGSEQ_CLI_TIMEOUT_MS: 'soon'},
    exit: 2,
    names: 'soon',
    what: 'a wrong timeout in the environment',
  },
  ...COMMANDS.flatMap((command): Case[] => [
    {args: ['server', command], code: 'missing-repo', exit: 2, what: `${command} without a graph`},
    {
      args: ['server', command, '--repo', ''],
      code: 'invalid-graph-name',
      exit: 2,
      what: `${command} of a graph without a name`,
    },
    {args: ['server', command, '--repo', '..'], code: 'invalid-graph-name', exit: 2, what: `${command} of ..`},
    {
      args: ['server', command, '--repo', 'x'.repeat(300)],
      code: 'invalid-graph-name',
      exit: 2,
      what: `${command} of a name that is too long`,
    },
    {
      args: ['server', command, '--repo', 'nope'],
      code: 'graph-not-exists',
      exit: 2,
      names: 'nope',
      what: `${command} of no graph`,
    },
    {
      args: ['server', command, '--repo', 'demo', '--bogus'],
      code: 'usage',
      exit: 2,
      names: '--bogus',
      what: `${command} with an unknown flag`,
    },
  ]),
  ...GRAPH_COMMANDS.flatMap((words): Case[] => {
    const what = words.join(' ')
    return [
      {args: words, code: 'missing-repo', exit: 2, what: `${what} without a graph`},
      {args: [...words, '--repo', '..'], code: 'invalid-graph-name', exit: 2, what: `${what} of ..`},
      {
        args: [...words, '--repo', 'demo', '--bogus'],
        code: 'usage',
        exit: 2,
        names: '--bogus',
        what: `${what} with an unknown flag`,
      },
      ...(what === 'graph create'
        ? []
        : [
            {
              args: [...words, '--repo', 'nope'],
              code: 'graph-not-exists',
              exit: 2,
              names: 'nope',
              what: `${what} of no graph`,
            },
          ]),
    ]
  }),
  {args: ['invoke', '--repo', 'demo'], code: 'usage', exit: 2, names: 'method', what: 'invoke without a method'},
  {
    args: ['invoke', 'q', '[', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: 'Argument 1',
    what: 'an argument that is not a value',
  },
  {
    args: ['invoke', 'q', '-', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: 'stdin',
    what: 'arguments from an empty stdin',
  },
  {args: ['query', '--repo', 'demo'], code: 'usage', exit: 2, names: 'query', what: 'query without a query'},
  {
    args: ['query', '[:find', '--repo', 'demo'],
    code: 'invalid-query',
    exit: 2,
    names: 'line 1',
    what: 'a query that is not EDN',
  },
  {args: ['query', '-', '--repo', 'demo'], code: 'invalid-query', exit: 2, what: 'a query from an empty stdin'},
  {
    args: ['query', '[:find ?e]', '--input', '[', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: 'Input 1',
    what: 'an input that is not a value',
  },
  {
    args: ['query', '[:find ?e]', '--query-timeout', '2h', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: '2h',
    what: 'a query timeout that is not a time',
  },
  {
    args: ['query', '[:find ?e]', '--query-timeout', '61m', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: '61m',
    what: 'a query timeout that is too long',
  },
  {
    args: ['query', '[:find ?e]', 'extra', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: 'extra',
    what: 'a word too many behind a query',
  },
  {
    args: ['graph', 'export', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: 'file',
    what: 'an export without a file',
  },
  {
    args: ['graph', 'export', 'x', '--format', 'csv', '--repo', 'demo'],
    code: 'usage',
    exit: 2,
    names: 'csv',
    what: 'a format that there is not',
  },
  {args: ['graph', 'restore', '--repo', 'demo'], code: 'backup-not-found', exit: 2, what: 'a restore without backups'},
  {
    args: ['graph', 'create', '--repo', 'second'],
    code: 'graph-exists',
    exit: 2,
    names: 'second',
    what: 'a graph that already exists',
  },
  {
    args: ['graph', 'bogus'],
    code: 'unknown-command',
    exit: 2,
    names: 'graph bogus',
    what: 'an unknown command of graphs',
  },
  {args: ['graph', 'list', 'extra'], code: 'usage', exit: 2, names: 'extra', what: 'a word too many behind graph list'},
  {args: ['server', 'stop', '--repo', 'demo'], code: 'server-not-found', exit: 3, what: 'a stop of nothing'},
  {
    args: ['server', 'start', '--repo', 'demo', '--worker-script', fixtureWorker('throws.js')],
    code: 'server-start-failed',
    exit: 6,
    what: 'a server that does not start',
  },
  {
    args: [
      'server',
      'start',
      '--repo',
      'demo',
      '--timeout',
      '300ms',
      '--worker-script',
      fixtureWorker('slow/db-worker-node.js'),
    ],
    code: 'server-start-timeout-orphan',
    env: {SLOW_MS: '100000'},
    exit: 7,
    what: 'a server that is not ready in time',
  },
  {
    args: ['server', 'list', '--data-dir', '/dev/null'],
    code: 'data-dir-permission',
    exit: 5,
    names: '/dev/null',
    what: 'a data directory that is a file',
  },
  {
    args: ['server', 'start', '--create', '--repo', 'demo', '--data-dir', '/dev/null/x'],
    code: 'data-dir-permission',
    exit: 5,
    what: 'a data directory in a file',
  },
  {
    args: ['server', 'start', '--create', '--repo', 'demo', '--data-dir', '/proc/nope'],
    code: 'data-dir-permission',
    exit: 5,
    what: 'a data directory that cannot be made',
  },
]

const isFirst = ({code, what}: Case) => CASES.find((other) => other.code === code)?.what === what

/** The first of each code, and a share of the others. */
const OTHERS = CASES.filter((one) => !isFirst(one))
const TODAY = [...CASES.filter((one) => isFirst(one)), ...todays(OTHERS, Math.ceil(OTHERS.length / 3))]

describe('a command that fails', function () {
  this.timeout(180_000)
  let sandbox: Sandbox

  before(async () => {
    sandbox = new Sandbox()
    mkdirSync(sandbox.graphDir())
    writeFileSync(join(sandbox.graphDir(), 'db.sqlite'), '') // a graph that another program has only just begun
    mkdirSync(sandbox.graphDir('second'))
    writeFileSync(join(sandbox.graphDir('second'), 'db.sqlite'), 'x'.repeat(8192))
  })

  after(() => sandbox.dispose())

  afterEach('nothing was made, nothing runs', () => {
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['demo', 'second'])
    expect(sandbox.servers()).to.deep.equal([])
  })

  for (const one of TODAY) {
    const {args, code, env, exit, names, what} = one
    it(`because of ${what}: one JSON document, exit code ${exit}`, async () => {
      const ran = await sandbox.json(args, {env})
      expect(ran.code).to.equal(exit)
      expect(ran.stderr).to.equal('')
      expect(Object.keys(JSON.parse(ran.stdout) as object)).to.deep.equal(['status', 'error'])
      expect(ran.status).to.equal('error')
      expect(ran.error.code).to.equal(code)
      expect(ran.error.message).to.be.a('string').and.not.match(/\n/).and.not.contain('\u001B')
      expect(ran.error.hint).to.be.a('string').and.not.equal('')
      if (names !== undefined) expect(ran.error.message).to.contain(names)
      for (const key of Object.keys(ran.error)) expect(key).to.match(/^[a-z]+(-[a-z]+)*$/)
    })

    // One renderer writes all errors: the first of each code stands for the others.
    if (!isFirst(one)) continue
    it(`because of ${what}: in words on stderr, exit code ${exit}`, async () => {
      const ran = await sandbox.run(args, {env})
      expect(ran.code).to.equal(exit)
      expect(ran.stdout).to.equal('')
      const reported = ran.stderr.split('\n').find((line) => !line.endsWith('...')) // what was waited for, on a slow machine
      expect(reported).to.match(new RegExp(`^Error \\(${code}\\): .+`))
      expect(ran.stderr).to.match(/^Hint: .+$/m)
      expect(ran.stderr, 'no colour').not.to.contain('\u001B')
      // The end of a worker's log may hold the worker's stack.
      if (code !== 'server-start-failed') expect(ran.stderr, 'no stack').not.to.match(/\n\s+at /)
    })
  }

  for (const [what, args] of [
    ['before the command', ['--json', 'server', 'status', '--repo', 'nope']],
    ['between topic and command', ['server', '--json', 'status', '--repo', 'nope']],
    ['before the flags', ['server', 'status', '--json', '--repo', 'nope']],
    ['alone', ['--json', 'bogus']],
    ['before an unknown command of a topic', ['server', '--json', 'bogus']],
    ['after a wrong flag', ['server', 'list', '--bogus', '--json']],
    ['before a wrong flag', ['server', 'list', '--json', '--bogus']],
    ['twice', ['server', 'status', '--json', '--json', '--repo', 'nope']],
    ['as the value that a flag lacks', ['server', 'status', '--repo', '--json']],
    ['with --debug', ['server', 'status', '--repo', 'nope', '--json', '--debug']],
    ['of nothing', ['--json']],
    ['of a topic', ['server', '--json']],
    ['with --quiet', ['server', 'status', '--repo', 'nope', '--json', '--quiet']],
  ] as const) {
    it(`asked for JSON ${what} answers with one document`, async () => {
      const ran = await sandbox.run(args)
      expect(ran.stdout, ran.stderr).to.match(/^[^\n]+\n$/)
      expect(JSON.parse(ran.stdout)).to.have.property('status', 'error')
      expect(ran.code).to.equal(2)
    })
  }

  it('shows help whatever else is asked for', async () => {
    for (const args of [
      ['--help'],
      ['help'],
      ['server', '--help'],
      ['server', 'start', '--help'],
      ['server', 'start', '--help', '--json'],
    ]) {
      const ran = await sandbox.run(args)
      expect(ran, args.join(' ')).to.include({code: 0, stderr: ''})
      expect(ran.stdout).to.contain('USAGE')
    }
  })

  it('accepts --json only as a flag', async () => {
    const ran = await sandbox.run(['server', 'list', '--', '--json'])
    expect(ran).to.include({code: 2, stdout: ''})
    expect(ran.stderr).to.match(/^Error \(usage\): /)
  })

  it('hints at the command that was meant', async () => {
    for (const [given, meant] of [
      [['server', 'strat'], 'server start'],
      [['sever', 'list'], 'server list'],
      [['server', 'lst'], 'server list'],
    ] as const) {
      expect((await sandbox.fails([...given])).hint, given.join(' ')).to.contain(`logseq ${meant}`)
    }
  })
})
