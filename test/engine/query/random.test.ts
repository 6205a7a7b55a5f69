import {expect} from 'chai'
import fc from 'fast-check'

import type {Database} from '../../../src/engine/database.js'
import {runPull} from '../../../src/engine/pull/pull.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword, symbol} from '../../../src/values/scalars.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {rounds} from '../../support/rounds.js'
import {emptyFacts, run} from '../support.js'
import {type Fact, MemoryDatabase} from './memory-database.js'
import {Choices, NAIVE_SCHEMA, RandomClauses, randomFacts, randomSelector, RULES, SCHEMA} from './random-queries.js'
import {referenceAggregate, ReferencePull, referenceRows, TooMany} from './reference-evaluator.js'

const RUNS = rounds(160, 600)

/** Rounds that are run on the tree as well. */
const TREE_EVERY = 8

describe('random queries', () => {
  it('find what the reference evaluator finds', () => {
    let compared = 0
    check(RUNS, ({choices, count, databases, facts}) => {
      const random = new RandomClauses(choices, 6)
      const clauses = random.clauses(count)
      const found = [...random.bound]
      fc.pre(found.length > 0)
      const vars = choices.someOf(found)
      const rows = reference(() => referenceRows({clauses, facts, rules: RULES}))
      const expected = texts(rows.map((row) => vars.map((name) => row.get(name)!)))
      const query = queryOf(
        vars.map((name) => symbol(name)),
        ['$', '%'],
        clauses,
      )
      for (const db of databases) {
        const result = runSync(runQuery(query, [db, RULES], NO_LIMITS))
        expect(result).instanceOf(ValueSet)
        expect(texts(result as ValueSet), writeEdn(query)).deep.equal(expected)
        if (expected.length > 0) compared++
      }
    })
    expect(compared).greaterThan(RUNS / 10)
  }).timeout(180_000)

  it('find the same when many rows are given, which takes the other ways to look facts up', () => {
    check(
      RUNS / 5,
      ({choices, databases, entities, facts}) => {
        const random = new RandomClauses(choices, entities)
        const ids = Array.from({length: 40 + choices.below(40)}, () => choices.below(entities + 4) + 1)
        random.bound.add('?a')
        const clauses = random.clauses(choices.below(2) + 1)
        const vars = choices.someOf([...random.bound])
        const start = ids.map((id) => new Map([['?a', id]]))
        const rows = reference(() => referenceRows({clauses, facts, rules: RULES, start}))
        const expected = texts(rows.map((row) => vars.map((name) => row.get(name)!)))
        const query = queryOf(
          vars.map((name) => symbol(name)),
          ['$', '%', [symbol('?a'), symbol('...')]],
          clauses,
        )
        for (const db of databases) {
          const result = runSync(runQuery(query, [db, RULES, ids], NO_LIMITS))
          expect(texts(result as ValueSet), writeEdn(query)).deep.equal(expected)
        }
      },
      60,
    )
  }).timeout(180_000)

  it('aggregate as the reference evaluator does', () => {
    check(RUNS / 4, ({choices, databases, facts}) => {
      const random = new RandomClauses(choices, 6)
      const clauses = random.clauses(choices.below(3) + 1)
      const bound = [...random.bound]
      fc.pre(bound.length > 1)
      const [over, ...others] = bound as [string, ...string[]]
      const by = choices.oneIn(3) ? [] : [choices.oneOf(others)]
      const kept = others.filter((name) => !by.includes(name) && choices.oneIn(2))
      const name = choices.oneOf(['count', 'count-distinct'])
      const rows = reference(() => referenceRows({clauses, facts, rules: RULES}))
      const groups = new Map<string, Value[]>()
      const once = new Map(rows.map((row) => [writeEdn([...by, over, ...kept].map((one) => row.get(one)!)), row]))
      for (const row of once.values()) {
        const key = writeEdn(by.map((one) => row.get(one)!))
        groups.set(key, [...(groups.get(key) ?? []), row.get(over)!])
      }

      const expected = [...groups].map(([key, values]) => `${key} ${writeEdn(referenceAggregate(name, values))}`).sort()
      const find = [...by.map((one) => symbol(one)), new List([symbol(name), symbol(over)])]
      const query = queryOf(
        find,
        ['$', '%'],
        clauses,
        kept.map((one) => symbol(one)),
      )
      for (const db of databases) {
        const result = runSync(runQuery(query, [db, RULES], NO_LIMITS)) as List
        const actual = Array.from(result, (row) => row as readonly Value[])
        const lines = actual.map((row) => `${writeEdn(row.slice(0, -1))} ${writeEdn(row.at(-1)!)}`)
        expect(lines.sort(), writeEdn(query)).deep.equal(expected)
      }
    })
  }).timeout(180_000)
})

describe('random pulls', () => {
  it('take what the reference evaluator takes, alone and in :find', () => {
    check(RUNS, ({choices, databases, facts}) => {
      const selector = randomSelector(choices)
      // The same attribute selected twice is nobody's wish, and undefined.
      fc.pre(new Set(namesIn(selector)).size === namesIn(selector).length)
      const reference = new ReferencePull(facts, NAIVE_SCHEMA)
      for (const db of databases) {
        const expected: string[] = []
        for (let e = 1; e <= 7; e++) {
          const one = reference.pull(selector, e)
          expect(sortedText(runSync(runPull(db, selector, e, NO_LIMITS))), writeEdn(selector)).equal(sortedText(one))
          if (facts.some((fact) => fact[0] === e && fact[1].name === 'name')) expected.push(sortedText([one]))
        }

        const query = queryOf(
          [new List([symbol('pull'), symbol('?e'), selector])],
          ['$'],
          [[symbol('?e'), keyword('name')]],
        )
        const rows = runSync(runQuery(query, [db], NO_LIMITS)) as List
        expect(Array.from(rows, (row) => sortedText(row))).deep.equal(expected)
      }
    })
  }).timeout(180_000)
})

interface Case {
  choices: Choices
  /** How many clauses. */
  count: number
  databases: readonly Database[]
  entities: number
  facts: readonly Fact[]
}

function check(runs: number, property: (given: Case) => void, entities = 6): void {
  let round = 0
  fc.assert(
    fc.property(fc.gen(), (g) => {
      const choices = new Choices(g)
      const facts = randomFacts(choices, entities)
      const databases: Database[] = [new MemoryDatabase(SCHEMA, facts)]
      if (++round % TREE_EVERY === 0) databases.push(treeOf(facts))
      property({choices, count: choices.below(5) + 1, databases, entities, facts})
    }),
    {numRuns: runs},
  )
}

function treeOf(facts: readonly Fact[]): Database {
  return run(
    emptyFacts(writeEdn(SCHEMA)),
    facts.map((fact) => [keyword('db/add'), ...fact]),
  ).after
}

/** What takes the reference evaluator too long is left out. */
function reference<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    fc.pre(!(error instanceof TooMany))
    throw error
  }
}

function queryOf(
  find: readonly Value[],
  inputs: readonly Value[],
  where: readonly Value[],
  kept?: readonly Value[],
): ValueMap {
  const query = new ValueMap([
    [keyword('find'), find],
    [keyword('in'), inputs.map((input) => (typeof input === 'string' ? symbol(input) : input))],
    [keyword('where'), where],
  ])
  return kept && kept.length > 0 ? query.set(keyword('with'), kept) : query
}

function texts(rows: Iterable<Value>): string[] {
  return [...new Set(Array.from(rows, (row) => writeEdn(row)))].sort()
}

function namesIn(selector: readonly Value[]): string[] {
  return selector.flatMap((item) => {
    const keys = item instanceof ValueMap ? [...item.keys()] : [item]
    return keys.map((key) => String(Array.isArray(key) ? (key as Value[])[0] : key))
  })
}

/** The text of a value in which the keys of maps are in order. */
function sortedText(value: Value): string {
  if (value instanceof ValueMap)
    return `{${Array.from(value, ([key, item]) => `${writeEdn(key)} ${sortedText(item)}`)
      .sort()
      .join(', ')}}`
  return Array.isArray(value) ? `[${(value as Value[]).map((item) => sortedText(item)).join(' ')}]` : writeEdn(value)
}
