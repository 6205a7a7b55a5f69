import {expect} from 'chai'

import {userName} from '../../../src/lib/files/users.js'
import type {Inspection} from '../../../src/lib/lifecycle/inspect/classify.js'
import type {Operation} from '../../../src/lib/lifecycle/operation.js'
import {busyError} from '../../../src/lib/lifecycle/operation.js'
import {errorForState, notOwnerError} from '../../../src/lib/lifecycle/state-errors.js'
import type {OwnerSource} from '../../../src/lib/lock/record.js'
import {FakeSystem} from '../../support/fake-system.js'

const op: Operation = {
  force: false,
  graph: {dataDir: '/d', dir: '/d/demo', id: 'id', name: 'demo', repo: 'logseq_db_demo', warnings: []},
  ifMissing: 'fail',
  report: {debug() {}, progress() {}},
  requester: {source: 'cli'},
  rootDir: undefined,
  signal: undefined,
  system: new FakeSystem(),
  timeoutMs: 500,
  until: 500,
}

const record = {'owner-source': 'cli', pid: 42, repo: 'r'} as const

/** A user that is not the one of this process. */
const OTHER = 65_000

describe('why nothing was done', () => {
  const ROWS: [seen: Inspection, code: string, exit: number, details: object, message: RegExp][] = [
    [
      {record: {...record, 'machine-id': 'm'}, state: 'elsewhere'},
      'server-on-other-host',
      5,
      {'machine-id': 'm', pid: 42, repo: 'logseq_db_demo'},
      /another machine/,
    ],
    [{record, state: 'elsewhere'}, 'server-on-other-host', 5, {pid: 42, repo: 'logseq_db_demo'}, /another machine/],
    [
      {state: 'unreadable', uid: OTHER},
      'data-dir-permission',
      5,
      {path: '/d/demo/db-worker.lock', user: userName(OTHER)},
      /db-worker\.lock belongs to \S.* and may not be read/,
    ],
    [
      {state: 'unreadable', uid: undefined},
      'data-dir-permission',
      5,
      {errno: 'EACCES', path: '/d/demo/db-worker.lock'},
      /db-worker\.lock: permission denied$/,
    ],
    [
      {record, state: 'unresponsive'},
      'server-unresponsive',
      5,
      {pid: 42, repo: 'logseq_db_demo'},
      /pid 42.*does not respond/,
    ],
    [
      {record: {...record, version: 3}, state: 'unsupported'},
      'lock-version-unsupported',
      5,
      {pid: 42, repo: 'logseq_db_demo', version: 3},
      /newer version.*version 3/,
    ],
  ]
  for (const [seen, code, exit, details, message] of ROWS) {
    it(`${seen.state}: ${code}`, async () => {
      const error = errorForState(op, seen)
      expect(error).to.include({code, exit})
      expect(error.details).to.deep.equal(details)
      expect(error.message).to.match(message)
    })
  }

  it('says of a record of one’s own that its mode is wrong, not that it is another user’s', () => {
    const error = errorForState(op, {state: 'unreadable', uid: op.system.uid})
    expect(error.message).to.match(/belongs to you, but cannot be read/)
    expect(error.hint).to.include('chmod 600 /d/demo/db-worker.lock')
  })

  it('names the owner of the file, who can run the command', async () => {
    const {hint} = errorForState(op, {state: 'unreadable', uid: OTHER})
    expect(hint).to.equal(`Run the command as ${userName(OTHER)}.`)
  })

  for (const [owner, message, hint] of [
    ['electron', 'The server of demo was started by the desktop app; only its owner may stop it', /desktop app/],
    ['cli', 'The server of demo was started by the command line; only its owner may stop it', /logseq server stop/],
    ['unknown', 'The server of demo was started by another program; only its owner may stop it', /./],
  ] as [OwnerSource, string, RegExp][]) {
    it(`not yours but ${owner}’s: server-owned-by-other`, () => {
      const error = notOwnerError(op, {...record, 'owner-id': 'app-1', 'owner-source': owner})
      expect(error).to.include({code: 'server-owned-by-other', exit: 4, message})
      expect(error.hint).to.match(hint)
      expect(error.details).to.deep.equal({
        'owner-id': 'app-1',
        'owner-source': owner,
        pid: 42,
        repo: 'logseq_db_demo',
        'requester-owner-source': 'cli',
      })
      expect(notOwnerError(op, {...record, 'owner-source': owner}).details).not.to.have.property('owner-id')
    })
  }

  it('another process holds the start lock: lifecycle-busy', () => {
    const known = busyError(op, 7)
    expect(known).to.include({code: 'lifecycle-busy', exit: 7})
    expect(known.message).to.include('pid 7').and.to.include('500 ms')
    expect(known.details).to.deep.equal({pid: 7, repo: 'logseq_db_demo'})
    expect(busyError(op, undefined).details).to.deep.equal({repo: 'logseq_db_demo'})
  })
})
