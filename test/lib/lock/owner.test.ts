import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {authority, ownerOf, type Requester, requireOwnerId, updatesOwnerProcess} from '../../../src/lib/lock/owner.js'
import type {LockRecord, OwnerSource} from '../../../src/lib/lock/record.js'

/** What a requester may do: stop and restart; nothing of that; or both, and its start writes it into the record as the owner. */
type Expected = 'may not stop' | 'may stop' | 'takes over'

const AUTHORITY = {
  'may stop': {canStop: true, takesOver: false},
  'may not stop': {canStop: false, takesOver: false},
  'takes over': {canStop: true, takesOver: true},
}

/** The ownership table of the contract, cell by cell. */
const TABLE: [requester: Requester['source'], owner: OwnerSource, expected: Expected, whenItsAppIsDead: Expected][] = [
  ['cli', 'cli', 'may stop', 'may stop'],
  ['cli', 'electron', 'may not stop', 'takes over'],
  ['cli', 'unknown', 'takes over', 'takes over'],
  ['electron', 'cli', 'may not stop', 'may not stop'],
  ['electron', 'electron', 'may stop', 'may stop'],
  ['electron', 'unknown', 'may not stop', 'may not stop'],
]

const IDS: [requester: string | undefined, owner: string | undefined, same: boolean][] = [
  [undefined, undefined, true],
  ['app-1', undefined, true],
  [undefined, 'app-1', true],
  ['app-1', 'app-1', true],
  ['app-1', 'app-2', false],
]

describe('authority', () => {
  for (const [requester, owner, alive, dead] of TABLE) {
    for (const [requesterId, ownerId, same] of IDS) {
      for (const [ownerProcessDead, expected] of [
        [false, alive],
        [true, dead],
      ] as const) {
        const may = requester === owner && !same ? 'may not stop' : expected
        const app = ownerProcessDead ? ' whose app is dead' : ''
        it(`says that ${requester} ${requesterId ?? ''} ${may} a server of ${owner} ${ownerId ?? ''}${app}`, () => {
          const asked = authority({id: requesterId, source: requester}, {id: ownerId, source: owner}, ownerProcessDead)
          expect(asked).to.deep.equal(AUTHORITY[may])
        })
      }
    }
  }

  it('takes an app as alive when its death is not proven', () => {
    expect(authority({source: 'cli'}, {source: 'electron'})).to.deep.equal(AUTHORITY['may not stop'])
  })

  it('is asked about the owner that the record names', () => {
    const record: LockRecord = {'owner-id': 'app-1', 'owner-source': 'electron', pid: 1, repo: 'r'}
    expect(ownerOf(record)).to.deep.equal({id: 'app-1', source: 'electron'})
    expect(ownerOf({'owner-source': 'unknown', pid: 1, repo: 'r'})).to.deep.equal({id: undefined, source: 'unknown'})
  })
})

describe('updatesOwnerProcess', () => {
  const record: LockRecord = {
    'owner-id': 'a',
    'owner-pid': 7,
    'owner-source': 'electron',
    'owner-start': '1',
    pid: 1,
    repo: 'r',
  }
  const app: Requester = {id: 'a', process: {pid: 8, start: '2'}, source: 'electron'}
  const ROWS: [what: string, requester: Requester, record: Partial<LockRecord>, expected: boolean][] = [
    ['an app that was started again', app, {}, true],
    ['the same process', {...app, process: {pid: 7, start: '1'}}, {}, false],
    ['another process of the same pid', {...app, process: {pid: 7, start: '2'}}, {}, true],
    ['an app that names no process', {id: 'a', source: 'electron'}, {}, false],
    ['another profile', {...app, id: 'b'}, {}, false],
    ['an app without an id', {...app, id: undefined}, {}, true],
    ['an app, of a server without an id', app, {'owner-id': undefined}, true],
    ['an app, of the command line’s server', app, {'owner-source': 'cli'}, false],
    ['an app, of a server without an owner', app, {'owner-source': 'unknown'}, false],
    ['the command line', {process: app.process, source: 'cli'}, {'owner-source': 'cli'}, false],
  ]
  for (const [what, requester, more, expected] of ROWS) {
    it(`returns ${expected} for ${what}`, () => {
      expect(updatesOwnerProcess(requester, {...record, ...more})).to.equal(expected)
    })
  }
})

describe('an owner id', () => {
  for (const id of ['a', 'profile-1', 'com.logseq.desktop:work@host_2', 'x'.repeat(128)]) {
    it(`${id.slice(0, 40)} is one`, () => {
      expect(requireOwnerId(id)).to.equal(id)
    })
  }

  for (const id of ['', ' ', '-a', '--owner-id', 'a b', 'a\n', 'é', '\u001B[2J', 'x'.repeat(129)]) {
    it(`${JSON.stringify(id).slice(0, 40)} is refused`, () => {
      expect(() => requireOwnerId(id))
        .to.throw(ServerError)
        .with.property('code', 'usage')
    })
  }
})
