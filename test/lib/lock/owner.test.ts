import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {authority, ownerOf, type Requester, requireOwnerId, updatesOwnerProcess} from '../../../src/lib/lock/owner.js'
import type {LockRecord, OwnerSource} from '../../../src/lib/lock/record.js'

/** May stop and restart; start writes itself into the record. */
type Expected = 'manages' | 'nothing' | 'takes over'

const AUTHORITY = {
  manages: {canStop: true, takesOver: false},
  nothing: {canStop: false, takesOver: false},
  'takes over': {canStop: true, takesOver: true},
}

/** The ownership table of the contract, cell by cell. */
const TABLE: [requester: Requester['source'], owner: OwnerSource, expected: Expected, whenItsAppIsDead: Expected][] = [
  ['cli', 'cli', 'manages', 'manages'],
  ['cli', 'electron', 'nothing', 'takes over'],
  ['cli', 'unknown', 'takes over', 'takes over'],
  ['electron', 'cli', 'nothing', 'nothing'],
  ['electron', 'electron', 'manages', 'manages'],
  ['electron', 'unknown', 'nothing', 'nothing'],
]

const IDS: [requester: string | undefined, owner: string | undefined, same: boolean][] = [
  [undefined, undefined, true],
  ['app-1', undefined, true],
  [undefined, 'app-1', true],
  ['app-1', 'app-1', true],
  ['app-1', 'app-2', false],
]

describe('what a requester may do with a server', () => {
  for (const [requester, owner, alive, dead] of TABLE) {
    for (const [requesterId, ownerId, same] of IDS) {
      for (const [ownerProcessDead, expected] of [
        [false, alive],
        [true, dead],
      ] as const) {
        const may = requester === owner && !same ? 'nothing' : expected
        const app = ownerProcessDead ? ' whose app is dead' : ''
        it(`${requester} ${requesterId ?? ''} with a server of ${owner} ${ownerId ?? ''}${app}: ${may}`, () => {
          const asked = authority({id: requesterId, source: requester}, {id: ownerId, source: owner}, ownerProcessDead)
          expect(asked).to.deep.equal(AUTHORITY[may])
        })
      }
    }
  }

  it('an app whose death is not proven is alive', () => {
    expect(authority({source: 'cli'}, {source: 'electron'})).to.deep.equal(AUTHORITY.nothing)
  })

  it('is read from the record', () => {
    const record: LockRecord = {'owner-id': 'app-1', 'owner-source': 'electron', pid: 1, repo: 'r'}
    expect(ownerOf(record)).to.deep.equal({id: 'app-1', source: 'electron'})
    expect(ownerOf({'owner-source': 'unknown', pid: 1, repo: 'r'})).to.deep.equal({id: undefined, source: 'unknown'})
  })
})

describe('whose process a start writes into the record', () => {
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
    ['an app, of nobody’s server', app, {'owner-source': 'unknown'}, false],
    ['the command line', {process: app.process, source: 'cli'}, {'owner-source': 'cli'}, false],
  ]
  for (const [what, requester, more, expected] of ROWS) {
    it(`${what}: ${expected}`, () => {
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
