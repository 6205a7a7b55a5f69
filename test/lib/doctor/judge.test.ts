import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {judge} from '../../../src/lib/doctor/checks/judge.js'
import type {DoctorFacts, Entry, FileFacts, GraphFiles, ServerFacts} from '../../../src/lib/doctor/facts.js'
import {type Finding, FINDINGS} from '../../../src/lib/doctor/findings.js'
import type {StatusResult} from '../../../src/lib/lifecycle/results.js'
import {ownRevision} from '../../../src/lib/package-root.js'

const NOW = Date.UTC(2026, 10, 26)
const HOUR_MS = 3_600_000
const UUID = '00000000-0000-4000-8000-000000000001'
const GIB = 1024 ** 3

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  kind: 'file',
  mode: 0o600,
  mtime: NOW - 2 * HOUR_MS,
  name,
  size: 10,
  uid: 1000,
  ...more,
})

const graph = (more: Partial<GraphFiles> = {}): GraphFiles => ({
  backups: [],
  dir: '/g/demo',
  entries: [entry('db.sqlite')],
  mode: 0o700,
  name: 'demo',
  search: 'usable',
  uid: 1000,
  ...more,
})

const files = (more: Partial<FileFacts> = {}, directory: Partial<FileFacts['directory']> = {}): FileFacts => ({
  directory: {entries: [], mode: 0o755, othersReach: true, uid: 1000, writable: true, ...directory},
  fileSystem: {free: 100 * GIB, freeFiles: 1000, type: 0xef_53},
  graphs: [graph()],
  uid: 1000,
  ...more,
})

const server = (status: StatusResult['status'], more: Partial<StatusResult> = {}): ServerFacts => ({
  orphans: [],
  scan: 'done',
  servers: [{graph: 'demo', owned: true, repo: 'logseq_db_demo', revision: ownRevision(), status, ...more}],
})

/** Facts in which nothing is wrong. */
const healthy: DoctorFacts = {
  completion: {found: {installed: true, shell: 'bash'}},
  dataDir: {found: '/g'},
  files: {found: files()},
  lock: {found: 'works'},
  node: {sqlite: 'Node.js', version: '24.0.0'},
  now: NOW,
  path: {found: {bin: 'logseq', programs: [{path: '/bin/logseq', self: true}]}},
  servers: {found: server('ready', {pid: 7})},
}

const findingsOf = (facts: Partial<DoctorFacts>): Finding[] =>
  judge({...healthy, ...facts}).flatMap(({findings}) => findings)

const withFiles = (...more: Parameters<typeof files>): Partial<DoctorFacts> => ({files: {found: files(...more)}})
const withGraph = (more: Partial<GraphFiles>, server?: Partial<DoctorFacts>): Partial<DoctorFacts> => ({
  ...withFiles({graphs: [graph(more)]}),
  ...server,
})
const withFile = (name: string, more: Partial<Entry> = {}) =>
  withGraph({entries: [entry('db.sqlite'), entry(name, more)]})
const free = (bytes: number, freeFiles: number | undefined = 1000) =>
  withFiles({fileSystem: {free: bytes, freeFiles, type: 0xef_53}})
const fileSystem = (type: number) => withFiles({fileSystem: {free: 100 * GIB, freeFiles: 9, type}})
const on = (...programs: {package?: string; path: string; self: boolean}[]): Partial<DoctorFacts> => ({
  path: {found: {bin: 'logseq', programs}},
})
const servers = (...given: Parameters<typeof server>): Partial<DoctorFacts> => ({servers: {found: server(...given)}})
const stopped = servers('stopped')

/** Facts, and the codes of what is found in them. */
const CASES: [title: string, facts: Partial<DoctorFacts>, codes: string[]][] = [
  ['nothing wrong', {}, []],
  [
    'a broken configuration',
    {configProblem: {hint: 'Correct it: `$EDITOR /c/config.json`', message: 'not JSON', path: '/c/config.json'}},
    ['config-invalid'],
  ],
  ['no SQLite', {node: {sqlite: undefined, sqliteProblem: 'No SQLite', version: '20.19.0'}}, ['sqlite-missing']],
  ['a look at PATH that failed', {path: {problem: 'EIO'}}, ['probe-failed']],
  ['the program not on PATH', on(), ['not-on-path']],
  ['another program first', on({path: '/a/logseq', self: false}, {path: '/b/logseq', self: true}), ['other-program']],
  [
    'another program first, of a package',
    on({package: '@logseq/cli 0.4.2', path: '/a/logseq', self: false}),
    ['other-program'],
  ],
  [
    'another version of this program first',
    on({package: 'logseq-server 0.0.9', path: '/a/logseq', self: false}),
    ['other-installation'],
  ],
  [
    'another program behind this one',
    on({path: '/a/logseq', self: true}, {path: '/b/logseq', self: false}),
    ['other-installation'],
  ],
  ['no completion', {completion: {found: {installed: false, shell: 'zsh'}}}, ['completion-not-installed']],
  ['a shell without completion', {completion: {found: {installed: false, shell: undefined}}}, []],
  [
    'no home directory',
    {dataDir: {code: 'home-not-found', problem: 'HOME is ""'}, files: {code: 'home-not-found', problem: 'HOME is ""'}},
    ['home-not-found'],
  ],
  ['no data directory', {files: {found: {...files(), directory: undefined, graphs: []}}}, ['data-dir-missing']],
  [
    'a data directory that cannot be read',
    {files: {code: 'data-dir-permission', problem: 'no'}},
    ['data-dir-unusable'],
  ],
  ['a data directory that cannot be written', withFiles({}, {writable: false}), ['data-dir-unusable']],
  ['a disk that does not respond', {files: {code: 'silent', problem: 'no answer'}}, ['data-dir-silent']],
  ['a data directory of another user', withFiles({}, {uid: 7, writable: false}), ['not-yours']],
  ['one of another user that may be written to', withFiles({}, {uid: 7}), []],
  ['a data directory that all may write to', withFiles({}, {mode: 0o777}), ['writable-by-others']],
  ['the same, sticky as /tmp is', withFiles({}, {mode: 0o1777}), []],
  ['the same, below a closed home directory', withFiles({}, {mode: 0o777, othersReach: false}), []],
  ['a graph of another user', withGraph({uid: 7}), ['not-yours']],
  ['a graph that others may write to', withGraph({mode: 0o775}), ['writable-by-others']],
  [
    'a database that others may write to',
    withGraph({entries: [entry('db.sqlite', {mode: 0o666})]}),
    ['writable-by-others'],
  ],
  [
    'a database that others may read',
    withGraph({entries: [entry('db.sqlite', {mode: 0o644})], mode: 0o755}),
    ['readable-by-others'],
  ],
  ['the same in a closed directory', withGraph({entries: [entry('db.sqlite', {mode: 0o644})]}), []],
  [
    'a lock file that others may read',
    withGraph({entries: [entry('db-worker.lock', {mode: 0o640})], mode: 0o755}),
    ['token-readable'],
  ],
  ['a network disk', fileSystem(0x69_69), ['network-file-system']],
  ['a disk in memory', fileSystem(0x01_02_19_94), ['memory-file-system']],
  ['a file system without a name', fileSystem(0x12_34), []],
  ['a full disk', free(1024), ['disk-full']],
  ['a disk without inodes', free(100 * GIB, 0), ['disk-full']],
  ['a file system that counts no inodes', free(100 * GIB, undefined), []],
  ['a nearly full disk', free(100 * 1024 ** 2), ['disk-nearly-full']],
  [
    'less space than a backup of the largest graph may need',
    withFiles({
      fileSystem: {free: GIB, freeFiles: 9, type: 0xef_53},
      graphs: [graph({entries: [entry('db.sqlite', {size: GIB})]})],
    }),
    ['disk-nearly-full'],
  ],
  ['locks that exclude nobody', {lock: {found: 'not-exclusive'}}, ['locks-broken']],
  ['locks that are refused', {lock: {found: 'refused'}}, ['locks-broken']],
  ['locks that never answer', {lock: {code: 'silent', problem: 'no answer'}}, ['locks-broken']],
  ['locks without SQLite', {lock: {found: 'no-sqlite'}}, []],
  ['a graph in which its owner may not write', withGraph({mode: 0o500}), ['graph-not-writable']],
  ['a graph that cannot be read', withGraph({problem: 'permission denied'}), ['graph-unreadable']],
  ['an old temporary file', withFile(`db-worker.lock.${UUID}.tmp`), ['leftover-file']],
  ['a young temporary file', withFile(`db-worker.lock.${UUID}.tmp`, {mtime: NOW}), []],
  ['a link with such a name', withFile(`db-worker.lock.${UUID}.tmp`, {kind: 'other', mode: 0o777}), []],
  ['a pipe where the lock file belongs', withFile('db-worker.lock', {kind: 'other', mode: 0o644}), []],
  [
    'a pipe with the name of a file on which locks were tried',
    withFiles({}, {entries: [entry(`.logseq-doctor-${UUID}.tmp`, {kind: 'other'})]}),
    [],
  ],
  ['a file of a user with such an ending', withFile('notes.tmp'), []],
  ['an old unfinished copy', withFile('copy.sqlite.1a2b3c4d.part'), ['leftover-file']],
  ['a copy being written', withFile('copy.sqlite.1a2b3c4d.part', {mtime: NOW}), []],
  [
    'an old unfinished backup',
    withGraph({backups: [entry('20261124T115903123Z.sqlite.1a2b3c4d.part')]}),
    ['leftover-file'],
  ],
  ['a prepared database', withGraph({entries: [entry(`db.sqlite.${UUID}.incoming`)]}, stopped), ['leftover-file']],
  ['the same while a server runs', withFile(`db.sqlite.${UUID}.incoming`), []],
  [
    'a file on which locks were tried',
    withFiles({}, {entries: [entry(`.logseq-doctor-${UUID}.tmp`)]}),
    ['leftover-file'],
  ],
  ['what was moved aside', withFile(`db-worker.guard.${UUID}.aside`), ['file-aside']],
  ['a restore that was cut off', withFile('db.sqlite.replacing'), ['interrupted-restore']],
  [
    'databases from before a restore',
    withGraph({backups: [entry('before-restore-20261124T115903123Z.sqlite')]}),
    ['set-aside-databases'],
  ],
  ['a file of tomorrow', withFile('db-worker-node-20261127.log', {mtime: NOW + 24 * HOUR_MS}), ['future-dated']],
  [
    'a backup of tomorrow',
    withGraph({backups: [entry('20261127T115903123Z.sqlite', {mtime: NOW + HOUR_MS})]}),
    ['future-dated'],
  ],
  ['a file of this minute, by another clock', withFile('x', {mtime: NOW + 30_000}), []],
  ['an index that is something else', withGraph({search: 'unusable'}), ['search-index-unusable']],
  ['no index', withGraph({search: 'absent'}), []],
  ['an unclean end', withGraph({uncleanEnd: {pid: 7}}, stopped), ['unclean-end']],
  ['an end in doubt', withGraph({uncleanEnd: {reason: 'a page is damaged'}}, stopped), ['unclean-end']],
  ['a copy of a served directory', withGraph({uncleanEnd: {copied: true, pid: 7}}, stopped), ['unclean-end']],
  ['the mark of a server that runs', withGraph({uncleanEnd: {pid: 7}}), []],
  ['a damaged graph', servers('ready', {damage: 'a page', pid: 7}), ['graph-damaged']],
  ['a stale lock file', servers('stale'), ['stale-record']],
  ['a corrupt lock file', servers('corrupt', {hint: 'The lock file is damaged: empty; `x` y'}), ['corrupt-record']],
  ['a lock file of another user', servers('unreadable', {hint: 'it belongs to eve'}), ['unreadable-record']],
  ['a silent server', servers('unresponsive', {pid: 7}), ['server-unresponsive']],
  ['a server elsewhere', servers('elsewhere', {pid: 7}), ['server-elsewhere']],
  ['a server of a newer version', servers('unsupported', {pid: 7}), ['server-newer']],
  ['a server of another build', servers('ready', {pid: 7, revision: '0.0.1'}), ['server-other-build']],
  [
    'an app’s server of another build',
    servers('ready', {owned: false, pid: 7, revision: '0.0.1'}),
    ['server-other-build'],
  ],
  [
    'a leftover server',
    {servers: {found: {...server('stopped'), orphans: [{graph: 'demo', pid: 9}]}}},
    ['orphan-server'],
  ],
  ['a server of a deleted graph', {servers: {found: {...server('ready'), orphans: [{pid: 9}]}}}, ['orphan-server']],
  ['processes that are hidden', {servers: {found: {...server('ready'), scan: 'failed: no /proc'}}}, ['scan-failed']],
  ['a system without a scan', {servers: {found: {...server('ready'), scan: 'unsupported'}}}, ['scan-failed']],
  ['a failed look at the servers', {servers: {problem: 'not done in time'}}, ['probe-failed']],
]

describe('what doctor makes of facts', () => {
  for (const [title, facts, codes] of CASES)
    it(`finds ${codes.length === 0 ? 'no problem' : codes.join(', ')} in ${title}`, () => {
      const found = findingsOf(facts)
      expect(found.map(({code}) => code)).to.deep.equal(codes)
      for (const one of found) {
        expect(one.message, one.code).not.to.match(/undefined|NaN|\[object/)
        expect(one.hint, one.code).to.match(/`[^`]+`|npm|--data-dir|Restart the program/)
        expect(one.meaning).to.match(/\.$/)
      }
    })

  it('has a case for each finding', () => {
    expect(new Set(CASES.flatMap((one) => one[2]))).to.have.all.keys(...Object.keys(FINDINGS))
  })

  it('fixes leftovers and dead lock files, and nothing else', () => {
    const fixable = CASES.flatMap(([, facts]) => findingsOf(facts)).filter((one) => one.fixable)
    expect(new Set(fixable.map(({code}) => code))).to.have.all.keys('corrupt-record', 'leftover-file', 'stale-record')
  })

  it('is described in docs/cli/doctor.md, with its level', () => {
    const page = readFileSync(new URL('../../../docs/cli/doctor.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([\w-]+)` \| (error|warning|note) \|/gm)].map(([, code, level]) => [
      code,
      level,
    ])
    expect(rows.toSorted()).to.deep.equal(
      Object.entries(FINDINGS)
        .map(([code, {level}]) => [code, level])
        .toSorted(),
    )
  })
})
