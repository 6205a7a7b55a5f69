import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {eachRow, type SearchRow} from '../../../src/logseq/search/rows.js'
import {readAsked, searchBlocks} from '../../../src/logseq/search/search.js'
import {SearchStore} from '../../../src/logseq/search/store.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import {equal, List, type Value, ValueMap} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {type GoldenCase, goldenCases, unpackGolden} from '../../support/golden.js'

const cases = goldenCases('search.jsonl.gz') as (GoldenCase & {index: string})[]

describe('searches as Logseq makes them', () => {
  let files: GraphFiles
  let db: StoredDatabase
  let store: SearchStore
  let rows: SearchRow[]

  before(() => {
    files = new GraphFiles()
    unpackGolden('lists-a.sqlite', files.path())
    db = files.connect().db
    store = SearchStore.create(files.dir)
    rows = []
    runSync(eachRow(db, NO_LIMITS, (found) => rows.push(...found)))
    store.write(rows, [])
  })

  after(() => {
    store.close()
    files.dispose()
  })

  const shown = ({id, page, title}: SearchRow) =>
    new ValueMap([
      [keyword('id'), id],
      [keyword('page'), page],
      [keyword('title'), title],
    ])

  const METHODS: Record<string, (args: readonly Value[]) => Value> = {
    'search-blocks': ([typed, options]) =>
      runSync(searchBlocks(db, store, readAsked(typed as string, options as ValueMap), NO_LIMITS)),
    'search-build-blocks-indice': () => new List(rows.map((row) => shown(row))),
    'search-delete-blocks'([ids]) {
      store.write([], ids as string[])
      return null
    },
    'search-truncate-tables'() {
      store.truncate()
      return null
    },
    'search-upsert-blocks'([upserted]) {
      const text = (map: ValueMap, key: string) => map.get(keyword(key)) as string
      const read = (map: ValueMap) => ({id: text(map, 'id'), page: text(map, 'page'), title: text(map, 'title')})
      store.write(
        (upserted as ValueMap[]).map((map) => read(map)),
        [],
      )
      return null
    },
  }

  for (const {input, name, output} of cases) {
    const run = METHODS[(input['method'] as string).replace('thread-api/', '')]
    if (!run) continue
    it(name, () => {
      const made = run(readEdn(input['args'] as string) as Value[])
      const expected = readEdn(output.value as string)
      if (!equal(made, expected)) expect(lines(made)).to.deep.equal(lines(expected))
    })
  }
})

/** One line for each result, so that a difference can be read. */
function lines(value: Value): string[] {
  const items = value instanceof ValueMap ? value.get(keyword('items')) : value
  if (!(items instanceof List)) return [writeEdn(value)]
  return items.items.map((item) => {
    const entries = [...(item as ValueMap)].map(([key, held]) => `${writeEdn(key)} ${writeEdn(held)}`)
    return entries.toSorted().join(', ')
  })
}
