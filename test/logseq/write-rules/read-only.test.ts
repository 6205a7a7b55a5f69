import {expect} from 'chai'
import {NO_LIMITS} from '../../../src/engine/task.js'

import {ServerError} from '../../../src/lib/errors.js'
import {block, GraphFiles, write} from '../../engine/graph-file.js'

const setting = (name: string, value: string) => `[{:db/ident :logseq.kv/${name} :kv/value ${value}}]`

describe('a graph that is only read', () => {
  let files: GraphFiles

  beforeEach(() => {
    files = new GraphFiles()
  })

  afterEach(() => files.dispose())

  const refused: [string, string, RegExp][] = [
    ['a newer minor version', setting('schema-version', '{:major 65 :minor 34}'), /65\.34.*65\.33/],
    ['a newer major version', setting('schema-version', '{:major 66 :minor 0}'), /66\.0/],
    ['an older major version', setting('schema-version', '{:major 64 :minor 8}'), /64\.8/],
    ['a version of another form', setting('schema-version', '65'), /version is 65,/],
    ['a version without a minor', setting('schema-version', '{:major 65}'), /\{:major 65\}/],
    ['no version', '[[:db/retractEntity :logseq.kv/schema-version]]', /unknown/],
    ['one that syncs', setting('graph-remote?', 'true'), /synchronised/],
    [
      'one that has an id for syncing',
      setting('graph-uuid', '#uuid "aaaaaaaa-0000-4000-8000-000000000001"'),
      /synchronised/,
    ],
  ]

  for (const [what, edits, why] of refused) {
    it(`${what}: says why, refuses writes, and can be read`, () => {
      files.make(edits)
      const rows = files.rows()
      const connection = files.connect()
      expect(connection.readOnly).to.match(why)
      for (const data of [block(1), '[]', setting('schema-version', '{:major 65 :minor 22}')]) {
        const error = errorOf(() => write(connection, data))
        expect({code: error.code, status: error.httpStatus}).to.deep.equal({code: 'graph-read-only', status: 403})
        expect(error.message).to.match(why)
        expect(error.details['reason']).to.equal(connection.readOnly)
      }

      expect(connection.db.entid(1)).to.equal(1)
      expect(connection.db.list(undefined).length).to.be.greaterThan(2000)
      expect(files.rows()).to.deep.equal(rows)
    })
  }

  const accepted: [string, string][] = [
    ['the newest version that is known', setting('schema-version', '{:major 65 :minor 33}')],
    ['an older minor version', setting('schema-version', '{:major 65 :minor 0}')],
    ['one that does not sync, and says so', setting('graph-remote?', 'false')],
  ]

  for (const [what, edits] of accepted) {
    it(`${what}: can be written`, () => {
      files.make(edits)
      const connection = files.connect()
      expect(connection.readOnly).to.equal(undefined)
      expect(write(connection, block(1)).txData.length).to.be.greaterThan(3)
    })
  }

  it('a write that is refused leaves room for the next', () => {
    files.make(setting('graph-remote?', 'true'))
    const connection = files.connect()
    const first = connection.transact([], NO_LIMITS)
    expect(errorOf(() => first.next()).code).to.equal('graph-read-only')
    expect(errorOf(() => connection.transact([], NO_LIMITS).next()).code).to.equal('graph-read-only')
  })
})

function errorOf(act: () => unknown): ServerError {
  try {
    act()
  } catch (error) {
    if (error instanceof ServerError) return error
    throw error
  }

  throw new Error('it was not refused')
}
