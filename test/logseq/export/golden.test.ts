import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {exportEdn} from '../../../src/logseq/export/export.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {equal, type Value, type ValueMap} from '../../../src/values/types.js'
import {useGoldenGraph} from '../../support/golden-graph.js'
import {goldenCases} from '../../support/golden.js'

const cases = goldenCases('export.jsonl.gz').filter(({input}) => input['method'] === 'thread-api/export-edn')

describe('exports as Logseq makes them', () => {
  let db: StoredDatabase
  useGoldenGraph('lists-a.sqlite', (opened) => {
    db = opened
  })

  for (const {input, name, output} of cases) {
    it(name, () => {
      const [options] = readEdn(input['args'] as string) as [ValueMap]
      const made = runSync(exportEdn(db, options, NO_LIMITS))
      expectEqual(made, readEdn(output.value as string))
    })
  }
})

/** Shows a difference by text, and finds none where only the order of keys differs. */
function expectEqual(made: Value, expected: Value): void {
  if (!equal(made, expected)) expect(writeEdn(made)).to.equal(writeEdn(expected))
}
