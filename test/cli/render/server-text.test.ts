import {expect} from 'chai'

import {duration, listText, startText, statusText, stopText} from '../../../src/cli/render/server-text.js'
import type {ListResult, StartResult, StatusResult} from '../../../src/lib/lifecycle/results.js'
import {ownRevision} from '../../../src/lib/package-root.js'

const RUNTIME = {
  'base-url': 'http://127.0.0.1:4000',
  graph: 'demo',
  host: '127.0.0.1',
  lifetime: 'persistent',
  log: '/d/demo/db-worker-node-20261123.log',
  owned: true,
  'owner-source': 'cli',
  pid: 42,
  port: 4000,
  repo: 'logseq_db_demo',
} as const

const STARTED: StartResult = {
  ...RUNTIME,
  created: false,
  'orphan-scan': 'done',
  'orphans-terminated': [],
  reused: false,
  warnings: [],
}

const WHERE = ['  URL     http://127.0.0.1:4000', '  PID     42']

describe('startText', () => {
  const ROWS: [what: string, result: Partial<StartResult>, lines: string[]][] = [
    ['started', {}, ['Server started: demo', ...WHERE, '  Owner   cli']],
    ['a new graph', {created: true}, ['Server started: demo (new graph)', ...WHERE, '  Owner   cli']],
    [
      'reused',
      {'orphan-scan': 'not-needed', reused: true},
      ['Server already running: demo', ...WHERE, '  Owner   cli'],
    ],
    [
      'of somebody else',
      {owned: false, 'owner-source': 'electron', reused: true},
      ['Server already running: demo', ...WHERE, '  Owner   electron (you can use it; only its owner can stop it)'],
    ],
    [
      'that ends with an app',
      {lifetime: 'leased', 'owner-id': 'work', 'owner-source': 'electron'},
      [
        'Server started: demo',
        '  URL      http://127.0.0.1:4000',
        '  PID      42',
        '  Owner    electron work',
        '  Lifetime leased: stops when no app uses it',
      ],
    ],
    [
      'of a supervisor',
      {supervised: true},
      [
        'Server started: demo',
        '  URL        http://127.0.0.1:4000',
        '  PID        42',
        '  Owner      cli',
        '  Supervised `server restart` asks its supervisor to start it again',
      ],
    ],
    [
      'with its token',
      {'auth-token': 'secret'},
      ['Server started: demo', ...WHERE, '  Owner   cli', '  Token   secret'],
    ],
    [
      'after orphans',
      {'orphans-terminated': [7, 8]},
      ['Server started: demo', ...WHERE, '  Owner   cli', '  Stopped a leftover server first (pid 7, 8)'],
    ],
    [
      'without a look for orphans',
      {'orphan-scan': 'failed: no ps'},
      ['Server started: demo', ...WHERE, '  Owner   cli', '  Could not search for leftover servers (failed: no ps)'],
    ],
    [
      'of a name that would draw',
      {graph: 'a\u001B[2J'},
      [String.raw`Server started: "a\u001b[2J"`, ...WHERE, '  Owner   cli'],
    ],
  ]
  for (const [what, result, lines] of ROWS) {
    it(`describes a server: ${what}`, () => {
      expect(startText({...STARTED, ...result}, 'started')).to.deep.equal(lines)
    })
  }

  it('calls a restart one', () => {
    expect(startText(STARTED, 'restarted')[0]).to.equal('Server restarted: demo')
  })
})

describe('stopText', () => {
  for (const [by, line] of [
    ['shutdown', 'Server stopped: demo'],
    ['sigterm', 'Server stopped: demo (did not respond; stopped with SIGTERM)'],
    ['sigkill', 'Server stopped: demo (did not respond; stopped with SIGKILL)'],
  ] as const) {
    it(`describes a stop by ${by}`, () => {
      expect(stopText({graph: 'demo', pid: 42, repo: 'r', 'stopped-by': by, warnings: []})).to.deep.equal([line])
    })
  }
})

describe('statusText', () => {
  it('describes a server that runs', () => {
    const result: StatusResult = {
      ...RUNTIME,
      memory: 60 * 1024 * 1024,
      revision: ownRevision(),
      status: 'ready',
      'uptime-ms': 90_000,
    }
    expect(statusText(result)).to.deep.equal([
      'Server ready: demo',
      ...WHERE,
      '  Owner   cli',
      '  Uptime  1m30s',
      '  Memory  60 MiB',
      `  Build   ${ownRevision()}`,
      '  Log     /d/demo/db-worker-node-20261123.log',
    ])
  })

  it('leaves out the address of a server that does not listen yet', () => {
    const result: StatusResult = {...RUNTIME, port: 0, status: 'starting'}
    expect(statusText(result)).to.deep.equal([
      'Server starting: demo',
      '  PID     42',
      '  Owner   cli',
      '  Log     /d/demo/db-worker-node-20261123.log',
    ])
  })

  for (const status of ['stopped', 'stale', 'corrupt'] as const) {
    it(`describes a ${status} server and gives the hint`, () => {
      expect(statusText({graph: 'demo', hint: 'Do this.', repo: 'r', status})).to.deep.equal([
        `Server ${status}: demo`,
        'Hint: Do this.',
      ])
    })
  }
})

describe('statusText after an end that was not clean', () => {
  const ROWS: [end: StatusResult['unclean-end'], line: string][] = [
    [{pid: 42}, '  Ended   not cleanly (pid 42): it was killed, or the machine went down'],
    [{}, '  Ended   not cleanly: it was killed, or the machine went down'],
    [{copied: true, pid: 42}, '  Ended   unknown: this directory is a copy; a server (pid 42) served the original'],
    [{pid: 42, reason: 'a \u001B'}, String.raw`  Ended   the graph may be damaged (pid 42): "a \u001b"`],
  ]
  for (const [end, line] of ROWS) {
    it(`describes ${JSON.stringify(end)}`, () => {
      const result: StatusResult = {graph: 'demo', log: '/d/l', repo: 'r', status: 'stale', 'unclean-end': end}
      expect(statusText(result)).to.deep.equal(['Server stale: demo', '  Log     /d/l', line])
    })
  }
})

describe('listText', () => {
  const list = (servers: StatusResult[]): ListResult => ({'data-dir': '/home/a b', servers, warnings: []})

  it('prints a row for each server, and the hints after them', () => {
    const servers: StatusResult[] = [
      {...RUNTIME, status: 'ready', 'uptime-ms': 3_700_000},
      {
        ...RUNTIME,
        graph: '日本',
        lifetime: 'leased',
        'owner-id': 'work',
        'owner-source': 'electron',
        status: 'unresponsive',
        hint: 'It may be busy.',
      },
      {graph: 'old', hint: 'Its process is gone.', repo: 'r', status: 'stale'},
    ]
    expect(listText(list(servers), false)).to.deep.equal([
      'GRAPH  STATUS        OWNER     OWNER-ID  LIFETIME    HOST       PORT  PID  UPTIME',
      'demo   ready         cli       -         persistent  127.0.0.1  4000  42   1h1m',
      '日本   unresponsive  electron  work      leased      127.0.0.1  4000  42   -',
      'old    stale         -         -         -           -          -     -    -',
      '日本: It may be busy.',
      'old: Its process is gone.',
    ])
  })

  it('leaves out the columns of apps when no app owns a server', () => {
    expect(listText(list([{...RUNTIME, status: 'ready', 'uptime-ms': 1000}]), false)).to.deep.equal([
      'GRAPH  STATUS  OWNER  HOST       PORT  PID  UPTIME',
      'demo   ready   cli    127.0.0.1  4000  42   1s',
    ])
  })

  it('adds the directories when two names look alike', () => {
    const servers = ['\u00E9', 'e\u0301'].map((graph) => ({graph, repo: graph, status: 'stopped' as const}))
    expect(listText(list(servers), true).map((line) => line.split(/ +/).slice(0, 3))).to.deep.equal([
      ['GRAPH', 'DIRECTORY', 'STATUS'],
      ['\u00E9', '~C3~A9', 'stopped'],
      ['e\u0301', 'e~CC~81', 'stopped'],
    ])
  })

  it('suggests what to do next when no server is listed', () => {
    expect(listText({...list([]), 'data-dir': '/'}, false).join('\n'))
      .to.include('server start --repo NAME`')
      .and.to.include('--all')
    expect(listText(list([]), false).join('\n'), 'a missing directory')
      .to.include('/home/a b')
      .and.to.include('server start --repo NAME --create`')
    expect(listText({...list([]), warnings: ['why']}, false)).to.deep.equal(['No servers in /home/a b.'])
    expect(listText(list([]), true).join('\n'))
      .to.include('/home/a b')
      .and.to.include('graph create --repo NAME')
  })
})

describe('a span of time', () => {
  for (const [ms, text] of [
    [0, '0s'],
    [999, '0s'],
    [1000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [61_000, '1m1s'],
    [3_600_000, '1h'],
    [3_659_000, '1h'],
    [3_660_000, '1h1m'],
    [86_399_000, '23h59m'],
    [86_400_000, '1d'],
    [90_061_000, '1d1h'],
    [1e11, '1157d9h'],
    [-5, '0s'],
  ] as const) {
    it(`${ms} ms is ${text}`, () => {
      expect(duration(ms)).to.equal(text)
    })
  }
})
