import {expect} from 'chai'
import type {Database} from '../../../src/engine/database.js'

import {runPull} from '../../../src/engine/pull/pull.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {type CooperativeTask, type ExecutionContext, runSync} from '../../../src/engine/task.js'
import {ServerError} from '../../../src/lib/errors.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword} from '../../../src/values/scalars.js'
import type {Value} from '../../../src/values/types.js'
import {used} from '../../support/computing.js'
import {emptyFacts, run} from '../support.js'

/** Maximum processor time between two yields, in ms: a slice is 10 ms, and others wait 200 ms at most. */
const MAX_SLICE_MS = 100

/** Number of tries: a collection of garbage lengthens one slice now and then, a task without a yield each time. */
const TRIES = 3
const SLICES = 40
const ENTITIES = 3000

/** Number of rows that a query may keep here. In a server it depends on the heap: see `defaultMaxRows` of the scheduler. */
const MAX_ROWS = 1_000_000

/** Long-running queries; `$` is a graph of a chain of entities, all of which link to the first. */
const LONG_RUNNING: Record<string, {inputs?: Value[]; query: string}> = {
  'a cross join': {query: '[:find ?a ?c :where [?a :n ?b] [?c :n ?d] [(not= ?b ?d)]]'},
  'a join by a value that all have': {query: '[:find ?a ?b ?c :where [?a :same ?v] [?b :same ?v] [?c :same ?v]]'},
  'a recursive rule': {
    inputs: ['[[(r ?a ?b) [?a :next ?b]] [(r ?a ?b) (r ?a ?m) (r ?m ?b)]]'],
    query: '[:find ?a ?b :in $ % :where (r ?a ?b)]',
  },
  'a rule that makes new values': {
    inputs: ['[[(count-up ?n) [(ground 0) ?n]] [(count-up ?n) (count-up ?m) [(inc ?m) ?n]]]'],
    query: '[:find ?n :in $ % :where (count-up ?n)]',
  },
  'regular expressions': {
    query: '[:find ?a ?b :where [?a :text ?t] [?b :n] [(str ?t ?b) ?u] [(re-find #"(x+x+)+$" ?u)]]',
  },
  'an aggregate': {
    query: '[:find (median ?z) :with ?a ?b :where [?a :n ?x] [?b :n ?y] [(< ?b 300)] [(- ?x ?y) ?z]]',
  },
  'a not': {query: '[:find ?a ?b :where [?a :n] [?b :n] (not [?a :next ?b] [?b :same ?v])]'},
  'an or': {
    query: '[:find ?a ?b :where [?a :n] [?b :n] (or-join [?a ?b] (and [?a :next ?b] [(< ?a ?b)]) [?b :next ?a])]',
  },
  'an input of many values': {
    inputs: [Array.from({length: 300_000}, (_, i) => `v${i % 150_000}`)],
    query: '[:find ?x ?y :in $ [?x ...] :where [?e :n ?n] [(str ?x ?n) ?y]]',
  },
  'pulls that go on by themselves': {
    query: '[:find (pull ?e [:n {:_links [:n {:links [{:_links [:n]}]}]}]) :where [?e :n]]',
  },
}

/** The largest queries of their kind: each is checked and put in order before anything is found. `$` is the same graph. */
const LARGE: Record<string, () => {inputs?: Value[]; query: string}> = {
  'many clauses, each with a variable of its own': () => ({
    query: `[:find ?v0 . :where ${listOf(2, (i) => `(and ${listOf(900, (j) => `[?v${i * 900 + j} :n 0]`)})`)}]`,
  }),
  'many branches that find nothing': () => ({
    query: `[:find ?e . :where (or ${listOf(300, () => '(and [?e :n 0] [?e :n ?x] [(< ?x 0)] [?e :same ?x])')})]`,
  }),
  'many variables in clauses that are nested': () => ({
    query: `[:find ?v0 . :where [?v0 :n] ${'(not '.repeat(48)}${listOf(900, (i) => `[?v${i} :n]`)}${')'.repeat(48)}]`,
  }),
  'many branches of a rule, and calls of it': () => ({
    inputs: [`[${listOf(900, () => '[(r ?e) [?e :n 0] [?e :text]]')}]`],
    query: `[:find ?e . :in $ % :where ${listOf(900, () => '(r ?e)')}]`,
  }),
  'many rules, each of which calls the next': () => ({
    inputs: [
      `[${listOf(999, (i) => `[(r${i} ?e ?a) (r${i + 1} ?e ?a) (r999 ?e ?a)]`)} [(r999 ?e ?a) [?e ?a ?x] [(< ?x 0)]]]`,
    ],
    query: `[:find ?e . :in $ % :where [?e :n -1] ${listOf(999, (i) => `(r${i} ?e :n)`)}]`,
  }),
  'many keywords for a variable of many clauses': () => ({
    inputs: [Array.from({length: 1000}, (_, i) => keyword(`other/k${i}`))],
    query: `[:find ?e . :in $ [?e ...] :where ${listOf(1000, () => '[?e :links ?x]')}]`,
  }),
  'many pulls of one large selector': () => ({
    inputs: [`[${listOf(1000, () => ':n')}]`],
    query: `[:find ${listOf(1000, () => '(pull ?e selector)')} :in $ selector :where [?e :n 1]]`,
  }),
}

function listOf(count: number, make: (i: number) => string): string {
  return Array.from({length: count}, (_, i) => make(i)).join(' ')
}

describe('a long-running query', () => {
  let db: Database
  before(() => {
    db = chain(ENTITIES)
  })

  for (const [what, {inputs = [], query}] of Object.entries(LONG_RUNNING))
    it(`lets others in, and can be ended: ${what}`, () => {
      expect(longestSlice((execution) => runQuery(query, [db, ...inputs], execution))).below(MAX_SLICE_MS)
    })

  for (const [what, make] of Object.entries(LARGE))
    it(`lets others in, however large it is: ${what}`, () => {
      const {inputs = [], query} = make()
      const options = {warn() {}}
      const start = (execution: ExecutionContext) => runQuery(query, [db, ...inputs], execution, options)
      expect(longestSlice(start, false)).below(MAX_SLICE_MS)
    })

  it('holds no more rows than it may', () => {
    let most = 0
    let held = 0
    const bounded: ExecutionContext = {
      shouldYield: () => false,
      reserveRows(rows) {
        held += rows
        most = Math.max(most, held)
        if (held > 100_000) throw new ServerError('query-too-large', 'too many')
      },
    }
    for (const what of ['a cross join', 'a recursive rule', 'a join by a value that all have'] as const) {
      held = 0
      const {inputs = [], query} = LONG_RUNNING[what]!
      expect(() => runSync(runQuery(query, [db, ...inputs], bounded)), what).throws('too many')
    }

    expect(most).below(102_000)
  })

  it('releases what it does not keep', () => {
    let held = 0
    const execution: ExecutionContext = {
      shouldYield: () => false,
      reserveRows(rows) {
        held += rows
      },
    }
    const query = '[:find (count ?a) . :where [?a :n ?x] [?a :same ?v] [?a :text ?t] (not [?a :next 5]) [(< ?x 10)]]'
    expect(runSync(runQuery(query, [db], execution))).equal(8)
    expect(held).within(0, 100)
  })

  it('pulls no deeper than a result can be written', () => {
    expect(() => runSync(runPull(db, '[:n {:next ...}]', 1, {shouldYield: () => false, reserveRows() {}}))).throws(
      'nest more than',
    )
    expect(
      longestSlice((execution) => runPull(db, '[{:_links [{:links [{:_links [{:links [:n]}]}]}]}]', 1, execution)),
    ).below(MAX_SLICE_MS)
  })
})

/** Runs a task until its slices are short, a few times at most. @returns the longest slice of its best run, in ms */
function longestSlice(start: Start, isEndless = true): number {
  let best = Infinity
  for (let i = 0; i < TRIES && best >= MAX_SLICE_MS; i++) best = Math.min(best, longestSliceOfOne(start, isEndless))
  return best
}

type Start = (execution: ExecutionContext) => CooperativeTask<unknown>

/** Runs some slices of a task, and ends it. @returns the most processor time between two yields, in ms */
function longestSliceOfOne(start: Start, isEndless: boolean): number {
  let began = 0
  let held = 0
  const hold = (rows: number) => {
    held += rows
    if (held > MAX_ROWS) throw new ServerError('query-too-large', 'too many')
  }

  const task = start({shouldYield: () => used() - began > 5, reserveRows: hold})
  let longest = 0
  for (let i = 0; i < SLICES; i++) {
    began = used()
    const {done} = nextOf(task, isEndless)
    longest = Math.max(longest, used() - began)
    if (done) break
  }

  began = used()
  expect(task.return(undefined).done).equal(true)
  return Math.max(longest, used() - began)
}

/** Queries that need much memory, which may end before. */
function nextOf(task: CooperativeTask<unknown>, isEndless: boolean): {done?: boolean | undefined} {
  try {
    const {done} = task.next()
    if (isEndless) expect(done, 'it goes on').equal(false)
    return {done}
  } catch (error) {
    if (error instanceof ServerError && error.code === 'query-too-large') return {done: true}
    throw error
  }
}

function chain(count: number): Database {
  const [n, next, same, text, links] = ['n', 'next', 'same', 'text', 'links'].map((name) => keyword(name))
  const facts: Value[] = []
  for (let e = 1; e <= count; e++) {
    facts.push(
      [keyword('db/add'), e, n!, e],
      [keyword('db/add'), e, same!, 'x'],
      [keyword('db/add'), e, links!, 1],
      [keyword('db/add'), e, text!, 'x'.repeat(400)],
    )
    if (e < count) facts.push([keyword('db/add'), e, next!, e + 1])
  }

  const schema = `{:next {:db/valueType :db.type/ref} :same {:db/index true} :links {:db/valueType :db.type/ref}}`
  return run(emptyFacts(schema), writeEdn(facts)).after
}
