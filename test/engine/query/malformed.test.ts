import {expect} from 'chai'
import fc from 'fast-check'
import type {Database} from '../../../src/engine/database.js'

import {runPull} from '../../../src/engine/pull/pull.js'
import {runQuery} from '../../../src/engine/query/query.js'
import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import {ServerError} from '../../../src/lib/errors.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {values} from '../../support/values.js'
import {Choices} from './random-queries.js'
import {smallGraph} from './small-graph.js'

const QUERIES = [
  '[:find ?e ?n :where [?e :name ?n] (not [?e :parent _])]',
  '[:find ?e (count ?x) :with ?n :in $ % [[?e ?x]] :where [?e :name ?n] (or [?e :age ?x] (and [?e :tags ?x] (under ?e ?x)))]',
  '[:find [(pull ?e [* {:parent ...} [:tags :limit 1]]) ...] :in $ :where [?e :name ?n] [(str ?n "x") ?y] [(< ?y "z")]]',
  '[:find ?x . :keys x :in $ ?x [?y ...] :where (or-join [[?x] ?y] [?x :parent ?y]) [(get-else $ ?x :age 0) ?a] [(vector ?a 1) [?b _]]]',
].map((text) => readEdn(text))

const RULES = readEdn('[[(under ?a ?b) [?b :parent ?a]] [(under ?a ?b) [?m :parent ?a] (under ?m ?b)]]')
const SELECTORS = ['[:name {:parent [*]} [:tags :limit 2 :as "t"] {:_parent 2} (default :mail 1)]'].map((text) =>
  readEdn(text),
)

/** Puts, takes and exchanges parts of a form at random. */
class Spoiler {
  constructor(
    readonly choices: Choices,
    readonly junk: Value,
  ) {}

  spoil(form: Value, parts: readonly Value[]): Value {
    const {choices} = this
    if (choices.oneIn(40)) return choices.oneIn(2) ? this.junk : choices.oneOf(parts)
    if (form instanceof List) return new List(this.#items(form.items, parts))
    if (Array.isArray(form)) return this.#items(form as Value[], parts)
    if (form instanceof ValueMap) return new ValueMap(Array.from(form, ([key, item]) => [key, this.spoil(item, parts)]))
    return form
  }

  #items(items: readonly Value[], parts: readonly Value[]): Value[] {
    const {choices} = this
    const spoiled = items.filter(() => !choices.oneIn(60)).map((item) => this.spoil(item, parts))
    if (choices.oneIn(40)) spoiled.splice(choices.below(spoiled.length + 1), 0, choices.oneOf(parts))
    return spoiled
  }
}

function partsOf(form: Value): Value[] {
  const inside =
    form instanceof List || Array.isArray(form)
      ? [...(form as Iterable<Value>)]
      : form instanceof ValueMap
        ? [...form.values()]
        : []
  return [form, ...inside.flatMap((item) => partsOf(item))]
}

/** Anything but an answer and a refusal is a defect. */
function isAnswered(work: () => Value): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    expect(error.code).oneOf(['invalid-query', 'invalid-entity-id', 'query-too-large'])
    return false
  }
}

describe('malformed queries', () => {
  let db: Database
  before(() => {
    db = smallGraph()
  })

  it('are answered or refused, whatever they are', () => {
    let answered = 0
    let refused = 0
    fc.assert(
      fc.property(fc.gen(), values, (g, junk) => {
        const choices = new Choices(g)
        const spoiler = new Spoiler(choices, junk)
        const form = choices.oneOf(QUERIES)
        const query = spoiler.spoil(
          form,
          QUERIES.flatMap((form) => partsOf(form)),
        )
        const rules = spoiler.spoil(RULES, partsOf(RULES))
        const right = [[], [rules, [[1, 2]]], [], [1, [2, 3]]][QUERIES.indexOf(form)]!
        const rest = choices.oneIn(4) ? choices.oneOf<Value[]>([[junk], [junk, junk]]) : right
        const inputs = [db, ...rest]
        if (isAnswered(() => runSync(runQuery(query, inputs, NO_LIMITS)))) answered++
        else refused++
      }),
      {numRuns: 1200},
    )
    expect(answered).greaterThan(50)
    expect(refused).greaterThan(100)
  }).timeout(180_000)

  it('are refused when they are not queries at all', () => {
    fc.assert(
      fc.property(values, (junk) => {
        expect(isAnswered(() => runSync(runQuery(junk, [db], NO_LIMITS)))).equal(false)
      }),
      {numRuns: 300},
    )
  })

  it('are refused when they nest too deep', () => {
    const deep = (open: string, close: string) => `${open.repeat(900)}[?e :name]${close.repeat(900)}`
    for (const where of [deep('(not [?e :name] ', ')'), deep('(and ', ')'), deep('(or ', ')'), deep('[', ']')])
      expect(isAnswered(() => runSync(runQuery(`[:find ?e :where ${where}]`, [db], NO_LIMITS)))).equal(false)
    const rules = Array.from({length: 900}, (_, i) => `[(r${i} ?x) (r${i + 1} ?x)]`).join(' ')
    const query = '[:find ?x :in $ % :where (r0 ?x)]'
    expect(isAnswered(() => runSync(runQuery(query, [db, `[${rules} [(r900 ?x) [?x :name]]]`], NO_LIMITS)))).equal(
      false,
    )
    const selector = `${'[{:parent '.repeat(400)}[*]${'}]'.repeat(400)}`
    expect(isAnswered(() => runSync(runPull(db, selector, 1, NO_LIMITS)))).equal(false)
  })

  it('are refused like malformed selectors', () => {
    fc.assert(
      fc.property(fc.gen(), values, values, (g, junk, id) => {
        const choices = new Choices(g)
        const selector = new Spoiler(choices, junk).spoil(
          choices.oneOf(SELECTORS),
          SELECTORS.flatMap((form) => partsOf(form)),
        )
        isAnswered(() => runSync(runPull(db, selector, choices.oneIn(2) ? 3 : id, NO_LIMITS)))
        isAnswered(() => runSync(runPull(db, junk, 3, NO_LIMITS)))
      }),
      {numRuns: 400},
    )
  }).timeout(180_000)

  it('differ from each other', () => {
    const sample = fc
      .sample(fc.gen(), 200)
      .map((g) => writeEdn(new Spoiler(new Choices(g), new ValueSet()).spoil(QUERIES[0]!, [1])))
    expect(new Set(sample).size).greaterThan(50)
  })
})
