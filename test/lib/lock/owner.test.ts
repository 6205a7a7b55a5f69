import {expect} from 'chai'

import {authority, ownerOf, type Requester} from '../../../src/lib/lock/owner.js'
import type {LockRecord, OwnerSource} from '../../../src/lib/lock/record.js'

/** May stop and restart; start writes itself into the record. */
type Expected = 'manages' | 'nothing' | 'takes over'

const AUTHORITY = {
  manages: {manages: true, takesOver: false},
  nothing: {manages: false, takesOver: false},
  'takes over': {manages: true, takesOver: true},
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

describe('what a requester may do with a daemon', () => {
  for (const [requester, owner, alive, dead] of TABLE) {
    for (const [requesterId, ownerId, same] of IDS) {
      for (const [ownerProcessDead, expected] of [
        [false, alive],
        [true, dead],
      ] as const) {
        const may = requester === owner && !same ? 'nothing' : expected
        const app = ownerProcessDead ? ' whose app is dead' : ''
        it(`${requester} ${requesterId ?? ''} with a daemon of ${owner} ${ownerId ?? ''}${app}: ${may}`, () => {
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
