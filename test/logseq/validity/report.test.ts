import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {judgeAll} from '../../../src/logseq/validity/check.js'
import {validationResult} from '../../../src/logseq/validity/report.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {run} from '../../engine/support.js'
import {UNMET} from '../../support/golden-unmet.js'
import {goldenCases, unpackGolden} from '../../support/golden.js'
import {graphFixtures, unpackGraph} from '../../support/graphs.js'

describe('the check of a whole graph', () => {
  let files: GraphFiles

  beforeEach(() => {
    files = new GraphFiles()
  })

  afterEach(() => files.dispose())

  for (const golden of goldenCases('validate-db.jsonl')) {
    if (UNMET.has(golden.name)) continue
    it(`reports what Logseq reports: ${golden.name}`, () => {
      unpackGolden(golden.graph, files.path())
      let {db} = files.connect()
      for (const [, data] of (golden.setup ?? []) as [string, string][]) db = run(db, data).after
      const expected = readEdn(golden.output.value as string) as ValueMap
      const found = runSync(validationResult(db, NO_LIMITS))
      for (const [key, value] of expected) {
        expect(canonical(found.get(key)!, key), writeEdn(key)).to.equal(canonical(value, key))
      }
    })
  }

  it('counts what Logseq counts', () => {
    for (const {input, output} of goldenCases('validity.jsonl.gz')) {
      if (input['fn'] !== 'counts') continue
      const [graph] = input['args'] as [string]
      if (graph === 'validity-graph.sqlite') unpackGolden(graph, files.path(graph))
      else unpackGraph(graph.replace('.sqlite', ''), files.path(graph))
      const expected = readEdn(output as string) as ValueMap
      const found = runSync(validationResult(files.connect({}, graph).db, NO_LIMITS))
      for (const [key, count] of expected)
        if (key === keyword('errors')) expect(found.get(key)).to.equal(null)
        else expect(found.get(key), writeEdn(key)).to.equal(count)
    }
  })

  it('finds nothing in graphs that Logseq made, nor in a new one', () => {
    const sound = (db: StoredDatabase) =>
      runSync(judgeAll(db, {withChoices: true}, NO_LIMITS)).map(({e, faults}) => ({e, faults}))
    for (const name of graphFixtures().filter((graph) => ['fresh', 'g1', 'h1'].includes(graph))) {
      unpackGraph(name, files.path(`${name}.sqlite`))
      expect(sound(files.connect({}, `${name}.sqlite`).db), name).to.deep.equal([])
    }

    files.make(undefined, 'new.sqlite')
    expect(sound(files.connect({}, 'new.sqlite').db)).to.deep.equal([])
  })
})

/** A text for values that are equal but for the order of maps and sets; the position of an entity is left out. */
function canonical(value: Value, within?: Value): string {
  if (value instanceof ValueMap) {
    const entries = [...value].map(([key, item]) => {
      const isPosition = within === keyword('errors') && typeof key === 'number'
      return `${isPosition ? '#' : canonical(key)} ${canonical(item, key)}`
    })
    return `{${entries.sort().join(', ')}}`
  }

  const items = value instanceof List ? value.items : value
  if (value instanceof ValueSet)
    return `#{${[...value]
      .map((item) => canonical(item))
      .sort()
      .join(' ')}}`
  if (Array.isArray(items)) return `[${(items as Value[]).map((item) => canonical(item, within)).join(' ')}]`
  return writeEdn(value)
}
