import {expect} from 'chai'

import {runQuery} from '../../../src/engine/query/query.js'
import {type ExecutionContext, runSync} from '../../../src/engine/task.js'
import type {Value} from '../../../src/values/types.js'
import {smallGraph} from './small-graph.js'

/** The most rows that a query says it holds. */
function held(query: string, ...inputs: Value[]): number {
  let now = 0
  let most = 0
  const execution: ExecutionContext = {
    shouldYield: () => false,
    reserveRows(rows) {
      now += rows
      most = Math.max(most, now)
    },
  }
  runSync(runQuery(query, [smallGraph(), ...inputs], execution))
  return most
}

const LONG = 'a'.repeat(12_800)

describe('what the functions of a query give', () => {
  it('is held as rows when it is long texts, as many bytes as rows have', () => {
    const texts = '[:find (count ?z) . :in $ ?b :where [(range 100) [?r ...]] [(str ?b ?r) ?z]]'
    expect(held(texts, LONG) - held(texts, 'a'))
      .to.be.at.least(10_000)
      .and.below(11_000)
  })

  it('is held as rows when it is large collections', () => {
    const split =
      '[:find (count ?r) . :in $ ?b :where [(range 100) [?r ...]] [(str ?b ?r) ?t] [(clojure.string/split ?t "") ?z]]'
    expect(held(split, LONG.slice(0, 100))).to.be.at.least(2500)
    const sets = '[:find (count ?r) . :in $ [?v ...] :where [(range 100) [?r ...]] [(hash-map ?r ?v ?v ?r) ?z]]'
    expect(
      held(sets, [1000, 2000]) - held(sets.replace('(hash-map ?r ?v ?v ?r)', '(+ ?r ?v)'), [1000, 2000]),
    ).to.be.at.least(400)
  })
})
