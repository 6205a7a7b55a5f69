import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {initialData} from '../../../src/server/methods/initial-data.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {Keyword, keyword} from '../../../src/values/scalars.js'
import type {Tagged, Value, ValueMap} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {goldenCases, unpackGolden} from '../../support/golden.js'

describe('get-initial-data', () => {
  let files: GraphFiles
  let db: StoredDatabase

  beforeEach(() => {
    files = new GraphFiles()
    unpackGolden('lists-a.sqlite', files.path())
    db = files.connect().db
  })

  afterEach(() => files.dispose())

  function call(opts: string): {facts: (readonly Value[])[]; schema: ValueMap} {
    const result = runSync(initialData(db, [readEdn(opts) as ValueMap], NO_LIMITS)) as ValueMap
    const facts = result.get(keyword('initial-data')) as Tagged[]
    return {
      facts: facts.map(({value}) => value as readonly Value[]),
      schema: result.get(keyword('schema')) as ValueMap,
    }
  }

  it('sends what Logseq sends', () => {
    const [golden] = goldenCases('initial-data.jsonl')
    const summary = readEdn(golden!.output['summary'] as string) as ValueMap
    const {facts, schema} = call('{}')
    const counts = new Map<Keyword, number>()
    for (const [, a] of facts) counts.set(a as Keyword, (counts.get(a as Keyword) ?? 0) + 1)
    const sent = new Set(facts.map(([e]) => e))
    const missing = [...new Set(db.list(undefined).map(({e}) => e))].filter((e) => !sent.has(e))
    const of = (name: string) => summary.get(keyword(name))!
    expect(missing).to.deep.equal((of('missing-entities') as Value[][]).map(([e]) => e))
    expect(sorted([...counts].map(([a, count]) => `${a} ${count}`))).to.deep.equal(
      sorted([...(of('attrs') as ValueMap)].map(([a, count]) => `${writeEdn(a)} ${writeEdn(count)}`)),
    )
    expect(facts.length).to.equal(of('n'))
    expect(schema.size).to.equal(of('schema-keys'))
    const first = of('order-first') as Value[][]
    expect(facts.slice(0, first.length).map(([e, a]) => [e, a])).to.deep.equal(first)
  })

  it('sends each fact once, and no times', () => {
    const {facts} = call('{}')
    const texts = facts.map(([e, a, v]) => writeEdn([e!, a!, v!]))
    expect(new Set(texts).size).to.equal(texts.length)
    expect(texts.filter((text) => /:block\/(created-at|updated-at|tx-id) /.test(text))).to.deep.equal([])
  })

  it('sends everything to an import', () => {
    expect(call('{:file-graph-import? true}').facts).to.have.length(db.list(undefined).length)
    expect(call('{:file-graph-import? nil}').facts.length).to.be.below(db.list(undefined).length)
  })
})

const sorted = (texts: readonly string[]): string[] => [...texts].sort()
