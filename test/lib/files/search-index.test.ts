import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'

import {markSearchStale} from '../../../src/lib/files/search-index.js'
import {GraphFiles} from '../../engine/graph-file.js'

describe("Logseq's search index", () => {
  let files: GraphFiles

  beforeEach(() => {
    files = new GraphFiles()
  })

  afterEach(() => files.dispose())

  it('is marked to be built anew, and is otherwise as it was', () => {
    mkdirSync(files.path('search'))
    const db = files.sqlite('search/db.sqlite')
    db.exec("CREATE TABLE blocks (id TEXT); INSERT INTO blocks VALUES ('x'); PRAGMA user_version = 7")
    markSearchStale(files.dir)
    const after = files.sqlite('search/db.sqlite')
    expect(after.all('SELECT user_version AS version FROM pragma_user_version')).to.deep.equal([{version: 0}])
    expect(after.all('SELECT id FROM blocks')).to.deep.equal([{id: 'x'}])
  })

  it('is not created by marking it as stale', () => {
    markSearchStale(files.dir)
    expect(existsSync(files.path('search'))).to.equal(false)
  })

  it('something else in its place is left alone', () => {
    mkdirSync(files.path('search'))
    writeFileSync(
      files.path('search/db.sqlite'),
      'this is not a database, and long enough to be taken for one'.repeat(99),
    )
    markSearchStale(files.dir)
    expect(readFileSync(files.path('search/db.sqlite'), 'utf8')).to.match(/^this is not a database/)
  })
})
