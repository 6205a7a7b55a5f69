import {expect} from 'chai'

import type {ProcessFacts} from '../../../src/lib/process/identity.js'
import {mayBeWorker, servesGraph} from '../../../src/lib/process/match.js'

const GRAPH = {dir: '/real/graphs/My Notes', id: 'a'.repeat(64)}
const OTHER_ID = 'b'.repeat(64)

/** The disk of these tests: `/link` leads to `/real`; a directory that is not named here is not there. */
const DIRECTORIES: Record<string, string> = {
  '/link/graphs/My Notes': '/real/graphs/My Notes',
  '/real/graphs/My': '/real/graphs/My',
  '/real/graphs/My Notes': '/real/graphs/My Notes',
  '/real/graphs/My Notes 2': '/real/graphs/My Notes 2',
}
const realPath = (path: string) => DIRECTORIES[path]

const facts = (argv: string[], more: Partial<ProcessFacts> = {}): ProcessFacts => ({
  argv,
  exe: '/usr/bin/node',
  pid: 1,
  zombie: false,
  ...more,
})

const BASE_ERA = ['--repo', 'logseq_db_My Notes', '--data-dir', '/real/graphs', '--owner-source', 'cli']

const SERVES: [what: string, facts: ProcessFacts][] = [
  ['our own server', facts(['/usr/bin/node', '/x/bin/db-worker-node.js', ...BASE_ERA, '--graph-id', GRAPH.id])],
  [
    'our own server, whatever it calls its directory',
    facts(['node', 'db-worker-node.js', '--repo', 'x', '--data-dir', '/gone', '--graph-id', GRAPH.id]),
  ],
  [
    'our own server in whatever runs us',
    facts(['app', 'db-worker-node.js', '--graph-id', GRAPH.id], {exe: process.execPath}),
  ],
  ['the link that npm makes', facts(['node', '/usr/local/bin/db-worker-node', ...BASE_ERA])],
  ['Logseq’s first server', facts(['node', '/x/db-worker-node.js', ...BASE_ERA])],
  [
    'Logseq’s server of today',
    facts(['node', 'db-worker-node.js', '--repo', 'logseq_db_My Notes', '--root-dir', '/real']),
  ],
  [
    'Logseq’s desktop app',
    facts(['/opt/Logseq/Logseq', 'db-worker-node.js', ...BASE_ERA], {exe: '/opt/Logseq/Logseq'}),
  ],
  ['an Electron of a package', facts(['electron', 'db-worker-node.js', ...BASE_ERA], {exe: '/x/electron'})],
  ['a Node.js of a version', facts(['node', 'db-worker-node.js', ...BASE_ERA], {exe: '/usr/bin/node20'})],
  ['a program that the system does not name', facts(['node', 'db-worker-node.js', ...BASE_ERA], {exe: undefined})],
  [
    'a repo without its prefix',
    facts(['node', 'db-worker-node.js', '--repo', 'My Notes', '--data-dir', '/real/graphs']),
  ],
  [
    'a data directory with a slash at its end',
    facts(['node', 'db-worker-node.js', '--repo', 'My Notes', '--data-dir', '/real/graphs/']),
  ],
  [
    'a data directory behind a link',
    facts(['node', 'db-worker-node.js', '--repo', 'My Notes', '--data-dir', '/link/graphs']),
  ],
  [
    'a relative data directory',
    facts(['node', 'db-worker-node.js', '--repo', 'My Notes', '--data-dir', './graphs'], {cwd: '/real'}),
  ],
  [
    'a root directory with dots',
    facts(['node', 'db-worker-node.js', '--repo', 'My Notes', '--root-dir', '/x/../real/']),
  ],
  ['flags of Node.js', facts(['node', '--enable-source-maps', '-r', 'x', 'db-worker-node.js', ...BASE_ERA])],
]

const DOES_NOT: [what: string, facts: ProcessFacts][] = [
  ['our server of another graph', facts(['node', 'db-worker-node.js', ...BASE_ERA, '--graph-id', OTHER_ID])],
  [
    'a graph whose name begins the same',
    facts(['node', 'db-worker-node.js', '--repo', 'logseq_db_My', '--data-dir', '/real/graphs']),
  ],
  [
    'a graph whose name goes on',
    facts(['node', 'db-worker-node.js', '--repo', 'logseq_db_My Notes 2', '--data-dir', '/real/graphs']),
  ],
  [
    'the name split in two words',
    facts(['node', 'db-worker-node.js', '--repo', 'logseq_db_My', 'Notes', '--data-dir', '/real/graphs']),
  ],
  [
    'the same name elsewhere',
    facts(['node', 'db-worker-node.js', '--repo', 'logseq_db_My Notes', '--data-dir', '/else']),
  ],
  ['no repo', facts(['node', 'db-worker-node.js', '--data-dir', '/real/graphs'])],
  ['an empty repo', facts(['node', 'db-worker-node.js', '--repo', '', '--data-dir', '/real/graphs/My Notes'])],
  [
    'a name that would be a directory further up',
    facts(['node', 'db-worker-node.js', '--repo', '..', '--data-dir', '/real/graphs/My Notes/x']),
  ],
  ['half a character', facts(['node', 'db-worker-node.js', '--repo', 'My\uD800', '--data-dir', '/real/graphs'])],
  [
    'another script that is given all the words',
    facts(['node', 'other.js', 'db-worker-node.js', ...BASE_ERA, '--graph-id', GRAPH.id]),
  ],
  [
    'a program text that is given all the words',
    facts(['node', '-e', 'x', 'db-worker-node.js', ...BASE_ERA, '--graph-id', GRAPH.id]),
  ],
  ['a shell that is given all the words', facts(['bash', 'db-worker-node.js', ...BASE_ERA], {exe: '/usr/bin/bash'})],
  [
    'a shell under another name',
    facts(['node', 'db-worker-node.js', ...BASE_ERA, '--graph-id', GRAPH.id], {exe: '/usr/bin/dash'}),
  ],
  [
    'a shell with all the words in one',
    facts(['sh', '-c', `node db-worker-node.js ${BASE_ERA.join(' ')}`], {exe: '/usr/bin/dash'}),
  ],
  [
    'a program under another name',
    facts([['node', 'db-worker-node.js', ...BASE_ERA].join(' '), '60'], {exe: '/usr/bin/sleep'}),
  ],
  ['a program that waits for a server', facts(['tini', 'db-worker-node', ...BASE_ERA], {exe: '/usr/bin/tini'})],
  [
    'a program that waits for a server of its own',
    facts(['setsid', '-w', 'db-worker-node', ...BASE_ERA], {exe: '/usr/bin/setsid'}),
  ],
  [
    'a pager that shows the server’s file',
    facts(['less', '/x/db-worker-node.js', ...BASE_ERA], {exe: '/usr/bin/less'}),
  ],
  ['a Python program', facts(['python3', 'db-worker-node.js', ...BASE_ERA], {exe: '/usr/bin/python3.11'})],
  ['nothing that tells its arguments', {exe: '/usr/bin/node', pid: 1, zombie: false}],
  ['no arguments', facts([])],
]

/** As macOS tells them: joined by spaces, whatever is not ASCII replaced. */
const LINES: [serves: boolean, line: string][] = [
  [true, `node /x/bin/db-worker-node.js --repo logseq_db_?? --data-dir /a b --graph-id ${GRAPH.id}`],
  [true, `/Applications/My App.app/x /a b/db-worker-node.js --graph-id ${GRAPH.id} --owner-id x`],
  [false, `node /x/bin/db-worker-node.js --repo r --data-dir /d --graph-id ${OTHER_ID}`],
  [false, `node /x/bin/db-worker-node.js --repo r --data-dir /d --graph-id ${GRAPH.id}x`],
  [false, `node /x/bin/db-worker-node.js --repo logseq_db_My Notes --data-dir /real/graphs`],
  [false, `node /x/other.js --graph-id ${GRAPH.id}`],
  [false, `node other.js --graph-id ${GRAPH.id} db-worker-node.js`],
  [false, 'node /x/bin/db-worker-node.js --graph-id'],
  [false, ''],
]

describe('whether a process serves a graph', () => {
  for (const [what, process] of SERVES) {
    it(`yes: ${what}`, () => {
      expect(servesGraph(process, GRAPH, realPath)).to.equal(true)
      expect(mayBeWorker(process)).to.equal(true)
    })
  }

  for (const [what, process] of DOES_NOT) {
    it(`no: ${what}`, () => {
      expect(servesGraph(process, GRAPH, realPath)).to.equal(false)
    })
  }

  for (const [serves, commandLine] of LINES) {
    it(`${serves ? 'yes' : 'no'}: the line ${commandLine.replaceAll(GRAPH.id, 'ID').replaceAll(OTHER_ID, 'OTHER')}`, () => {
      expect(servesGraph({commandLine, pid: 1, zombie: false}, GRAPH, realPath)).to.equal(serves)
      if (serves) expect(mayBeWorker({commandLine, pid: 1})).to.equal(true)
    })
  }

  for (const [dir, name] of [
    ['/d/a~2Fb~0A~E6~97~A5', 'a/b\n日'],
    ['/d/My~20Notes', 'My Notes'],
    ['/d/100~25', '100%'],
    ['/d/--x', '--x'],
  ] as const) {
    it(`a graph is known by the directory ${dir}`, () => {
      const process = facts(['node', 'db-worker-node.js', '--repo', `logseq_db_${name}`, '--data-dir', '/d'])
      expect(servesGraph(process, {dir, id: GRAPH.id}, (path) => path)).to.equal(true)
    })
  }

  it('a process that a record of ours names may run a script of any name', () => {
    const other = facts(['node', '/x/my-worker.mjs', '--graph-id', GRAPH.id])
    expect(servesGraph(other, GRAPH, realPath)).to.equal(false)
    expect(servesGraph(other, GRAPH, realPath, true)).to.equal(true)
    const line = {commandLine: `node /x/my-worker.mjs --graph-id ${GRAPH.id}`, pid: 1, zombie: false}
    expect(servesGraph(line, GRAPH, realPath, true)).to.equal(true)
    expect(servesGraph(facts(['node', '/x/my-worker.mjs', '--graph-id', OTHER_ID]), GRAPH, realPath, true)).to.equal(
      false,
    )
  })

  it('most processes are passed over at a glance', () => {
    expect(mayBeWorker({argv: ['vim', 'notes'], pid: 1})).to.equal(false)
    expect(mayBeWorker({argv: ['sh', '-c', 'node db-worker-node.js --repo r'], pid: 1})).to.equal(false)
    expect(mayBeWorker({pid: 1})).to.equal(false)
  })
})
