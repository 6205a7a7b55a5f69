import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {exportEdn} from '../../../src/logseq/export/export.js'
import {K} from '../../../src/logseq/export/keys.js'
import {buildImport} from '../../../src/logseq/import/import.js'
import {IMPORTED} from '../../../src/logseq/pipeline/pipeline.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {Uuid} from '../../../src/values/scalars.js'
import {equal, ValueMap} from '../../../src/values/types.js'
import {run} from '../../engine/support.js'
import {useGoldenGraph} from '../../support/golden-graph.js'

const ONTOLOGY = readEdn('{:export-type :graph-ontology}') as ValueMap

/** A property that has a value of one that comes after it, and a class that has a value of a later one, too. */
const DEFINITIONS = readEdn(`{
  :properties {
    :user.property/author {:block/title "author" :db/cardinality :db.cardinality/one :logseq.property/type :default
                           :build/properties {:user.property/note "by whom" :user.property/rank 2}}
    :user.property/note {:block/title "note" :db/cardinality :db.cardinality/one :logseq.property/type :default}
    :user.property/rank {:block/title "rank" :db/cardinality :db.cardinality/one :logseq.property/type :number}}
  :classes {
    :user.class/Book {:block/title "Book" :build/class-properties [:user.property/author]
                      :build/properties {:user.property/note "to read"}}}}`) as ValueMap

describe('the import of definitions', () => {
  let start: StoredDatabase
  useGoldenGraph('lists-fresh.sqlite', (opened) => {
    start = opened
  })

  it('takes values of properties that are defined after those that have them', () => {
    let made = 0
    const uuid = () => new Uuid(`00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`)
    const {txData} = runSync(buildImport(start, DEFINITIONS, {now: 1_773_576_000_000, uuid}, NO_LIMITS))
    const {after} = run(start, txData, writeRules(new ValueMap([[IMPORTED, true]])))
    const exported = runSync(exportEdn(after, ONTOLOGY, NO_LIMITS))
    for (const part of [K.properties, K.classes])
      expect(equal(exported.get(part)!, DEFINITIONS.get(part)!), String(part)).to.equal(true)
  })
})
