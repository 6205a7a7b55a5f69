import {expect} from 'chai'

import type {Identity, Liveness, ProcessFacts} from '../../../src/lib/process/identity.js'
import {livenessOfServer} from '../../../src/lib/process/server-liveness.js'
import {FakeSystem, HERE} from '../../support/fake-system.js'

const GRAPH = {dir: '/d/demo', id: 'a'.repeat(64)}
const OURS: Identity = {...HERE, pid: 42, 'process-start': '100'}
const LEGACY: Identity = {pid: 42}
const SERVES = ['node', 'db-worker-node.js', '--repo', 'demo', '--graph-id', GRAPH.id]
const UNRELATED = ['vim', 'notes.txt']

describe('whether the server of a record lives', () => {
  const found = (more: Partial<ProcessFacts>): ProcessFacts => ({
    exe: '/usr/bin/node',
    pid: 42,
    start: '100',
    zombie: false,
    ...more,
  })

  const ROWS: [what: string, record: Identity, found: ProcessFacts | undefined, expected: Liveness][] = [
    ['ours, as it was', OURS, found({argv: SERVES}), 'alive'],
    ['ours, of another script', OURS, found({argv: ['node', 'other.js', ...SERVES.slice(2)]}), 'alive'],
    ['ours, where the arguments are joined', OURS, found({argv: undefined, commandLine: SERVES.join(' ')}), 'alive'],
    ['ours, where the arguments are not told', OURS, found({argv: undefined}), 'alive'],
    [
      'ours, with the pid and start of an unrelated process',
      OURS,
      found({argv: UNRELATED, exe: '/usr/bin/vim'}),
      'possible',
    ],
    [
      'ours, with the pid and start of another graph’s server',
      OURS,
      found({argv: [...SERVES.slice(0, -1), 'b'.repeat(64)]}),
      'possible',
    ],
    ['ours, its pid reused', OURS, found({argv: SERVES, start: '101'}), 'dead'],
    ['ours, a zombie', OURS, found({argv: undefined, zombie: true}), 'dead'],
    ['ours, gone', OURS, undefined, 'dead'],
    ['ours, of an earlier boot', {...OURS, 'boot-id': 'boot-0'}, found({argv: SERVES}), 'dead'],
    ['ours, of another container', {...OURS, 'pid-namespace': 'pid:[2]'}, found({argv: UNRELATED}), 'other-namespace'],
    ['ours, of another machine', {...OURS, 'boot-id': 'b', 'machine-id': 'm'}, found({argv: SERVES}), 'other-machine'],
    ['legacy, by its command line', LEGACY, found({argv: SERVES}), 'alive'],
    ['legacy, another command line', LEGACY, found({argv: UNRELATED, exe: '/usr/bin/vim'}), 'possible'],
    ['legacy, where the arguments are not told', LEGACY, found({argv: undefined}), 'possible'],
    ['legacy, a zombie', LEGACY, found({argv: undefined, zombie: true}), 'dead'],
    ['legacy, gone', LEGACY, undefined, 'dead'],
  ]
  for (const [what, record, process, expected] of ROWS) {
    it(`${what}: ${expected}`, async () => {
      expect(await livenessOfServer(new FakeSystem(), GRAPH, record, process)).to.equal(expected)
    })
  }
})
