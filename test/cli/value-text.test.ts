import {expect} from 'chai'

import {findColumns} from '../../src/cli/find-columns.js'
import {tableText, valueText} from '../../src/cli/value-text.js'
import {readEdn} from '../../src/values/edn-read.js'

describe('the columns of a query', () => {
  const COLUMNS: [query: string, columns: string[]][] = [
    ['[:find ?e :where [?e :a]]', ['?e']],
    ['[:find ?e ?title :in $ ?x :where [?e :a]]', ['?e', '?title']],
    ['[:find (count ?e) (pull ?e [*]) :where [?e :a]]', ['(count ?e)', '(pull ?e [*])']],
    ['[:find [?e ...] :where [?e :a]]', ['?e']],
    ['[:find [?e ?v] :where [?e :a ?v]]', ['?e', '?v']],
    ['[:find ?e . :where [?e :a]]', ['?e']],
    ['[:find ?e :with ?b :where [?e :a]]', ['?e']],
    ['{:find [?e ?v], :where [[?e :a ?v]]}', ['?e', '?v']],
    ['[:where [?e :a]]', ['result']],
    ['7', ['result']],
  ]

  for (const [query, columns] of COLUMNS) {
    it(`${query} are ${columns.join(', ')}`, () => {
      expect(findColumns(readEdn(query))).to.deep.equal(columns)
    })
  }
})

describe('a result as a table', () => {
  const table = (columns: string[], result: string, short = false) => tableText(columns, readEdn(result), short)

  it('has a row for each row of a relation', () => {
    expect(table(['?e', '?title'], '#{[1 "one"] [20 "two"]}')).to.deep.equal(['?e  ?title', '1   one', '20  two'])
  })

  it('has one column for a collection, one row for a tuple, one cell for a value', () => {
    expect(table(['?e'], '[1 2]')).to.deep.equal(['?e', '1', '2'])
    expect(table(['?e', '?v'], '[1 :a/b]')).to.deep.equal(['?e  ?v', '1   :a/b'])
    expect(table(['?e'], '7')).to.deep.equal(['?e', '7'])
  })

  it('has a column for each key of maps that were pulled', () => {
    expect(table(['(pull ?e [*])'], '([{:db/id 1, :a "x"}] [{:db/id 2, :b [1 2]}])')).to.deep.equal([
      ':db/id  :a  :b',
      '1       x',
      '2           [1 2]',
    ])
  })

  it('says that there is nothing', () => {
    for (const nothing of ['#{}', '[]', '()', 'nil']) expect(table(['?e'], nothing)).to.deep.equal(['No results.'])
  })

  it('keeps to its cells what would draw on a terminal, and cuts off what is long', () => {
    expect(table(['?t'], String.raw`#{["a\u001b[2Jb"]}`)[1]).to.equal(String.raw`"a\u001b[2Jb"`)
    const long = `#{["${'x'.repeat(200)}"]}`
    expect(table(['?t'], long, true)[1]).to.equal(`${'x'.repeat(59)}…`)
    expect(table(['?t'], long)[1]).to.equal('x'.repeat(200))
  })
})

describe('a result as text', () => {
  const text = (edn: string) => valueText(readEdn(edn)).join('\n')

  it('is EDN, a line for each item', () => {
    expect(text('nil')).to.equal('nil')
    expect(text('{:a 1}')).to.equal('{:a 1}')
    expect(text('[]')).to.equal('[]')
    expect(text('[1]')).to.equal('[1]')
    expect(text('[[1 :a] [2 :b]]')).to.equal('[[1 :a]\n [2 :b]]')
    expect(text('(1 2 3)')).to.equal('(1\n 2\n 3)')
    expect(text('#{1 2}')).to.equal('#{1\n 2}')
  })

  it('can be read again', () => {
    for (const edn of [String.raw`[1 "a\nb" :c/d]`, '#{1 [2 {:a nil}]}', '(a b)', '#{}'])
      expect(readEdn(text(edn))).to.deep.equal(readEdn(edn))
  })
})
