import {PassThrough} from 'node:stream'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'
import stringWidth from 'string-width'

import {findColumns} from '../../../src/cli/find-columns.js'
import {DocumentWriter, EdnWriter, type ResultWriter} from '../../../src/cli/render/result-writers.js'
import {TableWriter} from '../../../src/cli/render/table-writer.js'
import {TextStream} from '../../../src/cli/render/text-stream.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {encodeTransit, TransitItems} from '../../../src/values/transit.js'
import type {Value} from '../../../src/values/types.js'
import {expectQuick} from '../../support/computing.js'

/** What a writer prints of a result that arrives in parts of so many characters. */
async function printed(make: (out: TextStream) => ResultWriter, result: Value, part = 7): Promise<string> {
  const stream = new PassThrough({highWaterMark: 16})
  const all = text(stream)
  const writer = make(new TextStream(stream))
  const transit = encodeTransit(result)
  const items = new TransitItems(1)
  for (let at = 0; at < transit.length; at += part) {
    const found = items.feed(transit.slice(at, at + part))
    if (found.length > 0) await writer.items(found, items.kind!)
  }

  const end = items.end()
  if ('kind' in end && end.items.length > 0) await writer.items(end.items, end.kind)
  await writer.end(end)
  stream.end()
  return all
}

describe('the columns of a query', () => {
  const COLUMNS: [query: string, columns: string[], shape: string][] = [
    ['[:find ?e :where [?e :a]]', ['?e'], 'relation'],
    ['[:find ?e ?title :in $ ?x :where [?e :a]]', ['?e', '?title'], 'relation'],
    ['[:find (count ?e) (pull ?e [*]) :where [?e :a]]', ['(count ?e)', '(pull ?e [*])'], 'relation'],
    ['[:find [?e ...] :where [?e :a]]', ['?e'], 'collection'],
    ['[:find [?e ?v] :where [?e :a ?v]]', ['?e', '?v'], 'tuple'],
    ['[:find ?e . :where [?e :a]]', ['?e'], 'scalar'],
    ['[:find ?e :with ?b :where [?e :a]]', ['?e'], 'relation'],
    ['[:where [?e :a] :find ?x]', ['?x'], 'relation'],
    ['{:find [?e ?v], :where [[?e :a ?v]]}', ['?e', '?v'], 'relation'],
    ['{:find [[?e ?v]], :where [[?e :a ?v]]}', ['?e', '?v'], 'tuple'],
    ['[:where [?e :a]]', ['result'], 'relation'],
    ['7', ['result'], 'relation'],
  ]

  for (const [query, columns, shape] of COLUMNS)
    it(`of ${query} are ${columns.join(', ')}`, () => {
      expect(findColumns(readEdn(query))).to.deep.equal({columns, shape})
    })
})

describe('a table', () => {
  const table = async (find: string, result: string | Value, room?: number) => {
    const value = typeof result === 'string' ? readEdn(result) : result
    const all = await printed(
      (out) => new TableWriter(out, findColumns(readEdn(`[:find ${find} :where [?e :a]]`)), room),
      value,
    )
    expect(all).to.match(/\n$/)
    return all.slice(0, -1).split('\n')
  }

  it('has a row for each row of a relation', async () => {
    expect(await table('?e ?title', '#{[1 "one"] [20 "two"]}')).to.deep.equal(['?e  ?title', '1   one', '20  two'])
  })

  it('has one column for a collection, one row for a tuple, one cell for a value', async () => {
    expect(await table('[?e ...]', '[1 2]')).to.deep.equal(['?e', '1', '2'])
    expect(await table('[?e ...]', '[[1 2] {:a 1}]')).to.deep.equal(['?e', '[1 2]', '{:a 1}'])
    expect(await table('[?e ?v]', '[1 :a/b]')).to.deep.equal(['?e  ?v', '1   :a/b'])
    expect(await table('[?e ?v]', '[[1 2] [3 4]]')).to.deep.equal(['?e     ?v', '[1 2]  [3 4]'])
    expect(await table('?e .', '7')).to.deep.equal(['?e', '7'])
    expect(await table('?e .', '"a text"')).to.deep.equal(['?e', 'a text'])
  })

  it('has a column for each key of maps', async () => {
    expect(await table('(pull ?e [*])', '([{:db/id 1, :a "x"}] [{:db/id 2, :b [1 2]}])')).to.deep.equal([
      ':db/id  :a  :b',
      '1       x',
      '2           [1 2]',
    ])
    expect(await table('?e ?v', '[{:e 1 :v 2}]')).to.deep.equal([':e  :v', '1   2'])
  })

  it('says that there is nothing', async () => {
    for (const nothing of ['#{}', '[]', '()', 'nil']) expect(await table('?e', nothing)).to.deep.equal(['No results.'])
  })

  it('keeps to its cells what would draw on a terminal', async () => {
    expect((await table('?t', String.raw`#{["a\u001b[2Jb"]}`))[1]).to.equal(String.raw`"a\u001b[2Jb"`)
  })

  it('has whole cells where it is not a terminal, and no line is longer for a long cell in another', async () => {
    const long = 'x'.repeat(100_000)
    const lines = await table('?t ?n', [[long, 1], ...Array.from({length: 500}, (_, i) => [`short ${i}`, i])])
    expect(lines[1]).to.equal(`${long}  1`)
    for (const line of lines.slice(2)) expect(line.length).to.be.lessThan(70)
  })

  it('fits a terminal: long cells end with a mark, and no line is wider', async () => {
    const rows = [
      ['x'.repeat(100_000), 1, 'y'.repeat(300)],
      ['日本語'.repeat(50), 2, 'short'],
      ['e\u0301'.repeat(200), 3, '😀'.repeat(100)],
    ]
    for (const room of [40, 80, 200]) {
      const lines = await table('?a ?n ?b', rows, room)
      for (const line of lines) expect(stringWidth(line)).to.be.at.most(room)
      expect(lines[1]).to.match(/^x+… +1 +y+…$/)
      expect(Math.max(...lines.map((line) => stringWidth(line)))).to.be.at.least(room - 2)
    }

    expect(await table('?t', [['x'.repeat(70)]], 80)).to.deep.equal(['?t', 'x'.repeat(70)])
  })

  it('cuts the headings of attributes before what distinguishes them', async () => {
    const map =
      '[{:block/created-at 1763900000000 :block/title "one title of some length" :block/updated-at 1763900000001}]'
    const [first] = await table('(pull ?e [*])', map, 40)
    expect(first).to.equal('…/created-at  :block/title  …/updated-at')
    const [other] = await table('?a-name-that-is-long ?another', [['x'.repeat(80), 'y'.repeat(80)]], 24)
    expect(other).to.equal('?a-name-th…  ?another')
  })

  it('has columns for the keys of the first maps, and keys that come later behind them', async () => {
    const maps = Array.from({length: 20_001}, (_, i) => [readEdn(i === 20_000 ? '{:a 2 :late 3}' : '{:a 1}')])
    const lines = await table('(pull ?e [*])', maps)
    expect(lines).to.have.length(20_002)
    expect(lines[0]).to.equal(':a')
    expect(lines.at(-1)).to.equal('2  {:late 3}')
  })

  it('is laid out in a time that grows with the result', async () => {
    const rows = Array.from({length: 501}, (_, i) => [i === 0 ? '日'.repeat(100_000) : `row ${i}`, `é${i}`])
    await expectQuick(2000, async () => {
      for (const room of [undefined, 80]) expect(await table('?a ?b', rows, room)).to.have.length(502)
    })
  })

  it('does not measure a text further than its column is wide', async () => {
    const text = `${'x'.repeat(10_000_000)}日本`
    await expectQuick(2000, async () => {
      for (const room of [undefined, 80]) expect((await table('?a ?b', [[text, 1]], room))[1]).to.match(/ {2}1$/)
    })
  })
})

describe('a result as EDN', () => {
  const edn = async (result: string, part?: number) => printed((out) => new EdnWriter(out), readEdn(result), part)

  it('has a line for each item', async () => {
    expect(await edn('nil')).to.equal('nil\n')
    expect(await edn('{:a 1}')).to.equal('{:a 1}\n')
    expect(await edn('[]')).to.equal('[]\n')
    expect(await edn('()')).to.equal('()\n')
    expect(await edn('#{}')).to.equal('#{}\n')
    expect(await edn('[1]')).to.equal('[1]\n')
    expect(await edn('[[1 :a] [2 :b]]')).to.equal('[[1 :a]\n [2 :b]]\n')
    expect(await edn('(1 2 3)')).to.equal('(1\n 2\n 3)\n')
    expect(await edn('#{1 2}')).to.equal('#{1\n 2}\n')
  })

  it('can be read again', async () => {
    for (const result of [String.raw`[1 "a\nb" :c/d]`, '#{1 [2 {:a nil}]}', '(a b)', '#{}', '"text"', '#inst "2026"'])
      for (const part of [1, 3, 1000]) expect(readEdn(await edn(result, part))).to.deep.equal(readEdn(result))
  })
})

describe('a result as JSON', () => {
  it('is one document, whatever the result is', async () => {
    for (const [result, json] of [
      [
        '#{[1 "a"] [2 "b"]}',
        [
          [1, 'a'],
          [2, 'b'],
        ],
      ],
      ['[]', []],
      ['(:a)', [':a']],
      ['{:a 1}', {':a': 1}],
      ['nil', null],
      ['"x"', 'x'],
    ] as const) {
      const document = await printed((out) => new DocumentWriter(out, 'json', () => ({graph: 'demo'})), readEdn(result))
      expect(document).to.match(/^[^\n]*\n$/)
      expect(JSON.parse(document)).to.deep.equal({status: 'ok', data: {graph: 'demo', result: json}})
    }
  })
})
