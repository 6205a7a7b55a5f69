import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {goldenCases, unpackGolden} from '../../support/golden.js'
import {type CallOutcome, isAnyRefusal, recorded, Replay} from '../../support/outliner-golden.js'

/** Where this server does something else than Logseq, with the reason. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ['page/create-blank', 'a page without a title cannot be found again: it is refused'],
])

describe('operations on an outline, as Logseq does them', () => {
  const graphs = new Map<string, StoredDatabase>()
  let files: GraphFiles[]
  let zone: string | undefined

  before(() => {
    zone = process.env['TZ']
    process.env['TZ'] = 'UTC'
    files = ['outliner-g0.sqlite', 'outliner-g1.sqlite'].map((graph) => {
      const file = new GraphFiles()
      unpackGolden(graph, file.path())
      graphs.set(graph, file.connect().db)
      return file
    })
  })

  after(() => {
    for (const file of files) file.dispose()
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })

  for (const golden of goldenCases('outliner.jsonl.gz')) {
    it(golden.name, () => {
      const outcomes = new Replay(graphs.get(golden.graph)!, golden).run()
      if (DIFFERENT.has(golden.name)) expect(outcomes.every(({error}) => error !== undefined)).to.equal(true)
      else
        expect(outcomes.map((outcome, i) => comparable(outcome, recorded(golden)[i]!))).to.deep.equal(recorded(golden))
    })
  }
})

/** The texts of some refusals are Logseq's own affair. */
function comparable(outcome: CallOutcome, expected: CallOutcome): CallOutcome {
  const isFree = outcome.error !== undefined && expected.error !== undefined && isAnyRefusal(expected.error)
  return isFree ? {error: expected.error!} : outcome
}
