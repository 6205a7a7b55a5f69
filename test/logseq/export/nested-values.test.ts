import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {exportEdn} from '../../../src/logseq/export/export.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import type {ValueMap} from '../../../src/values/types.js'
import {run} from '../../engine/support.js'
import {useGoldenGraph} from '../../support/golden-graph.js'

const NOTE = '[:db/ident :user.property/note]'

describe('the export of values that have values', () => {
  let start: StoredDatabase
  useGoldenGraph('outliner-g1.sqlite', (opened) => {
    start = opened
  })

  /** A page with a block whose note has a note, and so on. @param last number of the note that the last one has, if any */
  function chain(length: number, last?: number): StoredDatabase {
    const notes = Array.from({length}, (_, i) => {
      const note = i + 1 < length ? i + 1 : last
      const value = note === undefined ? '' : `:user.property/note "note-${note}"`
      const isValue = i === 0 ? '' : `:logseq.property/created-from-property ${NOTE}`
      return `{:db/id "note-${i}" :block/title "${i}" :block/page "page" :block/parent "page" :block/order "a0" ${isValue} ${value}}`
    })
    return run(start, `[{:db/id "page" :block/title "Chain" :block/name "chain"} ${notes.join(' ')}]`).after
  }

  const exported = (db: StoredDatabase) => {
    const page = db.first(undefined, keyword('block/name'), 'chain')!.e
    const options = readEdn(`{:export-type :page :page-id ${page}}`) as ValueMap
    return writeEdn(runSync(exportEdn(db, options, NO_LIMITS)))
  }

  it('has them, however deep a block may be', () => {
    const text = exported(chain(300))
    expect(text.match(/:build\/property-value :block/g)).to.have.length(298) // the last one is a text
    expect(text).to.include(':user.property/note "299"')
  })

  for (const [what, length, last] of [
    ['which nest too deep', 500, undefined],
    ['one of which is its own value', 3, 2],
    ['which lead back to where they are', 5, 1],
  ] as const)
    it(`is refused for those ${what}`, () => {
      expect(exported(chain(length, last))).to.equal('{:export-edn-error "blocks nest more than 400 deep"}')
    })
})
