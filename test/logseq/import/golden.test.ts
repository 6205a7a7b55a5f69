import {randomUUID} from 'node:crypto'

import {expect} from 'chai'

import {DB} from '../../../src/engine/idents.js'
import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {A} from '../../../src/logseq/attributes.js'
import {Entities} from '../../../src/logseq/entities.js'
import {exportEdn} from '../../../src/logseq/export/export.js'
import {K} from '../../../src/logseq/export/keys.js'
import {buildImport} from '../../../src/logseq/import/import.js'
import {ImportRefused, validationAnswer} from '../../../src/logseq/import/refusal.js'
import {IMPORTED} from '../../../src/logseq/pipeline/pipeline.js'
import {judgeAll} from '../../../src/logseq/validity/check.js'
import {isAnyProperty} from '../../../src/logseq/validity/idents.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {Keyword, keyword, Uuid} from '../../../src/values/scalars.js'
import {equal, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {run} from '../../engine/support.js'
import {type GoldenCase, goldenCases, unpackGolden} from '../../support/golden.js'

const MAKING = {now: Date.parse('2026-03-15T12:00:00Z'), uuid: () => new Uuid(randomUUID())}
const META = new ValueMap([[IMPORTED, true]])
const PAGE_ID = keyword('page-id')
const FORMAT = keyword('logseq.db.sqlite.export/graph-format')

/** Where an import does better than Logseq's, with the reason. */
const BETTER = new Map([
  [
    'export page class instance',
    'Logseq makes two pages of one title; here the page is made once, and exported again as it was',
  ],
])

interface Roundtrip {
  datomsAfter: number
  reexportEqual?: boolean
  value: string
}

interface After {
  datomsAdded: number
  outline: null | string
  outlineOf: null | string
}

const cases = goldenCases('export.jsonl.gz') as (GoldenCase & {after?: After; roundtrip?: Roundtrip})[]

describe('imports as Logseq makes them', () => {
  let files: GraphFiles
  const graphs = new Map<string, StoredDatabase>()

  before(() => {
    files = new GraphFiles()
    for (const graph of ['lists-a.sqlite', 'lists-fresh.sqlite']) {
      unpackGolden(graph, files.path(graph))
      graphs.set(graph, files.connect({}, graph).db)
    }
  })

  after(() => files.dispose())

  for (const {after: expected, graph, input, name, output} of cases) {
    if (input['method'] !== 'thread-api/import-edn') continue
    it(name, () => {
      const [map] = readEdn(input['args'] as string) as [ValueMap]
      const start = graphs.get(graph)!
      const {after, answer} = importInto(start, map)
      const given = readEdn(output.value as string) as ValueMap
      if (output.status === 'error') expect(answer).to.equal(given.get(keyword('message')))
      else expect(equal(answer, given), `${writeEdn(answer)} for ${output.value}`).to.equal(true)
      expect(count(after) - count(start)).to.equal(expected!.datomsAdded)
      if (expected!.outlineOf !== null) {
        const page = pageNamed(after, expected!.outlineOf)
        if (expected!.outline === null) expect(page).to.equal(undefined)
        else expectEqual(outline(new Entities(after), page!), readEdn(expected!.outline))
      }

      expect(runSync(judgeAll(after, {}, NO_LIMITS))).to.deep.equal([])
    })
  }

  for (const {input, name, output, roundtrip} of cases) {
    if (!roundtrip) continue
    const exported = readEdn(output.value as string) as ValueMap
    if (exported.has(FORMAT)) continue
    it(`takes the ${name}`, () => {
      const {after, answer} = importInto(graphs.get('lists-fresh.sqlite')!, exported)
      expectEqual(answer, readEdn(roundtrip.value))
      if (!BETTER.has(name)) expect(count(after)).to.equal(roundtrip.datomsAfter)
      expect(runSync(judgeAll(after, {}, NO_LIMITS))).to.deep.equal([])
      if (roundtrip.reexportEqual === undefined) return
      const [options] = readEdn(input['args'] as string) as [ValueMap]
      const again = runSync(exportEdn(after, found(options, exported, after), NO_LIMITS))
      expectEqual(again, exported)
    })
  }
})

/** The page of an export has another uuid in the graph that it was imported into. */
function found(options: ValueMap, exported: ValueMap, db: StoredDatabase): ValueMap {
  const id = options.get(PAGE_ID)
  if (id === undefined || id instanceof Keyword) return options
  const pages = exported.get(K.pagesAndBlocks) as readonly ValueMap[]
  const page = pages.find((one) => one.has(K.blocks) && !isShallow(one))!.get(K.page) as ValueMap
  const day = page.get(K.journal)
  const e = day === undefined ? pageNamed(db, page.get(A.title) as string) : db.first(undefined, A.journalDay, day)!.e
  return new ValueMap(options).set(PAGE_ID, e!)
}

/** Only blocks that something refers to. */
function isShallow(page: ValueMap): boolean {
  const blocks = page.get(K.blocks) as readonly ValueMap[]
  return blocks.length > 0 && blocks.every((block) => block.has(K.keepUuid) && block.size === 3)
}

function pageNamed(db: StoredDatabase, title: string): number | undefined {
  const entities = new Entities(db)
  const pages = db.list(undefined, A.name, title.toLowerCase()).map(({e}) => entities.get(e))
  return pages.find((page) => !entities.isDefinition(page))?.e
}

function importInto(start: StoredDatabase, map: ValueMap): {after: StoredDatabase; answer: string | Value} {
  try {
    const {count, txData} = runSync(buildImport(start, map, MAKING, NO_LIMITS))
    const {after} = run(start, txData, writeRules(META))
    return {after, answer: new ValueMap([[keyword('tx-count'), count]])}
  } catch (error) {
    const text = validationAnswer(error)
    if (text !== undefined) return {after: start, answer: new ValueMap([[keyword('error'), text]])}
    if (!(error instanceof ImportRefused)) throw error
    return {after: start, answer: error.isAnswer ? new ValueMap([[keyword('error'), error.message]]) : error.message}
  }
}

function count(db: StoredDatabase): number {
  return db.list(undefined).length
}

function outline(entities: Entities, e: number): ValueMap {
  const entity = entities.get(e)
  const map = new ValueMap([[keyword('title'), entities.titleOf(entity) ?? null]])
  const tags = (entity.facts.get(A.tags) ?? []).map((tag) => entities.db.first(tag as number, DB.ident)!.v)
  if (tags.length > 0) map.set(keyword('tags'), new ValueSet(tags))
  const props = new ValueMap()
  for (const [a, values] of entity.facts)
    if (isAnyProperty(a) && a !== A.tags && a !== A.createdFrom) props.set(a, shown(entities, a, values[0]!))
  if (props.size > 0) map.set(keyword('props'), props)
  const children = runSync(entities.children(e, NO_LIMITS)).map((child) => outline(entities, child.e))
  return children.length > 0 ? map.set(keyword('children'), children) : map
}

function shown({db}: Entities, a: Keyword, v: Value): Value {
  if (!db.attributes.isRef(a)) return v
  const e = v as number
  return (db.first(e, DB.ident) ?? db.first(e, A.value) ?? db.first(e, A.title))!.v
}

function expectEqual(made: Value, expected: Value): void {
  if (!equal(made, expected)) expect(writeEdn(made)).to.equal(writeEdn(expected))
}
