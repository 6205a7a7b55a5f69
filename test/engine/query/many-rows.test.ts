import {expect} from 'chai'

import type {Database} from '../../../src/engine/database.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import type {Value, ValueSet} from '../../../src/values/types.js'
import {emptyFacts, run} from '../support.js'

const ENTITIES = 3000

/** Rows that are looked up: their entities, in different orders. Each row has a number of its own besides. */
const ROWS: Record<string, readonly number[]> = {
  'a few': [7, 3, 2999, 7],
  'in order, each twice': Array.from({length: 200}, (_, i) => 5 + (i >> 1)),
  'in disorder, some twice': Array.from({length: 900}, (_, i) => ((i * 7919) % 700) + 1),
  'so few that reading all facts does not pay': Array.from({length: 40}, (_, i) => ENTITIES - i * 3),
  'so few and in order': Array.from({length: 40}, (_, i) => 1 + i * 70),
}

describe('rows of a query', () => {
  let db: Database
  before(() => {
    const schema = `{:up {:db/valueType :db.type/ref} :many {:db/cardinality :db.cardinality/many}}`
    const facts = Array.from(
      {length: ENTITIES},
      (_, i) => `{:db/id ${i + 1} :n ${i % 10} :many [${i} ${i + 1}] ${i > 0 ? `:up ${i >> 1 || 1}` : ''}}`,
    )
    db = run(emptyFacts(schema), `[${facts.join(' ')}]`).after
  })

  for (const [what, entities] of Object.entries(ROWS)) {
    const rows = entities.map((e, i) => [e, i])

    it(`are joined by entity: ${what}`, () => {
      expect(ask('[:find ?i ?v :in $ [[?e ?i]] :where [?e :n ?v]]', rows)).deep.equal(
        texts(rows.map(([e, i]) => [i!, (e! - 1) % 10])),
      )
    })

    it(`are joined by entity, with several values: ${what}`, () => {
      expect(ask('[:find ?i ?v :in $ [[?e ?i]] :where [?e :many ?v]]', rows)).deep.equal(
        texts(
          rows.flatMap(([e, i]) => [
            [i!, e! - 1],
            [i!, e!],
          ]),
        ),
      )
    })

    it(`are joined by entity and value: ${what}`, () => {
      expect(ask('[:find ?i :in $ [[?e ?i]] :where [?e :many ?i]]', rows)).deep.equal(
        texts(rows.filter(([e, i]) => i === e || i === e! - 1).map(([, i]) => [i!])),
      )
    })

    it(`are joined by entity and a value without an index: ${what}`, () => {
      expect(ask('[:find ?i :in $ [[?e ?i]] :where [?e :n 3]]', rows)).deep.equal(
        texts(rows.filter(([e]) => (e! - 1) % 10 === 3).map(([, i]) => [i!])),
      )
    })

    it(`are joined by indexed value: ${what}`, () => {
      const up = new Map<number, number[]>()
      for (let e = 2; e <= ENTITIES; e++) up.set((e - 1) >> 1 || 1, [...(up.get((e - 1) >> 1 || 1) ?? []), e])
      expect(ask('[:find ?i ?c :in $ [[?e ?i]] :where [?c :up ?e]]', rows)).deep.equal(
        texts(rows.flatMap(([e, i]) => (up.get(e!) ?? []).map((c) => [i!, c]))),
      )
    })

    it(`are joined by a value without an index: ${what}`, () => {
      expect(ask('[:find ?i ?c :in $ [[?v ?i]] :where [?c :many ?v]]', rows)).deep.equal(
        texts(rows.flatMap(([v, i]) => [v!, v! + 1].filter((c) => c <= ENTITIES).map((c) => [i!, c]))),
      )
    })

    it(`are kept if the entity has any fact: ${what}`, () => {
      expect(ask('[:find ?i :in $ [[?e ?i]] :where [?e :up _] (not [?e :n 0])]', rows)).deep.equal(
        texts(rows.filter(([e]) => e !== 1 && (e! - 1) % 10 !== 0).map(([, i]) => [i!])),
      )
    })
  }

  it('are joined in an or when one branch uses only some of the known variables', () => {
    const some = Array.from({length: 100}, (_, i) => i + 1)
    const pairs = some.flatMap((x) => some.map((y) => [x, y] as const))
    const is = (e: number, n: number) => (e - 1) % 10 === n
    const query = '[:find ?x ?y :in $ [[?x]] :where [?y :n] [(<= ?y 100)] '
    const rows = some.map((x) => [x])
    expect(ask(`${query} (or [?x :n 3] [?y :n 4])]`, rows)).deep.equal(
      texts(pairs.filter(([x, y]) => is(x, 3) || is(y, 4)).map(([x, y]) => [x, y])),
    )
    const joined = '(or-join [?x ?y] (and [?x :n ?a] [(< 97 ?y)] [(< ?a 2)]) [?x :up ?y])'
    expect(ask(`${query} ${joined}]`, rows)).deep.equal(
      texts(
        pairs
          .filter(([x, y]) => (y > 97 && (x - 1) % 10 < 2) || (x > 1 && ((x - 1) >> 1 || 1) === y))
          .map(([x, y]) => [x, y]),
      ),
    )
  })

  function ask(query: string, rows: Value): string[] {
    return texts([...(runSync(runQuery(query, [db, rows], NO_LIMITS)) as ValueSet)])
  }
})

function texts(rows: readonly Value[]): string[] {
  return [...new Set(rows.map((row) => writeEdn(row)))].sort()
}
